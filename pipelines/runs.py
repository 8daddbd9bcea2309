"""Launches jobs in this process, on the instance that the UI shows too."""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import dagster as dg

from assets.business_day import yesterday_in
from assets.configuration import Configuration
from assets.errors import ConfigurationError, LoyaltyError
from assets.lake.manifest import Lake, read_manifest
from assets.lake.release import waiting_rows
from assets.lake.window import night_tags, window_tags
from assets.publication.publish import read_publication
from assets.sources import Window
from assets.warehouse.control import read_build_state
from assets.warehouse.database import open_warehouse
from pipelines.definitions import NIGHTLY, build_definitions, year_tags
from pipelines.instance import open_instance, prepare_instance
from pipelines.running import at_work, close_killed_runs
from pipelines.sensors import IN_PROCESS_TAG

log = logging.getLogger("loyalty.runs")


@dataclass(frozen=True)
class RunOutcome:
    """A run that came to its end: its id, and the version it published (null where there was nothing new)."""

    run_id: str
    version: int | None


def run_job(
    configuration: Configuration,
    configuration_file: Path,
    job: str,
    window: Window,
    tags: Mapping[str, str],
    lake_entities: Sequence[str] | None = None,
    run_id: str | None = None,
) -> RunOutcome:
    """Run a job over the days of `window` to its end; `lake_entities` narrows which entities are extracted.

    `run_id` is the run's, by default a new one. A night finds by itself which of the days, and which before, it
    extracts of each entity. Raises the error of the step that failed; entities that do not depend on it are extracted
    all the same.
    """
    prepare_instance(configuration, configuration_file)
    definitions = build_definitions(configuration)
    selection = None
    if lake_entities is not None:
        keys = [key for definition in definitions.assets or [] for key in _keys(definition)]
        selection = [key for key in keys if key.path[0] != "lake" or key.path[1] in lake_entities]
    errors: list[BaseException] = []

    @dg.failure_hook(name="tell_failure")
    def tell_failure(context: dg.HookContext) -> None:
        if context.op_exception:
            errors.append(context.op_exception)

    days = night_tags(window.last_day) if job == NIGHTLY else window_tags(window)
    run_id, home = run_id or str(uuid.uuid4()), configuration.paths.dagster
    with open_instance(configuration) as instance, at_work(home, run_id):
        for killed in close_killed_runs(instance, home):
            log.warning("Run %s was killed; this one completes what it began", killed)
        result = (
            definitions.resolve_job_def(job)
            .with_hooks({tell_failure})
            .execute_in_process(
                instance=instance,
                tags={**year_tags(window), **days, **tags, IN_PROCESS_TAG: "true"},
                run_id=run_id,
                asset_selection=selection,
                run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
                # One source that is down does not keep the others from being extracted.
                raise_on_error=False,
            )
        )
    for error in errors[1:]:
        log.error("%s", error)
    if errors:
        raise errors[0]
    if not result.success:
        raise LoyaltyError(f"The run {result.run_id} was stopped before its end; the next run completes it.")
    versions = [
        event.materialization.metadata["version"].value
        for event in result.get_asset_materialization_events()
        if event.asset_key == dg.AssetKey(["publication"])
    ]
    return RunOutcome(result.run_id, int(str(versions[0])) if versions else None)


def release(configuration: Configuration, configuration_file: Path, entity: str, reason: str | None) -> RunOutcome:
    """Extract the days in which quarantined rows of an entity lie again; rows without a day come with any of them."""
    days = list(waiting_rows(configuration, entity, reason).days)
    if not days:
        lake = Lake(configuration.paths.lake, configuration.paths.quarantine)
        days = [read_manifest(lake, entity).extracted_through or business_day(configuration, None)]
    window = Window(days[0], days[-1], frozenset(days))
    return run_job(configuration, configuration_file, "backfill", window, {}, lake_entities=[entity])


def _keys(definition: object) -> Sequence[dg.AssetKey]:
    return list(definition.keys) if isinstance(definition, dg.AssetsDefinition) else []


def business_day(configuration: Configuration, wanted: dt.date | None) -> dt.date:
    """The as-of date: the wanted day, or yesterday in the company's time zone. A day that is not over is refused."""
    yesterday = yesterday_in(configuration.company.timezone)
    day = wanted or yesterday
    if day > yesterday:
        raise ConfigurationError(f"--as-of {day} is not over yet; the last complete business day is {yesterday}.")
    start = configuration.company.history_start
    if day < start:
        later = ", or name a later day" if start <= yesterday else ""
        raise ConfigurationError(
            f"--as-of {day} is before company.history_start {start}. "
            f"Set company.history_start to the first day that you have data of{later}."
        )
    return day


def backfill_range(
    configuration: Configuration, first_day: dt.date, last_day: dt.date, wanted: Sequence[str]
) -> Window:
    """The days of a backfill, after they and the entities were checked."""
    if first_day > last_day:
        raise ConfigurationError(f"--from {first_day} is after --to {last_day}.")
    business_day(configuration, last_day)
    business_day(configuration, first_day)
    unknown = [entity for entity in wanted if entity not in configuration.sources]
    if unknown:
        raise ConfigurationError(f"{', '.join(unknown)}: no such source; there are {', '.join(configuration.sources)}.")
    return Window(first_day, last_day)


def last_as_of(configuration: Configuration) -> dt.date:
    """The day that the last build was as of, else the published version, else yesterday."""
    with open_warehouse(configuration.paths.warehouse) as connection:
        built = read_build_state(connection).as_of_date
    published = read_publication(configuration.paths.publish)
    return built or (published.as_of_date if published else business_day(configuration, None))
