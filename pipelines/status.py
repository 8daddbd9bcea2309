"""What `loyalty status` says: runs, partitions waiting, quarantine, the published version and how fresh it all is."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from assets.configuration import Configuration
from assets.contracts import entities, load_contract
from assets.errors import printable
from assets.lake.manifest import Lake, current_partitions, read_manifest
from assets.lake.quarantine import quarantine_summary
from assets.lake.window import yesterday_in
from assets.publication.publish import read_publication
from pipelines.instance import prepare_instance

LAST_RUNS = 5


def status_report(configuration: Configuration, configuration_file: Path) -> dict[str, Any]:
    """Collect the state of the pipeline as plain values, for a person's screen or a script's JSON."""
    summary = quarantine_summary(configuration)
    return {
        "company": configuration.company.name,
        "published": _published(configuration),
        "runs": _last_runs(configuration, configuration_file),
        "entities": _entities(configuration),
        "quarantined_rows": int(summary["rows"].sum()),
        "quarantine": summary.to_dicts(),
    }


def status_lines(report: dict[str, Any]) -> list[str]:
    """The report as lines that fit one screen."""
    published = report["published"]
    lines = [printable(report["company"])]
    if published is None:
        lines.append("  published   nothing yet; `loyalty run` makes the first version")
    else:
        age = "up to date" if published["days_behind"] == 0 else f"{published['days_behind']} days behind yesterday"
        version = f"version {published['version']} as of {published['as_of_date']} ({age})"
        lines.append(f"  published   {version}, {published['marts']} marts, {published['rows']:,} rows")
        lines.append(f"              {printable(published['folder'])}")
    lines += [f"  run         {r['started']}  {r['job']:<12} {r['status']:<9} {r['seconds']} s" for r in report["runs"]]
    for entity in report["entities"]:
        counts = f"{entity['accepted']:>12,} rows  {entity['quarantined']:>7,} quarantined"
        lines.append(f"  {entity['entity']:<20} to {entity['extracted_through']}  {counts}")
    if report["quarantined_rows"]:
        lines.append("  `loyalty quarantine list` says why rows are in quarantine.")
    return lines


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
    }


def _last_runs(configuration: Configuration, configuration_file: Path) -> list[dict[str, Any]]:
    import dagster as dg

    prepare_instance(configuration, configuration_file)
    with dg.DagsterInstance.get() as instance:
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


def _entities(configuration: Configuration) -> list[dict[str, Any]]:
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
                "extracted_through": manifest.extracted_through or "never     ",
                "accepted": sum(partition.accepted for partition in partitions.values()),
                "quarantined": sum(partition.quarantined for partition in partitions.values()),
            }
        )
    return report
