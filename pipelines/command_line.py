"""`loyalty`: the command line.

Heavy libraries are imported by the commands that need them, so that `loyalty --help` answers at once.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
import traceback
from pathlib import Path
from typing import Annotated, Any, Optional

import typer

from assets.disk import disk_problem
from assets.errors import LoyaltyError
from assets.secrets import masked
from pipelines.options import DEFAULT_FILE, AsJson, ConfigurationFile, day_option, naming
from pipelines.program_commands import PASSED_ON, execute, semantic, spark_server, ui
from pipelines.quarantine_commands import quarantine_app
from pipelines.reading_commands import metrics, report, restatements, status

app = typer.Typer(
    name="loyalty",
    help="Nightly tables of customer loyalty and satisfaction, from surveys, orders and contracts.",
    epilog=(
        "Exit codes: 0 done, 1 unexpected error, 2 configuration, 3 source, 4 contract, 5 too many bad rows, "
        "6 lake, 7 warehouse, 8 publication, 9 stale data (`status --check`), "
        "10 history of runs."
    ),
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
)
app.add_typer(quarantine_app, name="quarantine")


@app.callback()
def options(
    context: typer.Context,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
) -> None:
    """Keep the options that hold for every command."""
    context.obj = {"debug": debug}
    if debug:
        os.environ["LOYALTY_DEBUG"] = "1"


@app.command()
def init(
    inputs: Annotated[list[str], typer.Argument(help="Files, globs, or a database's address, such as postgresql://.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Where to write.")] = DEFAULT_FILE,
    force: Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")] = False,
) -> None:
    """Write a commented loyalty.yaml by looking at files or tables, and show the first rows as it maps them."""
    from assets.errors import ConfigurationError
    from assets.sources.propose import propose
    from pipelines.proposal import show_proposal

    if output.exists() and not force:
        raise ConfigurationError(f"{output} exists. Choose another place with --output, or overwrite it with --force.")
    text = propose(inputs, output.parent)
    output.write_text(text, encoding="utf-8")
    show_proposal(text, output)
    typer.echo(f"Wrote {output}. Read its comments, then run `loyalty check{naming(output)}`.")


@app.command()
def check(config: ConfigurationFile = DEFAULT_FILE, as_json: AsJson = False) -> None:
    """Try the configuration, connections and mappings without writing anything, and advise what to mend."""
    from dataclasses import asdict

    from assets.configuration.file import load_configuration
    from assets.publication.check import check_postgres
    from assets.sources import check_sources

    configuration = load_configuration(config)
    findings = [*check_sources(configuration), *check_postgres(configuration)]
    if as_json:
        typer.echo(json.dumps([asdict(finding) for finding in findings], default=str))
    else:
        from pipelines.check_lines import check_lines

        typer.echo("\n".join(check_lines(findings, f"loyalty run{naming(config)}")))
    if any(finding.level == "error" for finding in findings):
        raise typer.Exit(3)


@app.command()
def run(
    config: ConfigurationFile = DEFAULT_FILE,
    as_of: Annotated[
        Optional[dt.date],  # noqa: UP045
        day_option("--as-of", "Last complete business day; by default yesterday."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Extract what may have changed, validate it, build the marts and publish them."""
    from assets.configuration.file import load_configuration
    from assets.warehouse.asset import AS_OF_TAG
    from pipelines.alerts import alerting
    from pipelines.definitions import as_of_window
    from pipelines.runs import business_day, run_job

    configuration = load_configuration(config)
    day = business_day(configuration, as_of)
    with alerting(configuration, "nightly") as run_id:
        window = as_of_window(configuration, day)
        outcome = run_job(configuration, config, "nightly", window, {AS_OF_TAG: day.isoformat()}, run_id=run_id)
    _tell(outcome, configuration, as_json=as_json)


@app.command()
def backfill(
    first: Annotated[dt.date, day_option("--from", "First business day.")],
    last: Annotated[dt.date, day_option("--to", "Last business day, included.")],
    config: ConfigurationFile = DEFAULT_FILE,
    entity: Annotated[Optional[list[str]], typer.Option(help="Only this entity; may be repeated.")] = None,  # noqa: UP045
    as_json: AsJson = False,
) -> None:
    """Extract a range of business days again, build the marts and publish them: one run."""
    from assets.configuration.file import load_configuration
    from pipelines.alerts import alerting
    from pipelines.runs import backfill_range, run_job

    configuration = load_configuration(config)
    window = backfill_range(configuration, first, last, entity or [])
    with alerting(configuration, "backfill") as run_id:
        outcome = run_job(configuration, config, "backfill", window, {}, lake_entities=entity, run_id=run_id)
    _tell(outcome, configuration, as_json=as_json)


@app.command("full-refresh")
def full_refresh(config: ConfigurationFile = DEFAULT_FILE, as_json: AsJson = False) -> None:
    """Compute everything anew from the lake, and publish."""
    from assets.configuration.file import load_configuration
    from assets.sources import Window
    from assets.warehouse.asset import AS_OF_TAG
    from pipelines.alerts import alerting
    from pipelines.runs import last_as_of, run_job

    configuration = load_configuration(config)
    with alerting(configuration, "full_refresh") as run_id:
        day = last_as_of(configuration)
        tags = {AS_OF_TAG: day.isoformat()}
        outcome = run_job(configuration, config, "full_refresh", Window(day, day), tags, run_id=run_id)
    _tell(outcome, configuration, as_json=as_json)


for command in (status, restatements, report, metrics):
    app.command()(command)


@app.command()
def forget(
    customer_id: Annotated[Optional[str], typer.Argument(help="The customer's id, as the lake has it.")] = None,  # noqa: UP045
    config: ConfigurationFile = DEFAULT_FILE,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask first.")] = False,
    list_erasures: Annotated[bool, typer.Option("--list", help="Show what was erased so far, never of whom.")] = False,
    as_json: AsJson = False,
) -> None:
    """Erase a customer everywhere but in the sources, and refuse them from now on."""
    from dataclasses import asdict

    from assets.configuration.file import load_configuration
    from assets.errors import ConfigurationError
    from assets.lake.erasure import read_erasures

    configuration = load_configuration(config)
    if list_erasures:
        _list_erasures(read_erasures(configuration.paths.erasures), as_json=as_json)
        return
    if not (customer_id or "").strip():
        raise ConfigurationError("Name the customer to forget, or --list what was forgotten.")
    from pipelines.forget import EXPLANATION, forget_customer

    if not yes:
        typer.echo(EXPLANATION, err=True)
        typer.confirm("Go on?", abort=True, err=True)
    erasure = forget_customer(configuration, config, str(customer_id))
    if as_json:
        typer.echo(json.dumps(asdict(erasure)))
        return
    rows = ", ".join(f"{count:,} of {entity}" for entity, count in erasure.rows.items()) or "none"
    typer.echo(f"Forgotten. Rows erased: {rows}. Published versions removed: {erasure.versions}.")


def _list_erasures(erasures: Any, *, as_json: bool) -> None:
    from dataclasses import asdict

    from pipelines.forget import records
    from pipelines.tables import print_records

    if as_json:
        typer.echo(json.dumps([asdict(erasure) for erasure in erasures]))
    elif erasures:
        print_records(records(erasures))
    else:
        typer.echo("Nobody was forgotten so far.")


@app.command()
def sample(
    folder: Annotated[Path, typer.Argument(help="Folder to write the data and their loyalty.yaml to.")],
    customers: Annotated[int, typer.Option(min=1, help="Number of customers.")] = 2000,
    years: Annotated[int, typer.Option(min=1, help="Years of history.")] = 3,
    seed: Annotated[int, typer.Option(help="The same seed writes the same data.")] = 1,
) -> None:
    """Write demo data for all entities, with a loyalty.yaml that reads them."""
    from assets.sample import write_sample

    _log_to_terminal()
    truths = write_sample(folder, customers=customers, years=years, seed=seed, progress=_say)
    typer.echo(f"Wrote {folder}. Next: loyalty run --config {folder / 'loyalty.yaml'} --as-of {truths.last_day}")


app.command()(ui)
app.command("exec", context_settings=PASSED_ON)(execute)
app.command("semantic", context_settings=PASSED_ON)(semantic)
app.command("spark-server")(spark_server)


def main() -> None:
    """Run the command line; errors of the product are one sentence and an exit code of their own, and no secret is in
    any.
    """
    _log_to_terminal()
    try:
        app(standalone_mode=True)
    except Exception as error:  # noqa: BLE001  (a traceback would show a secret in an error of any kind)
        ours = error if isinstance(error, LoyaltyError) else None
        if ours is None or os.environ.get("LOYALTY_DEBUG"):
            typer.echo(masked("".join(traceback.format_exception(error))), err=True)
        if ours is not None:
            # What Dagster passes on of a run's output goes through a file: a full disk may have cut it within a line.
            lead = "\n" if disk_problem(ours) else ""
            typer.echo(f"{lead}Error: {masked(str(ours))}", err=True)
        sys.exit(ours.exit_code if ours else 1)


def _tell(outcome: Any, configuration: Any, *, as_json: bool) -> None:
    folder = configuration.paths.publish / "current"
    if as_json:
        document = {"run_id": outcome.run_id, "published_version": outcome.version, "folder": str(folder)}
        typer.echo(json.dumps(document))
    elif outcome.version is None:
        typer.echo("Nothing new: no model was built, and the published version stays as it is.")
    else:
        typer.echo(f"Published version {outcome.version}: {folder}")


def _say(message: str) -> None:
    typer.echo(message, err=True)


def _log_to_terminal() -> None:
    """Show the pipeline's own progress on the terminal, one plain line each, and nothing of its libraries."""
    import logging

    logger = logging.getLogger("loyalty")
    if not logger.handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter("%(asctime)s  %(message)s", "%H:%M:%S"))
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)


if __name__ == "__main__":
    main()
