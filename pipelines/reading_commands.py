"""Commands that read what runs have left: the state, what was restated, the page, the definitions of metrics.

Heavy libraries are imported by the commands that need them.
"""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Annotated, Optional

import typer

from pipelines.options import DEFAULT_FILE, AsJson, ConfigurationFile

STALE_EXIT_CODE = 9


def status(
    config: ConfigurationFile = DEFAULT_FILE,
    check: Annotated[
        bool, typer.Option("--check", help="End with code 9 where something is stale, and tell alerts.webhook.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show on one screen what is published, what is stale, the last runs, and the data with their quarantine."""
    from assets.configuration.file import load_configuration
    from pipelines.alerts import tell_stale
    from pipelines.status import status_report
    from pipelines.status_lines import status_lines

    configuration = load_configuration(config)
    report = status_report(configuration, config)
    typer.echo(json.dumps(report, default=str) if as_json else "\n".join(status_lines(report)))
    if check:
        tell_stale(configuration, dt.datetime.now(dt.UTC))
    if check and any(subject["is_stale"] for subject in report["freshness"]):
        raise typer.Exit(STALE_EXIT_CODE)


def restatements(
    config: ConfigurationFile = DEFAULT_FILE,
    metric: Annotated[Optional[str], typer.Option(help="Only this metric, or mart.")] = None,  # noqa: UP045
    version: Annotated[Optional[int], typer.Option(help="Only what this version restated.")] = None,  # noqa: UP045
    limit: Annotated[int, typer.Option(help="At most so many cells on the screen.", min=1)] = 50,
    as_json: AsJson = False,
) -> None:
    """Published numbers that a later version changed: before, now, and why; newest version first."""
    from assets.configuration.file import load_configuration
    from assets.publication.restatements import for_people, read_restatements, summarise
    from pipelines.tables import print_table

    rows = read_restatements(load_configuration(config).paths.publish, version, metric)
    if as_json:
        print_table(rows, as_json=True, empty="")
        return
    print_table(for_people(rows.head(limit)), as_json=False, empty="No published number was restated.")
    if rows.height > limit:
        of = ", ".join(f"{each['mart']} {each['cells']:,} ({each['reason']})" for each in summarise(rows)["by_mart"])
        typer.echo(f"\n{limit:,} of {rows.height:,} cells: {of}.")
        typer.echo(f"--metric shows one metric or mart, --limit {rows.height} all.")


def report(
    config: ConfigurationFile = DEFAULT_FILE,
    output: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--output", "-o", help="Where to write; by default beside the published marts."),
    ] = None,
) -> None:
    """Write the published numbers as one page with charts, a file that can be sent, and print its path."""
    from assets.configuration.file import load_configuration
    from assets.report.page import write_report

    typer.echo(str(write_report(load_configuration(config), output)))


def metrics(
    metric_id: Annotated[Optional[str], typer.Argument(help="Metric to explain, such as csi_index.")] = None,  # noqa: UP045
    as_json: AsJson = False,
) -> None:
    """List every metric with its formula, or explain one: its parts, marts, columns and the model that owns it."""
    from assets.warehouse.catalogue import explain, explanation_lines, find_metric, read_catalogue

    if metric_id is not None:
        metric = find_metric(metric_id)
        typer.echo(json.dumps(explain(metric)) if as_json else "\n".join(explanation_lines(metric)))
        return
    catalogue = [{"metric": m.metric_id, "unit": m.unit, "formula": m.formula} for m in read_catalogue()]
    if as_json:
        typer.echo(json.dumps(catalogue))
        return
    from pipelines.tables import print_records

    print_records(catalogue)
    typer.echo("`loyalty metrics METRIC` explains one.")
