"""What an operator meets: one screen, one sentence, an exit code; JSON that a script can read; a quiet second run.

What it guards against: tracebacks in a mail, codes that do not tell errors apart, warnings of libraries that hide what
matters, a help page that takes seconds, a night without news that publishes all the same.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
import yaml

from assets.configuration.file import load_configuration
from assets.warehouse.asset import AS_OF_TAG, refresh
from pipelines.runs import last_as_of
from tests.pipelines.published_demo import AS_OF, REPOSITORY, loyalty, loyalty_process

# The screen of a terminal that nobody has made larger.
ROWS, COLUMNS = 24, 80
HEAVY = ("polars", "dagster", "duckdb", "dbt", "great_expectations", "pandas", "numpy")
CHECK_OF_IMPORTS = """
import sys
sys.argv = ["loyalty", "--help"]
from pipelines.command_line import main
try:
    main()
except SystemExit as end:
    assert not end.code
print([name for name in {heavy} if name in sys.modules], file=sys.stderr)
"""


def published_files(folder: Path) -> dict[str, tuple[int, int]]:
    """Every file of the publication with its size and time of change, and where `current` points."""
    root = folder / ".loyalty/publish"
    files = {str(path): path.stat() for path in root.rglob("*") if path.is_file()}
    return {name: (stat.st_size, stat.st_mtime_ns) for name, stat in files.items()}


def test_help_answers_without_loading_heavy_libraries() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", CHECK_OF_IMPORTS.format(heavy=list(HEAVY))],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "Exit codes" in ended.stdout
    assert ended.stderr.strip() == "[]"


def test_a_second_run_with_nothing_new_touches_nothing_and_is_calm(own_demo: Path) -> None:
    before = published_files(own_demo)
    ended = loyalty_process("run", "--config", own_demo / "loyalty.yaml", "--as-of", AS_OF)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == "Nothing new: no model was built, and the published version stays as it is.\n"
    assert published_files(own_demo) == before
    strange = [line for line in ended.stderr.splitlines() if not re.match(r"\d\d:\d\d:\d\d  \S", line)]
    assert strange == []
    assert "models and tests done" not in ended.stderr


def test_marts_that_were_built_and_not_published_are_published_by_the_next_run(own_demo: Path) -> None:
    """As after a run that was killed between its build and its publication: nothing is new in the lake then."""
    configuration = load_configuration(own_demo / "loyalty.yaml")
    assert refresh(configuration, {AS_OF_TAG: AS_OF}, last_as_of(configuration)) == []
    (own_demo / ".loyalty/publish/current").unlink()
    assert refresh(configuration, {AS_OF_TAG: AS_OF}, last_as_of(configuration)) != []


def test_status_fits_one_screen_and_is_json_for_a_script(published_demo: Path) -> None:
    config = published_demo / "loyalty.yaml"
    told = loyalty("status", "--config", config)
    assert told.exit_code == 0, told.err
    lines = [line for line in told.out.splitlines() if str(published_demo) not in line]
    assert len(lines) < ROWS - 2, "the prompt and the folder, which may be long, have a row each"
    assert max(map(len, lines)) <= COLUMNS
    assert "version 1 as of 2024-12-31" in lines[1]
    report = json.loads(loyalty("status", "--config", config, "--json").out)
    assert report["published"]["version"] == 1
    assert [run["status"] for run in report["runs"]] == ["success"]
    assert sum(entity["quarantined"] for entity in report["entities"]) == report["quarantined_rows"]


def test_quarantine_tells_what_it_could_change_and_goes_to_a_spreadsheet(published_demo: Path, tmp_path: Path) -> None:
    """The range of a metric holds its published value; the file holds every row, not those of one screen."""
    config = published_demo / "loyalty.yaml"
    rows = json.loads(loyalty("quarantine", "impact", "--config", config, "--json").out)
    known = [row for row in rows if row["value"] is not None]
    assert known
    assert all(row["lowest_value"] - 1e-9 <= row["value"] <= row["highest_value"] + 1e-9 for row in known)
    told = loyalty("quarantine", "show", "survey_responses", "--config", config, "--csv", tmp_path / "rows.csv")
    shown = json.loads(
        loyalty("quarantine", "show", "survey_responses", "--config", config, "--limit", 10**6, "--json").out
    )
    assert told.out == f"Wrote {len(shown):,} rows to {tmp_path / 'rows.csv'}.\n"
    assert pl.read_csv(tmp_path / "rows.csv", infer_schema=False).height == len(shown)


def test_a_first_version_restates_nothing(published_demo: Path) -> None:
    config = published_demo / "loyalty.yaml"
    assert json.loads(loyalty("restatements", "--config", config, "--json").out) == []
    assert loyalty("restatements", "--config", config).out == "No published number was restated.\n"
    assert json.loads(loyalty("status", "--config", config, "--json").out)["restated"]["by_mart"] == []
    assert loyalty("quarantine", "release", "pigeons", "--config", config).exit_code == 2


def test_quarantine_tells_what_is_wrong_with_which_rows(published_demo: Path) -> None:
    config = published_demo / "loyalty.yaml"
    summary = json.loads(loyalty("quarantine", "list", "--config", config, "--json").out)
    reasons = [row for row in summary if row["entity"] == "survey_responses"]
    assert reasons
    rows = json.loads(loyalty("quarantine", "show", "survey_responses", "--config", config, "--json").out)
    assert len(rows) <= sum(row["rows"] for row in reasons), "a row may have several reasons"
    assert {reason for row in rows for reason in row["reasons"]} == {row["reason"] for row in reasons}
    told = loyalty("quarantine", "show", "survey_responses", "--config", config, "--limit", 1)
    assert "more; --limit" in told.out
    assert loyalty("quarantine", "list", "--config", config).out.count("\n") >= len(summary)
    assert loyalty("quarantine", "show", "pigeons", "--config", config).exit_code == 2


def test_check_finds_nothing_in_the_way_of_the_demo(published_demo: Path) -> None:
    config = published_demo / "loyalty.yaml"
    told = loyalty("check", "--config", config)
    assert told.exit_code == 0, told.out + told.err
    assert told.out.endswith(f"Nothing stands in the way. Next: loyalty run --config {config}\n")
    findings = json.loads(loyalty("check", "--config", config, "--json").out)
    assert {finding["level"] for finding in findings} <= {"info", "warning"}


def test_check_tells_everything_that_is_wrong_at_once_and_no_password(own_demo: Path) -> None:
    path = own_demo / "loyalty.yaml"
    settings = yaml.safe_load(path.read_text())
    settings["connections"] = {"shop": {"url": "postgresql://shop:${SHOP_PASSWORD}@127.0.0.1:1/shop"}}
    path.write_text(yaml.safe_dump(settings))
    (own_demo / "orders.parquet").unlink()
    (own_demo / "products.parquet").write_bytes(b"PAR1")
    ended = loyalty_process("check", "--config", path, SHOP_PASSWORD="correct-horse")
    assert ended.returncode == 3
    errors = [line for line in ended.stdout.splitlines() if line.startswith("error")]
    assert [re.split(r"[ :]+", line)[1] for line in errors][:1] == ["connections.shop"]
    assert {"sources.orders", "sources.products"} <= {re.split(r"[ :]+", line)[1] for line in errors}
    assert "correct-horse" not in ended.stdout + ended.stderr


def test_init_writes_a_file_that_check_accepts(published_demo: Path, tmp_path: Path) -> None:
    """From the demo's own files, two of them as CSV."""
    for entity in ("customers", "products"):
        pl.read_parquet(published_demo / f"{entity}.parquet").write_csv(tmp_path / f"{entity}.csv")
    inputs = [tmp_path / "customers.csv", tmp_path / "products.csv"]
    inputs += [published_demo / f"{entity}.parquet" for entity in ("orders", "order_lines", "contracts")]
    output = tmp_path / "loyalty.yaml"
    told = loyalty("init", *inputs, "--output", output)
    assert told.exit_code == 0, told.err
    shown = told.out[told.out.index("\norders\n") :]
    assert "  sure: order_id, customer_id" in shown
    first = pl.read_parquet(published_demo / "orders.parquet")["order_id"].head(5)
    assert all(order_id in shown for order_id in first), "five mapped rows"
    assert loyalty("init", *inputs, "--output", output).exit_code == 2, "an existing file is never overwritten"
    checked = loyalty("check", "--config", output)
    assert checked.exit_code == 0, checked.out + checked.err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["backfill", "--from", "2024-03-02", "--to", "2024-03-01"], "--from 2024-03-02 is after --to 2024-03-01."),
        (["backfill", "--from", "2022-01-01", "--to", "2024-03-01"], "is before company.history_start 2023-01-01"),
        (["backfill", "--from", "2024-01-01", "--to", "2999-01-01"], "2999-01-01 is not over yet"),
        (["backfill", "--from", "2024-01-01", "--to", "2024-01-02", "--entity", "pigeons"], "pigeons: no such source"),
        (["run", "--as-of", "2999-01-01"], "is not over yet; the last complete business day is"),
    ],
)
def test_days_and_entities_that_cannot_be_are_refused(published_demo: Path, arguments: list[str], says: str) -> None:
    told = loyalty(*arguments, "--config", published_demo / "loyalty.yaml")
    assert told.exit_code == 2
    assert told.out == ""
    assert told.err.startswith("Error: ")
    assert says in told.err
    assert told.err.count("\n") == 1


def test_an_error_is_one_sentence_and_a_traceback_only_when_asked_for(tmp_path: Path) -> None:
    told = loyalty("run", "--config", tmp_path / "none.yaml")
    assert told.exit_code == 2
    assert told.err == f"Error: there is no file {tmp_path / 'none.yaml'}; `loyalty init` writes one\n"
    assert "Traceback" not in told.err
    traced = loyalty("run", "--config", tmp_path / "none.yaml", debug=True)
    assert traced.exit_code == told.exit_code
    assert traced.err.startswith("Traceback")
    assert traced.err.endswith(told.err)


def test_sample_refuses_what_it_cannot_write(tmp_path: Path) -> None:
    told = loyalty("sample", tmp_path / "demo", "--years", 99)
    assert told.exit_code == 2
    assert "1 to 30 years" in told.err
