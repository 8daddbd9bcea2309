"""The warehouse as Dagster assets: every dbt model one, its tests as checks, all built by one dbt invocation."""

import datetime as dt
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, dbt_assets

from assets.configuration import Configuration
from assets.lake.asset import months_of
from assets.lake.manifest import Lake
from assets.lake.window import run_window, yesterday_in
from assets.warehouse.absorb import absorb, complete_build, open_warehouse, require_rebuild
from assets.warehouse.build import NodeResult, build_models, models_digest, refuse_failures
from assets.warehouse.control import read_build_state

log = logging.getLogger("loyalty.warehouse")
AS_OF_TAG = "loyalty/as_of_date"
REBUILD_TAG = "loyalty/full_refresh"
WAREHOUSE_POOL = "warehouse"
PROGRESS_EVERY = 25


class Translator(DagsterDbtTranslator):
    """Groups models by the layer that they belong to."""

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """Return staging, intermediate or marts."""
        return str(dbt_resource_props["fqn"][1])


def warehouse_assets(
    configuration: Configuration, partitions: dg.PartitionsDefinition | None, manifest: Path
) -> dg.AssetsDefinition:
    """All dbt models; a run that finds nothing new in the lake materializes none of them."""

    @dbt_assets(
        manifest=manifest,
        name="warehouse",
        select="resource_type:model",
        partitions_def=partitions,
        backfill_policy=dg.BackfillPolicy.single_run() if partitions else None,
        dagster_dbt_translator=Translator(),
        pool=WAREHOUSE_POOL,
    )
    def warehouse(context: dg.AssetExecutionContext) -> Iterator[Any]:
        yesterday = yesterday_in(configuration.company.timezone)
        window = run_window(context.run.tags, months_of(context), configuration, yesterday)
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
