"""The warehouse as Dagster assets: every dbt model one, its tests a check, and the analyses between them."""

import datetime as dt
import json
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, build_dbt_asset_specs

from assets.analysis.catalogue import ANALYSES
from assets.configuration import Configuration
from assets.lake.asset import years_of
from assets.lake.erasure import ERASURE_TAG
from assets.lake.manifest import Lake
from assets.lake.window import night_of, told_window, yesterday_in
from assets.publication.postgres import is_behind
from assets.publication.publish import forget_published, is_published
from assets.secrets import without_secrets
from assets.warehouse.absorb import absorb, complete_build, open_warehouse, remove_warehouse, require_rebuild
from assets.warehouse.build import FAILED, NodeResult, build_models, refuse_failures
from assets.warehouse.control import read_build_state
from assets.warehouse.project import models_digest

log = logging.getLogger("loyalty.warehouse")
AS_OF_TAG = "loyalty/as_of_date"
BACKFILL_TAG = "dagster/backfill"
REBUILD_TAG = "loyalty/full_refresh"
WAREHOUSE_POOL = "warehouse"
REFERENCE_GROUP = "reference"
CONTROL_GROUP = "control"
ANALYSIS_GROUP = "analysis"
TESTS_CHECK = "dbt_tests"
PROGRESS_EVERY = 25


class Translator(DagsterDbtTranslator):
    """Groups models by the layer that they belong to."""

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """Return staging, intermediate, marts, or reference for the seeds."""
        is_seed = dbt_resource_props["resource_type"] == "seed"
        return REFERENCE_GROUP if is_seed else str(dbt_resource_props["fqn"][1])


def read_dbt_manifest(path: Path) -> dict[str, Any]:
    """The dbt project as dbt parsed it."""
    return dict(json.loads(path.read_text(encoding="utf-8")))


def control_assets(manifest: Mapping[str, Any]) -> list[dg.AssetSpec]:
    """The control tables that every run writes before its models, so that the graph shows what the models read."""
    return [
        dg.AssetSpec(
            dg.AssetKey([CONTROL_GROUP, source["name"]]),
            description=source["description"],
            group_name=CONTROL_GROUP,
            kinds={"duckdb"},
        )
        for source in manifest["sources"].values()
        if source["source_name"] == CONTROL_GROUP
    ]


def analysis_assets(manifest: Mapping[str, Any], keys: Mapping[str, dg.AssetKey]) -> list[dg.AssetSpec]:
    """The analyses that are made in Python, each from the models that it reads to the source that dbt takes it for."""
    described = {
        source["name"]: source["description"]
        for source in manifest["sources"].values()
        if source["source_name"] == ANALYSIS_GROUP
    }
    return [
        dg.AssetSpec(
            dg.AssetKey([ANALYSIS_GROUP, analysis.table]),
            deps=[keys[f"model.loyalty.{model}"] for model in analysis.reads],
            description=described[analysis.table],
            group_name=ANALYSIS_GROUP,
            kinds={"python", "numpy"},
        )
        for analysis in ANALYSES
    ]


def warehouse_assets(
    configuration: Configuration, partitions: dg.PartitionsDefinition, manifest: Mapping[str, Any]
) -> dg.AssetsDefinition:
    """All dbt models and analyses; a run that finds nothing new in the lake materializes none of them."""
    found = build_dbt_asset_specs(
        manifest=manifest, dagster_dbt_translator=Translator(), select="resource_type:model resource_type:seed"
    )
    policy = dg.BackfillPolicy.single_run()
    keys = {_unique_id(spec.metadata): spec.key for spec in found}
    tested = models_of_tests(manifest, keys)
    analysed = analysis_assets(manifest, keys)
    keys |= {analysis.unique_id: spec.key for analysis, spec in zip(ANALYSES, analysed, strict=True)}
    specs = [spec.replace_attributes(partitions_def=partitions) for spec in (*found, *analysed)]
    order = list(TopologicalSorter({spec.key: [dep.asset_key for dep in spec.deps] for spec in specs}).static_order())

    @dg.multi_asset(
        name="warehouse",
        specs=specs,
        check_specs=[
            dg.AssetCheckSpec(TESTS_CHECK, asset=key, description="All dbt tests of the model hold.")
            for key in sorted(set(tested.values()))
        ],
        can_subset=True,
        backfill_policy=policy,
        pool=WAREHOUSE_POOL,
    )
    def warehouse(context: dg.AssetExecutionContext) -> Iterator[Any]:
        yesterday = yesterday_in(configuration.company.timezone)
        window = told_window(context.run.tags, years_of(context), configuration, yesterday)
        last_day = window.last_day if window else night_of(context.run.tags, yesterday)
        with without_secrets():
            results = refresh(configuration, context.run.tags, last_day)
        selected = context.selected_asset_keys
        built = _materializations(results, keys)
        # What stands downstream runs only where its marts are reported.
        if not results and (BACKFILL_TAG in context.run.tags or is_behind(configuration)):
            built = _up_to_date(order)
        yield from (event for event in built if event.asset_key in selected)
        checks = {check.asset_key for check in context.selected_asset_check_keys}
        found = _check_results(results, tested) if results else _unchanged(set(tested.values()))
        yield from (event for event in found if event.asset_key in checks)
        refuse_failures(results)

    return warehouse


def models_of_tests(manifest: Mapping[str, Any], keys: Mapping[str, dg.AssetKey]) -> dict[str, dg.AssetKey]:
    """The model that each data test speaks of: the one that it stands at, else the last one that it reads."""
    tests = {name: node for name, node in manifest["nodes"].items() if node["resource_type"] == "test"}
    models = {name: [node.get("attached_node"), *reversed(node["depends_on"]["nodes"])] for name, node in tests.items()}
    found = {name: next((keys[model] for model in read if model in keys), None) for name, read in models.items()}
    return {name: key for name, key in found.items() if key}


def refresh(configuration: Configuration, tags: Mapping[str, str], last_day: dt.date) -> list[NodeResult]:
    """Absorb the lake and build the marts; no results where nothing is new and the last build was published.

    As of the day that the run's tags name, else the later of `last_day` and the last build's: a backfill of the past
    does not take the marts back there.
    """
    lake = Lake(configuration.paths.lake, configuration.paths.quarantine)
    path = configuration.paths.warehouse
    if ERASURE_TAG in tags:
        remove_warehouse(path)
    with open_warehouse(path) as connection:
        if REBUILD_TAG in tags:
            require_rebuild(connection)
        latest = max(last_day, read_build_state(connection).as_of_date or last_day)
        as_of = dt.date.fromisoformat(tags[AS_OF_TAG]) if AS_OF_TAG in tags else latest
        absorbed = absorb(connection, lake, configuration, as_of, models_digest())
        is_waiting = not is_published(connection, configuration.paths.publish)
        if absorbed.is_build_needed:
            forget_published(connection)
    if not (absorbed.is_build_needed or is_waiting):
        log.info("Nothing new in the lake as of %s: no model was built, the published version stays.", as_of)
        return []
    differing = ", ".join(f"{entity} {count:,}" for entity, count in absorbed.partitions.items()) or "none"
    log.info("Partitions absorbed: %s. Building the marts as of %s ...", differing, as_of)
    results = build_models(path, full_refresh=absorbed.is_rebuild, on_finished=_progress())
    if not any(result.status in FAILED for result in results):
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


def _materializations(
    results: Sequence[NodeResult], keys: Mapping[str, dg.AssetKey]
) -> Iterator[dg.MaterializeResult[None]]:
    """What was built, in that order."""
    for result in results:
        if result.unique_id in keys and result.status == "success":
            yield dg.MaterializeResult(asset_key=keys[result.unique_id], metadata={"seconds": result.seconds})


def _check_results(results: Sequence[NodeResult], tested: Mapping[str, dg.AssetKey]) -> Iterator[dg.AssetCheckResult]:
    """One result per tested model, with a line for each of its tests: Dagster notes each check twice in every run."""
    of_model: dict[dg.AssetKey, list[NodeResult]] = {}
    for result in results:
        if result.unique_id in tested and result.status != "skipped":
            of_model.setdefault(tested[result.unique_id], []).append(result)
    for key, tests in of_model.items():
        is_error = any(test.status in FAILED for test in tests)
        yield dg.AssetCheckResult(
            asset_key=key,
            check_name=TESTS_CHECK,
            passed=all(test.status == "pass" for test in tests),
            severity=dg.AssetCheckSeverity.ERROR if is_error else dg.AssetCheckSeverity.WARN,
            metadata={"tests": len(tests), "results": dg.MetadataValue.table([_record(test) for test in tests])},
        )


def _up_to_date(keys: Iterable[dg.AssetKey]) -> Iterator[dg.MaterializeResult[None]]:
    """All models, in a backfill that found nothing new: Dagster would call it failed where it is not told of each."""
    for key in keys:
        yield dg.MaterializeResult(asset_key=key, metadata={"unchanged": True})


def _unchanged(keys: Iterable[dg.AssetKey]) -> Iterator[dg.AssetCheckResult]:
    """The checks of a night without news: the UI would else show each as one that did not pass."""
    for key in keys:
        description = "Nothing is new: the model was not built again, and its tests held when it was."
        yield dg.AssetCheckResult(asset_key=key, check_name=TESTS_CHECK, passed=True, description=description)


def _record(test: NodeResult) -> dg.TableRecord:
    name = test.unique_id.split(".")[2]
    return dg.TableRecord({"test": name, "status": test.status, "failing_rows": test.failures})


def _unique_id(metadata: Mapping[str, Any] | None) -> str:
    return str((metadata or {}).get("dagster_dbt/unique_id"))
