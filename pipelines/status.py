"""What `loyalty status` reports: runs, days extracted, quarantine, the published version and how fresh it all is."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from pathlib import Path
from typing import Any

from assets.business_day import yesterday_in
from assets.configuration import Configuration
from assets.contracts import entities, load_contract
from assets.errors import PublicationError
from assets.freshness import all_freshness
from assets.lake.manifest import Lake, current_partitions, read_manifest
from assets.lake.quarantine import quarantine_summary
from assets.lake.wanted import read_wanted
from assets.publication.postgres import version_in_postgres
from assets.publication.postgres_session import postgres_target
from assets.publication.publish import Publication, read_publication
from assets.publication.restatements import read_restatements, summarise
from pipelines.forget import erasure_report
from pipelines.instance import open_instance, prepare_instance

LAST_RUNS = 5


def status_report(configuration: Configuration, configuration_file: Path) -> dict[str, Any]:
    """Collect the state of the pipeline as plain values, for a person's screen or a script's JSON."""
    summary = quarantine_summary(configuration)
    return {
        "company": configuration.company.name,
        "published": _published(configuration),
        "restated": _restated(configuration),
        "freshness": [
            {**asdict(found), "is_stale": found.is_stale, "message": str(found)}
            for found in all_freshness(configuration, dt.datetime.now(dt.UTC))
        ],
        "runs": _last_runs(configuration, configuration_file),
        "unfinished": _unfinished(configuration),
        "erasure": erasure_report(configuration),
        "entities": entities_report(configuration),
        "quarantined_rows": int(summary["rows"].sum()),
        "quarantine": summary.to_dicts(),
    }


def _published(configuration: Configuration) -> dict[str, Any] | None:
    publication = read_publication(configuration.paths.publish)
    if publication is None:
        return None
    yesterday = yesterday_in(configuration.company.timezone)
    return {
        "version": publication.version,
        "as_of_date": publication.as_of_date,
        "days_behind": (yesterday - publication.as_of_date).days,
        "folder": str(configuration.paths.publish / "current"),
        "marts": len(publication.row_counts),
        "rows": sum(publication.row_counts.values()),
        "postgres": _in_postgres(configuration, publication),
    }


def _unfinished(configuration: Configuration) -> list[dict[str, Any]]:
    lake = Lake(configuration.paths.lake, configuration.paths.quarantine)
    return [
        {"first_day": left.window.first_day, "last_day": left.window.last_day, "entities": list(left.entities)}
        for left in read_wanted(lake)
    ]


def _restated(configuration: Configuration) -> dict[str, Any] | None:
    publication = read_publication(configuration.paths.publish)
    if publication is None:
        return None
    return summarise(read_restatements(configuration.paths.publish, publication.version))


def _in_postgres(configuration: Configuration, published: Publication) -> str | None:
    """What Postgres shows beside the published files, in words; null where it is not configured."""
    target = postgres_target(configuration)
    if target is None:
        return None
    try:
        shown = version_in_postgres(target)
    except PublicationError as error:
        return str(error)
    if shown is None:
        return f"nothing yet in schema {target.schema}; `loyalty run` loads version {published.version}"
    is_same = shown.published_at == published.published_at
    return f"version {shown.number} in schema {target.schema}" + ("" if is_same else "; `loyalty run` loads the newest")


def _last_runs(configuration: Configuration, configuration_file: Path) -> list[dict[str, Any]]:
    prepare_instance(configuration, configuration_file)
    with open_instance(configuration) as instance:
        records = instance.get_run_records(limit=LAST_RUNS)
    return [
        {
            "run_id": record.dagster_run.run_id,
            "job": record.dagster_run.job_name,
            "status": record.dagster_run.status.value.lower(),
            "started": _moment(record.start_time),
            "seconds": round((record.end_time or 0) - (record.start_time or 0)) if record.end_time else None,
        }
        for record in records
    ]


def _moment(timestamp: float | None) -> str:
    if timestamp is None:
        return "not started      "
    return f"{dt.datetime.fromtimestamp(timestamp, dt.UTC):%Y-%m-%d %H:%M} UTC"


def entities_report(configuration: Configuration) -> list[dict[str, Any]]:
    """How far each entity was extracted, and what the lake holds of it; one that others left behind is stale."""
    lake = Lake(configuration.paths.lake, configuration.paths.quarantine)
    report = []
    for entity in entities():
        if entity not in configuration.sources:
            continue
        manifest = read_manifest(lake, entity)
        is_state = load_contract(entity).kind == "state"
        partitions = current_partitions(manifest, is_state=is_state) if is_state else manifest.partitions
        report.append(
            {
                "entity": entity,
                "extracted_through": manifest.extracted_through,
                "accepted": sum(partition.accepted for partition in partitions.values()),
                "quarantined": sum(partition.quarantined for partition in partitions.values()),
            }
        )
    days = [each["extracted_through"] for each in report if each["extracted_through"]]
    latest = max(days, default=None)
    return [{**each, "is_stale": each["extracted_through"] != latest} for each in report]
