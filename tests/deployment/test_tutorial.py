"""The tutorial is executed as it stands, block by block, on the public survey that it names.

What it guards against: a newcomer's first ten minutes that end with an error, and numbers on the page that are not
those that come out.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from assets.configuration.file import load_configuration
from tests.deployment.page_blocks import DOCS, Block, blocks_of

PROJECT = DOCS.parent
SURVEY = PROJECT.parent / "shared/data/airline/airline_passenger_satisfaction_20k.csv"
# dbt's own tests would take most of the time; the example over all of this survey runs them.
LOYALTY = f"""\
#!{sys.executable}
from functools import partial

from assets.warehouse import asset as warehouse
from pipelines.command_line import main

warehouse.build_models = partial(warehouse.build_models, with_tests=False)
main()
"""
FIRST_KEYS = "company:"


def execute(block: Block, folder: Path) -> str:
    """Do what a block tells, in a folder; what it wrote to the terminal."""
    if block.language == "yaml":
        assert block.text.startswith(FIRST_KEYS)
        (folder / "loyalty.yaml").write_text(block.text, encoding="utf-8")
        return ""
    command = {"sh": ["bash", "-euo", "pipefail", "-c"], "python": [sys.executable, "-c"]}[block.language]
    ended = subprocess.run(
        [*command, block.text],
        env={**os.environ, "PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "COLUMNS": "80"},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert ended.returncode == 0, block.text + ended.stdout + ended.stderr
    return ended.stdout + ended.stderr


def plain(line: str) -> str:
    """A line of output without the time before it, and with single blanks."""
    return " ".join(line.split())


def labels(chart: Path) -> list[str]:
    """What a chart tells of each of its marks. Its widths depend on the fonts of the machine."""
    return sorted(re.findall(r'aria-label="([^"]*)"', chart.read_text(encoding="utf-8")))


@pytest.mark.skipif(not SURVEY.is_file(), reason=f"the survey is not beside the checkout, at {SURVEY}")
def test_every_step_works_and_tells_what_the_page_says(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/loyalty").write_text(LOYALTY)
    (tmp_path / "bin/loyalty").chmod(0o755)
    (tmp_path / SURVEY.name).symlink_to(SURVEY)
    told = ""
    for block in blocks_of("tutorial.md"):
        if block.language == "text":
            lines = [plain(line) for line in told.splitlines()]
            missing = [line for line in map(plain, block.text.splitlines()) if not any(line in one for one in lines)]
            assert missing == [], told
        else:
            told = execute(block, tmp_path) or told
    told_by_chart = labels(tmp_path / "satisfaction.svg")
    assert told_by_chart == labels(DOCS / "images/satisfaction.svg"), "the page shows another chart"
    assert sum("Seat comfort" in label for label in told_by_chart) > 1, "neither a bar nor an interval"


def test_its_configuration_reads_the_columns_of_the_example(tmp_path: Path) -> None:
    """The example over all of the survey is compared with plain pandas; the tutorial takes five of its questions."""
    (block,) = [block for block in blocks_of("tutorial.md") if block.language == "yaml"]
    (tmp_path / "loyalty.yaml").write_text(block.text, encoding="utf-8")
    taken = load_configuration(tmp_path / "loyalty.yaml").sources["survey_responses"]
    whole = load_configuration(PROJECT / "examples/airline/loyalty.yaml").sources["survey_responses"]
    assert taken.columns == whole.columns
    assert taken.answers.items() <= whole.answers.items()
    assert taken.no_answer == whole.no_answer
