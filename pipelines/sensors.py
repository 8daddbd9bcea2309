"""What Dagster's daemon watches: runs that it launched and that failed, and data that grow old."""

from __future__ import annotations

import datetime as dt

import dagster as dg

from assets import errors
from assets.configuration import Configuration
from assets.freshness import FRESHNESS_CHECK, Freshness, all_freshness, freshness_asset
from pipelines.alerts import failure_alert, send, tell_stale, unexpected

# Runs of the command line tell of their failure themselves, for there may be no daemon.
IN_PROCESS_TAG = "loyalty/in_process"
FRESHNESS_SECONDS = 3600


def failed_run_sensor(configuration: Configuration) -> dg.SensorDefinition:
    """Tells the webhook of each failed run that the daemon or the UI launched, once."""

    @dg.run_failure_sensor(
        name="tell_failed_run",
        description="Posts each failed run to alerts.webhook.",
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def tell_failed_run(context: dg.RunFailureSensorContext) -> None:
        run = context.dagster_run
        if IN_PROCESS_TAG in run.tags:
            return
        name, sentence, entity = told_failure(context)
        send(configuration, failure_alert(name, sentence, run.run_id, run.job_name, entity))

    return tell_failed_run


def told_failure(context: dg.RunFailureSensorContext) -> tuple[str, str, str | None]:
    """The name of the error that ended a run, its sentence, and the entity that was being loaded, if one was."""
    for event in context.get_step_failure_events():
        error = event.step_failure_data.error
        while error and error.cause:
            error = error.cause
        name = (error.cls_name if error else None) or "unknown"
        family = isinstance(vars(errors).get(name), type)
        sentence = error.message.partition(": ")[2].strip() if error and family else unexpected(name)
        group, _, entity = (event.step_key or "").partition("__")
        return name, sentence, entity if group == "lake" else None
    return "unknown", "The run ended before or between its steps; its log in the UI says why.", None


def freshness_sensor(configuration: Configuration) -> dg.SensorDefinition:
    """Evaluates every freshness check each hour without a run, and tells the webhook of what has become stale."""

    @dg.sensor(
        name="check_freshness",
        description="Evaluates the freshness checks, and posts what has become stale to alerts.webhook.",
        minimum_interval_seconds=FRESHNESS_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def check_freshness() -> dg.SensorResult:
        now = dt.datetime.now(dt.UTC)
        tell_stale(configuration, now)
        return dg.SensorResult(asset_events=[_evaluation(found) for found in all_freshness(configuration, now)])

    return check_freshness


def _evaluation(found: Freshness) -> dg.AssetCheckEvaluation:
    return dg.AssetCheckEvaluation(
        asset_key=freshness_asset(found.subject),
        check_name=FRESHNESS_CHECK,
        passed=not found.is_stale,
        severity=dg.AssetCheckSeverity.WARN,
        description=str(found),
    )
