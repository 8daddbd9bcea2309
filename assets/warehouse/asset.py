"""The warehouse as Dagster assets: every dbt model one, its tests as checks, all built by one dbt invocation."""

import datetime as dt
import json
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtProject, dbt_assets

from assets.configuration import Configuration
from assets.lake.asset import years_of
from assets.lake.manifest import Lake
from assets.lake.window import run_window, yesterday_in
from assets.warehouse.absorb import absorb, complete_build, open_warehouse, require_rebuild
from assets.warehouse.build import NodeResult, build_models, models_digest, refuse_failures
from assets.warehouse.control import read_build_state

log = logging.getLogger("loyalty.warehouse")
AS_OF_TAG = "loyalty/as_of_date"
REBUILD_TAG = "loyalty/full_refresh"
WAREHOUSE_POOL = "warehouse"
REFERENCE_GROUP = "reference"
CONTROL_GROUP = "control"
PROGRESS_EVERY = 25


class Translator(DagsterDbtTranslator):
    """Groups models by the layer that they belong to, and leaves it to the step to stop where a test fails."""

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """Return staging, intermediate, marts, or reference for the seeds."""
        is_seed = dbt_resource_props["resource_type"] == "seed"
        return REFERENCE_GROUP if is_seed else str(dbt_resource_props["fqn"][1])

    def get_asset_check_spec(
        self, asset_spec: dg.AssetSpec, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None
    ) -> dg.AssetCheckSpec | None:
        """A test as a check that blocks nothing by itself: Dagster would warn of each where nothing was to be built."""
        spec = super().get_asset_check_spec(asset_spec, manifest, unique_id, project)
        return spec and dg.AssetCheckSpec(
            name=spec.name,
            asset=spec.asset_key,
            description=spec.description,
            additional_deps=spec.additional_deps,
            metadata=spec.metadata,
        )


def control_assets(manifest: Path) -> list[dg.AssetSpec]:
    """The control tables that every run writes before its models, so that the graph shows what the models read."""
    sources = json.loads(manifest.read_text(encoding="utf-8"))["sources"].values()
    return [
        dg.AssetSpec(
            dg.AssetKey([CONTROL_GROUP, source["name"]]),
            description=source["description"],
            group_name=CONTROL_GROUP,
            kinds={"duckdb"},
        )
        for source in sources
        if source["source_name"] == CONTROL_GROUP
    ]


def warehouse_assets(
    configuration: Configuration, partitions: dg.PartitionsDefinition, manifest: Path
) -> dg.AssetsDefinition:
    """All dbt models; a run that finds nothing new in the lake materializes none of them."""

    @dbt_assets(
        manifest=manifest,
        name="warehouse",
        select="resource_type:model resource_type:seed",
        partitions_def=partitions,
        backfill_policy=dg.BackfillPolicy.single_run(),
        dagster_dbt_translator=Translator(),
        pool=WAREHOUSE_POOL,
    )
    def warehouse(context: dg.AssetExecutionContext) -> Iterator[Any]:
        yesterday = yesterday_in(configuration.company.timezone)
        window = run_window(context.run.tags, years_of(context), configuration, yesterday)
        results = refresh(configuration, context.run.tags, window.last_day)
        yield from _events(context, results)
        refuse_failures(results)

    return warehouse


def refresh(configuration: Configuration, tags: Mapping[str, str], last_day: dt.date) -> list[NodeResult]:
    """Absorb the lake and build the marts; no results where nothing is new.

    As of the day that the run's tags name, else the later of `last_day` and the last build's: a backfill of the past
    does not take the marts back there.
    """
    lake = Lake(configuration.paths.lake, configuration.paths.quarantine)
    path = configuration.paths.warehouse
    with open_warehouse(path) as connection:
        if REBUILD_TAG in tags:
            require_rebuild(connection)
        latest = max(last_day, read_build_state(connection).as_of_date or last_day)
        as_of = dt.date.fromisoformat(tags[AS_OF_TAG]) if AS_OF_TAG in tags else latest
        absorbed = absorb(connection, lake, configuration, as_of, models_digest())
    if not absorbed.is_build_needed:
        log.info("Nothing new in the lake as of %s: no model was built, the published version stays.", as_of)
        return []
    differing = ", ".join(f"{entity} {count:,}" for entity, count in absorbed.partitions.items()) or "none"
    log.info("Partitions absorbed: %s. Building the marts as of %s ...", differing, as_of)
    results = build_models(path, full_refresh=absorbed.is_rebuild, on_finished=_progress())
    if not any(result.status in {"error", "fail", "runtime error"} for result in results):
        with open_warehouse(path) as connection:
            complete_build(connection)
    return results


def _progress() -> Any:
    done = {"nodes": 0}

    def note(_: str) -> None:
        done["nodes"] += 1
        if done["nodes"] % PROGRESS_EVERY == 0:
            log.info("%s models and tests done", done["nodes"])

    return note


def _events(context: dg.AssetExecutionContext, results: list[NodeResult]) -> Iterator[Any]:
    """Report what was built, in that order: models as materializations, tests as checks of their asset."""
    keys = {_unique_id(metadata): key for key, metadata in context.assets_def.metadata_by_key.items()}
    checks = {_unique_id(spec.metadata): spec for spec in context.assets_def.check_specs}
    for result in results:
        key, spec = keys.get(result.unique_id), checks.get(result.unique_id)
        if key in context.selected_asset_keys and result.status == "success":
            yield dg.MaterializeResult(asset_key=key, metadata={"seconds": result.seconds})
        elif spec and spec.key in context.selected_asset_check_keys and result.status != "skipped":
            yield dg.AssetCheckResult(
                asset_key=spec.asset_key,
                check_name=spec.name,
                passed=result.status == "pass",
                severity=dg.AssetCheckSeverity.WARN if result.status == "warn" else dg.AssetCheckSeverity.ERROR,
                metadata={"failing_rows": result.failures},
            )


def _unique_id(metadata: Mapping[str, Any] | None) -> str:
    return str((metadata or {}).get("dagster_dbt/unique_id"))
