"""The code location: assets, jobs and the nightly schedule of the company that `loyalty.yaml` describes."""

import datetime as dt
import os
import warnings
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg

from assets.configuration import Configuration
from assets.configuration.file import load_configuration
from assets.contracts import entities
from assets.lake.asset import LAKE_GROUP, data_docs_asset, lake_asset
from assets.lake.erasure import ERASURE_TAG
from assets.lake.manifest import Lake
from assets.lake.window import night_tags, recent_days
from assets.publication.asset import postgres_publication_asset, publication_asset
from assets.publication.postgres_session import postgres_target
from assets.report.asset import report_asset
from assets.sources import Window
from assets.warehouse.asset import (
    AS_OF_TAG,
    REBUILD_TAG,
    WAREHOUSE_POOL,
    warehouse_assets,
)
from assets.warehouse.build import load_manifest_file
from assets.warehouse.checks import counted_tests
from assets.warehouse.graph import read_dbt_manifest, warehouse_graph
from pipelines.sensors import failed_run_sensor, freshness_sensor

NIGHTLY = "nightly"
RANGE_START_TAG = "dagster/asset_partition_range_start"
RANGE_END_TAG = "dagster/asset_partition_range_end"
CONFIGURATION_VARIABLE = "LOYALTY_CONFIG"


@dg.definitions
def defs() -> dg.Definitions:
    """The definitions for the `loyalty.yaml` that the environment names, by default the one in this folder."""
    return build_definitions(load_configuration(Path(os.environ.get(CONFIGURATION_VARIABLE, "loyalty.yaml"))))


def build_definitions(configuration: Configuration) -> dg.Definitions:
    """All assets, jobs and the schedule; every asset has the same partitions, so that a range of them is one run."""
    with warnings.catch_warnings():
        # `backfill_policy` has been beta for years; a note per asset would hide what matters.
        warnings.simplefilter("ignore", dg.BetaWarning)
        assets = _assets(configuration, _years(configuration))
    nightly = dg.define_asset_job(
        NIGHTLY,
        selection=dg.AssetSelection.all(),
        description="Extracts what may have changed, builds the marts, publishes.",
    )
    backfill = dg.define_asset_job(
        "backfill",
        selection=dg.AssetSelection.all(),
        description="Extracts a range of business days again, builds the marts, publishes.",
    )
    full_refresh = dg.define_asset_job(
        "full_refresh",
        selection=dg.AssetSelection.all() - dg.AssetSelection.groups(LAKE_GROUP),
        tags={REBUILD_TAG: "true"},
        description="Computes everything in the warehouse anew from the lake, and publishes.",
    )
    forget = dg.define_asset_job(
        "forget",
        selection=dg.AssetSelection.all() - dg.AssetSelection.groups(LAKE_GROUP),
        tags={ERASURE_TAG: "true"},
        description="After `loyalty forget` took a customer out of the lake: makes the warehouse's file and the "
        "publication anew, and removes all older versions.",
    )
    sensors = [freshness_sensor(configuration)]
    if configuration.alerts.webhook:
        sensors.append(failed_run_sensor(configuration))
    return dg.Definitions(
        assets=assets,
        jobs=[nightly, backfill, full_refresh, forget],
        schedules=[_nightly_schedule(configuration)],
        sensors=sensors,
        # Steps share one process: each would otherwise pay seconds of imports, and the warehouse has one writer.
        executor=dg.in_process_executor,
    )


def _assets(
    configuration: Configuration, partitions: dg.PartitionsDefinition
) -> list[dg.AssetsDefinition | dg.AssetSpec]:
    lake = [lake_asset(entity, configuration, partitions) for entity in entities() if entity in configuration.sources]
    manifest = read_dbt_manifest(load_manifest_file(configuration.paths.warehouse))
    graph = warehouse_graph(manifest, configuration.sources)
    warehouse = warehouse_assets(configuration, partitions, graph, counted_tests(manifest, graph))
    published = [
        publication_asset(configuration, partitions, graph.marts, WAREHOUSE_POOL),
        report_asset(configuration, partitions, WAREHOUSE_POOL),
    ]
    if target := postgres_target(configuration):
        published.append(postgres_publication_asset(configuration, target, partitions, WAREHOUSE_POOL))
    assets: list[dg.AssetsDefinition | dg.AssetSpec]
    assets = [*lake, data_docs_asset(configuration, partitions), *graph.shown, warehouse, *published]
    if owners := configuration.dagster.owners:
        return [*dg.map_asset_specs(lambda spec: spec.replace_attributes(owners=owners), assets)]
    return assets


def _years(configuration: Configuration) -> dg.PartitionsDefinition:
    """The years of the company's history, the one that is under way included."""
    company = configuration.company
    return dg.TimeWindowPartitionsDefinition(
        start=str(company.history_start.year),
        fmt="%Y",
        cron_schedule="0 0 1 1 *",
        timezone=company.timezone,
        end_offset=1,
    )


def year_tags(window: Window) -> dict[str, str]:
    """The run tags that make one run of the partitions that a window touches."""
    return {RANGE_START_TAG: str(window.first_day.year), RANGE_END_TAG: str(window.last_day.year)}


def _nightly_schedule(configuration: Configuration) -> dg.ScheduleDefinition:
    hour, minute = configuration.schedule.nightly.split(":")

    @dg.schedule(
        name=NIGHTLY,
        job_name=NIGHTLY,
        cron_schedule=f"{int(minute)} {int(hour)} * * *",
        execution_timezone=configuration.company.timezone,
        description="Every night, as of the business day that has just ended.",
    )
    def nightly(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        night = context.scheduled_execution_time.astimezone(ZoneInfo(configuration.company.timezone))
        as_of = night.date() - dt.timedelta(days=1)
        window = as_of_window(configuration, as_of)
        tags = {**year_tags(window), **night_tags(as_of), AS_OF_TAG: as_of.isoformat()}
        return dg.RunRequest(run_key=as_of.isoformat(), tags=tags)

    return nightly


def as_of_window(configuration: Configuration, as_of: dt.date) -> Window:
    """The days that a nightly run as of a day extracts of all entities; a cursor may name further ones."""
    lake = Lake(configuration.paths.lake, configuration.paths.quarantine)
    first_days = [recent_days(lake, configuration, entity, as_of).first_day for entity in configuration.sources]
    return Window(min(as_of, *first_days), as_of)
