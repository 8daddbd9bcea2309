"""The warehouse as one Dagster step: absorb the lake, build the marts, and tell what was built and tested."""

import datetime as dt
import logging
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb

from assets.business_day import yesterday_in
from assets.configuration import Configuration, SparkServer
from assets.errors import without_secrets
from assets.lake.asset import years_of
from assets.lake.erasure import ERASURE_TAG
from assets.lake.manifest import Lake, locked
from assets.lake.window import night_of, told_window
from assets.publication.postgres import is_behind
from assets.publication.publish import forget_published, is_published
from assets.warehouse.absorb import absorb, complete_build, require_rebuild
from assets.warehouse.build import FAILED, NodeResult, build_models, refuse_failures
from assets.warehouse.checks import CountedTests, check_results, check_specs, unchanged
from assets.warehouse.control import read_build_state
from assets.warehouse.database import open_warehouse, remove_warehouse
from assets.warehouse.graph import LEDGER, WarehouseGraph
from assets.warehouse.project import models_digest
from assets.warehouse.shown import Shown, shown_metadata

log = logging.getLogger("loyalty.warehouse")
AS_OF_TAG = "loyalty/as_of_date"
BACKFILL_TAG = "dagster/backfill"
REBUILD_TAG = "loyalty/full_refresh"
WAREHOUSE_POOL = "warehouse"
PROGRESS_EVERY = 25
MOST_NODES_SHOWN = 50


def warehouse_assets(
    configuration: Configuration,
    partitions: dg.PartitionsDefinition,
    graph: WarehouseGraph,
    tests: CountedTests,
) -> dg.AssetsDefinition:
    """The ledger, the analyses and the marts; a run that finds nothing new in the lake materializes none of them.

    They are made together or not at all, as dbt makes them: whoever asks for one mart is told that all are made.
    """
    links = {"report": dg.MetadataValue.path(str(configuration.paths.publish / "current" / "report.html"))}

    @dg.multi_asset(
        name="warehouse",
        specs=[
            spec.replace_attributes(partitions_def=partitions).merge_attributes(metadata=links) for spec in graph.made
        ],
        check_specs=check_specs(tests),
        backfill_policy=dg.BackfillPolicy.single_run(),
        pool=WAREHOUSE_POOL,
    )
    def warehouse(context: dg.AssetExecutionContext) -> Iterator[Any]:
        yesterday = yesterday_in(configuration.company.timezone)
        window = told_window(context.run.tags, years_of(context), configuration, yesterday)
        last_day = window.last_day if window else night_of(context.run.tags, yesterday)
        with without_secrets():
            results = refresh(configuration, context.run.tags, last_day)
        if results:
            yield from materializations(results, graph, _shown(configuration, graph))
            yield from check_results(results, tests)
            refuse_failures(results)
            return
        # What stands downstream runs only where its marts are reported.
        if BACKFILL_TAG in context.run.tags or is_behind(configuration):
            yield from _up_to_date(graph, _shown(configuration, graph))
        yield from unchanged(tests)

    return warehouse


def refresh(configuration: Configuration, tags: Mapping[str, str], last_day: dt.date) -> list[NodeResult]:
    """Absorb the lake and build the marts; no results where nothing is new and the last build was published.

    As of the day that the run's tags name, else the later of `last_day` and the last build's: a backfill of the past
    does not take the marts back there.
    """
    lake = Lake(configuration.paths.lake, configuration.paths.quarantine)
    path = configuration.paths.warehouse
    spark = configuration.spark if configuration.engine == "spark" else None
    if ERASURE_TAG in tags:
        remove_warehouse(path)
    with open_warehouse(path) as connection:
        if REBUILD_TAG in tags:
            require_rebuild(connection)
        latest = max(last_day, read_build_state(connection).as_of_date or last_day)
        as_of = dt.date.fromisoformat(tags[AS_OF_TAG]) if AS_OF_TAG in tags else latest
        with locked(lake.accepted, exclusive=False):
            absorbed = absorb(connection, lake, configuration, as_of, definitions(configuration))
            is_waiting = not is_published(connection, configuration.paths.publish)
            if spark is not None and (absorbed.is_build_needed or is_waiting):
                _bring_to_spark(spark, connection, lake, path)
        if absorbed.is_build_needed:
            forget_published(connection)
    if not (absorbed.is_build_needed or is_waiting):
        log.info("Nothing new in the lake as of %s: no model was built, the published version stays.", as_of)
        return []
    differing = ", ".join(f"{entity} {count:,}" for entity, count in absorbed.partitions.items()) or "none"
    log.info("Partitions absorbed: %s. Building the marts as of %s ...", differing, as_of)
    is_anew = absorbed.is_rebuild or spark is not None
    results = build_models(path, full_refresh=is_anew, on_finished=_progress(), spark=spark)
    if not any(result.status in FAILED for result in results):
        if spark is not None:
            from assets.spark.build import take_marts

            take_marts(spark, path)
        with open_warehouse(path) as connection:
            complete_build(connection)
    return results


def definitions(configuration: Configuration) -> str:
    """A digest of the dbt project and of the engine that computes it: another engine computes everything anew."""
    return models_digest() if configuration.engine == "duckdb" else f"{configuration.engine} {models_digest()}"


def _bring_to_spark(spark: SparkServer, connection: duckdb.DuckDBPyConnection, lake: Lake, path: Path) -> None:
    from assets.spark.build import bring_sources

    anew = bring_sources(spark, connection, lake, path)
    log.info("Spark at %s:%s reads anew: %s", spark.host, spark.port, ", ".join(anew) or "nothing")


def _progress() -> Any:
    done = {"nodes": 0}

    def note(_: str) -> None:
        done["nodes"] += 1
        if done["nodes"] % PROGRESS_EVERY == 0:
            log.info("%s models and tests done", done["nodes"])

    return note


def _shown(configuration: Configuration, graph: WarehouseGraph) -> Shown:
    with open_warehouse(configuration.paths.warehouse) as connection:
        return shown_metadata(connection, [spec.key for spec in graph.made])


def materializations(
    results: Sequence[NodeResult], graph: WarehouseGraph, shown: Shown
) -> Iterator[dg.MaterializeResult[None]]:
    """The ledger, which tells of all that was built, then the analyses and marts that were, in the graph's order."""
    yield dg.MaterializeResult(asset_key=LEDGER, metadata=_build_metadata(results, graph))
    built = {graph.keys[result.unique_id]: result for result in results if result.unique_id in graph.keys}
    for spec in graph.made:
        if spec.key in built and built[spec.key].status == "success":
            metadata = {**shown.get(spec.key, {}), "seconds": dg.MetadataValue.float(round(built[spec.key].seconds, 3))}
            yield dg.MaterializeResult(asset_key=spec.key, metadata=metadata)


def _build_metadata(results: Sequence[NodeResult], graph: WarehouseGraph) -> dict[str, dg.MetadataValue]:
    """How long everything took: what failed first, then what took longest."""
    groups = graph.groups
    built = [result for result in results if result.unique_id in graph.keys]
    tests = [result for result in results if result.unique_id not in graph.keys]
    order = sorted(built, key=lambda result: (result.status not in FAILED, -result.seconds))
    slowest = [
        dg.TableRecord(
            {
                "name": result.unique_id.split(".")[2],
                "layer": groups[graph.keys[result.unique_id]],
                "status": result.status,
                "seconds": round(result.seconds, 3),
            }
        )
        for result in order[:MOST_NODES_SHOWN]
    ]
    return {
        "models": dg.MetadataValue.int(len(built)),
        "seconds_of_models": dg.MetadataValue.float(math.fsum(result.seconds for result in built)),
        "tests": dg.MetadataValue.int(len(tests)),
        "seconds_of_tests": dg.MetadataValue.float(math.fsum(result.seconds for result in tests)),
        "by_status": dg.MetadataValue.json(dict(Counter(result.status for result in results))),
        "slowest_models": dg.MetadataValue.table(slowest),
    }


def _up_to_date(graph: WarehouseGraph, shown: Shown) -> Iterator[dg.MaterializeResult[None]]:
    """All of them, in a backfill that found nothing new: Dagster would call it failed where it is not told of each."""
    for spec in graph.made:
        unchanged_metadata = {**shown.get(spec.key, {}), "unchanged": dg.MetadataValue.bool(True)}
        yield dg.MaterializeResult(asset_key=spec.key, metadata=unchanged_metadata)
