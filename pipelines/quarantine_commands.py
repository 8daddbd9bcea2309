"""`loyalty quarantine`: see the rows that broke their contract, what they could change, and take them in once mended.

Heavy libraries are imported by the commands that need them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from pipelines.options import DEFAULT_FILE, AsJson, ConfigurationFile

if TYPE_CHECKING:
    from assets.lake.release import Waiting

quarantine_app = typer.Typer(no_args_is_help=True, help="Rows that broke their contract.")
Entity = Annotated[str, typer.Argument(help="Entity, such as orders.")]
Reason = Annotated[Optional[str], typer.Option(help="Only rows with this reason.")]  # noqa: UP045  (typer reads it)


@quarantine_app.command("list")
def quarantine_list(config: ConfigurationFile = DEFAULT_FILE, as_json: AsJson = False) -> None:
    """Rows in quarantine, by entity and reason."""
    from assets.configuration.file import load_configuration
    from assets.lake.quarantine import quarantine_summary
    from pipelines.tables import print_table

    rows = quarantine_summary(load_configuration(config))
    print_table(rows, as_json=as_json, empty="Nothing is in quarantine.")


@quarantine_app.command("show")
def quarantine_show(
    entity: Entity,
    config: ConfigurationFile = DEFAULT_FILE,
    reason: Reason = None,
    limit: Annotated[int, typer.Option(help="At most so many rows on the screen.", min=1)] = 20,
    csv: Annotated[Optional[Path], typer.Option(help="Write all rows to this file, for a spreadsheet.")] = None,  # noqa: UP045
    as_json: AsJson = False,
) -> None:
    """Quarantined rows of an entity as they came, with reasons and what is wrong."""
    from assets.configuration.file import load_configuration
    from assets.lake.quarantine import quarantined_rows
    from assets.lake.retention_periods import rows_past_retention
    from assets.lake.spreadsheet import write_spreadsheet
    from pipelines.tables import print_table

    configuration = load_configuration(config)
    rows = quarantined_rows(configuration, entity, reason)
    if csv is not None:
        write_spreadsheet(rows, csv)
        typer.echo(f"Wrote {rows.height:,} rows to {csv}.")
        return
    print_table(rows.head(limit), as_json=as_json, empty=f"No row of {entity} is in quarantine.")
    gone = rows_past_retention(configuration, entity)
    if gone and not as_json:
        typer.echo(f"{gone:,} more were removed after retention_periods.quarantine_days; they are still counted.")
    if rows.height > limit and not as_json:
        typer.echo(f"{rows.height - limit:,} more; --limit {rows.height} shows all.")


@quarantine_app.command("release")
def quarantine_release(
    entity: Entity, config: ConfigurationFile = DEFAULT_FILE, reason: Reason = None, as_json: AsJson = False
) -> None:
    """Extract the days of quarantined rows again, after the source or a rule was mended: one run."""
    from assets.configuration.file import load_configuration
    from assets.lake.release import depending_on, waiting_rows
    from pipelines.runs import release

    configuration = load_configuration(config)
    before = waiting_rows(configuration, entity, reason)
    if not before.rows:
        typer.echo(json.dumps({"released": 0}) if as_json else f"No such row of {entity} is in quarantine.")
        return
    before = waiting_rows(configuration, entity)
    outcome = release(configuration, config, entity, reason)
    after = waiting_rows(configuration, entity)
    report = {
        "entity": entity,
        "released": before.rows - after.rows,
        "still_bad": after.rows,
        "reasons": after.reasons,
        "depending": depending_on(configuration, entity),
        "run_id": outcome.run_id,
        "published_version": outcome.version,
    }
    typer.echo(json.dumps(report) if as_json else "\n".join(_release_lines(report, before)))


@quarantine_app.command("impact")
def quarantine_impact(
    config: ConfigurationFile = DEFAULT_FILE,
    metric: Annotated[Optional[str], typer.Option(help="Only this metric: nps, csat or csi_index.")] = None,  # noqa: UP045
    as_json: AsJson = False,
) -> None:
    """The range in which NPS, CSAT and CSI would lie whatever the quarantined answers said; newest periods first."""
    import polars as pl

    from assets.configuration.file import load_configuration
    from assets.publication.impact import read_impact
    from pipelines.tables import print_table

    rows = read_impact(load_configuration(config).paths.publish, metric)
    shown = rows if as_json else rows.with_columns(pl.col(pl.Float64).round(2))
    print_table(shown, as_json=as_json, empty="No answer in quarantine could move a published metric.")


def _release_lines(report: dict[str, Any], before: Waiting) -> Iterator[str]:
    entity = report["entity"]
    yield f"Released {report['released']:,} of {before.rows:,} rows of {entity}."
    if report["still_bad"]:
        reasons = ", ".join(f"{reason} {rows:,}" for reason, rows in report["reasons"].items())
        yield f"{report['still_bad']:,} are still bad: {reasons}. `loyalty quarantine show {entity}` shows them."
    if report["depending"]:
        yield f"Rows that refer to {entity} are in quarantine, too; release {', '.join(report['depending'])} next."
    if report["published_version"] is not None:
        yield f"Published version {report['published_version']}."
