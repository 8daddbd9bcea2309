"""The code location: assets, jobs and the nightly schedule of the company that `loyalty.yaml` describes."""

import datetime as dt
import os
from pathlib import Path

import dagster as dg

from assets.configuration import Configuration
from assets.configuration_file import load_configuration
from assets.contracts import entities
from assets.lake.asset import lake_asset
from assets.lake.manifest import Lake
from assets.lake.window import nightly_window, window_tags
from assets.publication.asset import publication_asset
from assets.sources import Window
from assets.warehouse.asset import AS_OF_TAG, REBUILD_TAG, WAREHOUSE_POOL, warehouse_assets
from assets.warehouse.build import load_manifest_file

RANGE_START_TAG = "dagster/asset_partition_range_start"
RANGE_END_TAG = "dagster/asset_partition_range_end"
CONFIGURATION_VARIABLE = "LOYALTY_CONFIG"


@dg.definitions
def defs() -> dg.Definitions:
    """The definitions for the `loyalty.yaml` that the environment names, by default the one in this folder."""
    return build_definitions(load_configuration(Path(os.environ.get(CONFIGURATION_VARIABLE, "loyalty.yaml"))))


def build_definitions(configuration: Configuration, *, is_partitioned: bool = True) -> dg.Definitions:
    """All assets, jobs and the schedule; every asset has the same partitions, so that a range of them is one run.

    Without partitions, for a run over many months in this process: Dagster would store an event per asset and month.
    """
    partitions = _months(configuration) if is_partitioned else None
    lake = [lake_asset(entity, configuration, partitions) for entity in entities() if entity in configuration.sources]
    manifest = load_manifest_file(configuration.paths.warehouse)
    warehouse = warehouse_assets(configuration, partitions, manifest)
    marts = [key for key, group in warehouse.group_names_by_key.items() if group == "marts"]
    publication = publication_asset(configuration, partitions, marts, WAREHOUSE_POOL)
    downstream = dg.AssetSelection.assets(warehouse, publication)
    nightly = dg.define_asset_job(
        "nightly",
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
        selection=downstream,
        tags={REBUILD_TAG: "true"},
        description="Computes everything in the warehouse anew from the lake, and publishes.",
    )
    return dg.Definitions(
        assets=[*lake, warehouse, publication],
        jobs=[nightly, backfill, full_refresh],
        schedules=[_nightly_schedule(configuration)],
        # Steps share one process: each would otherwise pay seconds of imports, and the warehouse has one writer.
        executor=dg.in_process_executor,
    )


def _months(configuration: Configuration) -> dg.PartitionsDefinition:
    """The months of the company's history, the one that is under way included."""
    company = configuration.company
    first_month = company.history_start.replace(day=1).isoformat()
    return dg.MonthlyPartitionsDefinition(first_month, timezone=company.timezone, end_offset=1)


def month_tags(window: Window) -> dict[str, str]:
    """The run tags that make one run of the partitions that a window touches."""
    first, last = (day.replace(day=1).isoformat() for day in (window.first_day, window.last_day))
    return {RANGE_START_TAG: first, RANGE_END_TAG: last}


def _nightly_schedule(configuration: Configuration) -> dg.ScheduleDefinition:
    hour, minute = configuration.schedule.nightly.split(":")

    @dg.schedule(
        name="nightly",
        job_name="nightly",
        cron_schedule=f"{int(minute)} {int(hour)} * * *",
        execution_timezone=configuration.company.timezone,
        description="Every night, as of the business day that has just ended.",
    )
    def nightly(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        as_of = context.scheduled_execution_time.date() - dt.timedelta(days=1)
        window = as_of_window(configuration, as_of)
        tags = {**month_tags(window), **window_tags(window), AS_OF_TAG: as_of.isoformat()}
        return dg.RunRequest(run_key=as_of.isoformat(), tags=tags)

    return nightly


def as_of_window(configuration: Configuration, as_of: dt.date) -> Window:
    """The days that a nightly run as of a day extracts."""
    return nightly_window(Lake(configuration.paths.lake, configuration.paths.quarantine), configuration, as_of)
