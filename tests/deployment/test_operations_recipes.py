"""The recipes of the operations page are taken out of it and executed on a small published company.

What it guards against: a backup that lacks what cannot be computed or that fails where nobody was ever erased, a
company that extracts all of history again because its folder moved, a command that was renamed, an upgrade that leaves
the timer off. Whoever needs one of these recipes cannot try it first.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl
import pytest

from tests.deployment.page_blocks import blocks_in
from tests.erasure.person import write_settings
from tests.flow.small_company import FIRST_AS_OF, differences, found_company, place_order
from tests.nights.published import published_marts, read_whole_version
from tests.publication.postgres_server import OPERATIONS

NEXT_DAY = FIRST_AS_OF + dt.timedelta(days=1)
# The sources keep the last weeks only: whoever extracts history again loses the rest.
KEPT_FROM = FIRST_AS_OF - dt.timedelta(days=14)
DAY_OF = {"orders": "ordered_at", "survey_responses": "answered_at"}
# A night as of a day of the test. What is built is compared cell by cell; dbt's own tests would take most of the time.
LOYALTY = f"""\
#!{sys.executable}
import os
import sys
from functools import partial

from assets.warehouse import asset as warehouse
from pipelines.command_line import main

warehouse.build_models = partial(warehouse.build_models, with_tests=False)
if sys.argv[1] == "run":
    sys.argv += ["--as-of", os.environ["AS_OF"]]
main()
"""
NOTED = '#!/bin/sh\necho "$(basename "$0") $*" >> "$CALLS"\n'
# Another machine is another folder.
SSH = '#!/bin/sh\nshift\nexec sh -c "$(echo "$*" | sed "s|$FOLDER|$OTHER_FOLDER|g")"\n'


@dataclass(frozen=True)
class Machine:
    """Where a recipe is executed: the company's folder, the place of installed programs, and a folder to work in."""

    acme: Path
    programs: Path
    work: Path

    def execute(self, recipe: str, as_of: dt.date = NEXT_DAY, other: Path | None = None) -> str:
        """Execute a recipe as the page has it, but for its paths; what it wrote to the terminal."""
        script = recipe.replace("/opt/loyalty/bin", str(self.programs)).replace("/srv/acme", str(self.acme))
        environment = {
            **os.environ,
            "PATH": f"{self.programs}:{os.environ['PATH']}",
            "AS_OF": as_of.isoformat(),
            "CALLS": str(self.work / "calls"),
            "FOLDER": str(self.acme),
            "OTHER_FOLDER": str(other),
        }
        command = ["bash", "-euo", "pipefail", "-c", script]
        ended = subprocess.run(
            command, env=environment, cwd=self.work, capture_output=True, text=True, timeout=600, check=False
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout + ended.stderr

    @property
    def publish(self) -> Path:
        """What BI reads."""
        return self.acme / ".loyalty/publish"


@dataclass(frozen=True)
class Published:
    """A company that was backed up and published once more on the next day, and the marts of both days."""

    folder: Path
    first: dict[str, pl.DataFrame]
    second: dict[str, pl.DataFrame]


def section(title: str) -> str:
    """A section of the operations page."""
    text = OPERATIONS.read_text(encoding="utf-8")
    assert f"\n## {title}\n" in text
    return text.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def recipes(title: str) -> list[str]:
    """The shell commands of a section, block by block."""
    found = [block.text for block in blocks_in(section(title)) if block.language == "sh"]
    assert found
    return found


def inline(title: str, beginning: str) -> str:
    """The one command between backticks of a section that begins so."""
    (command,) = [span for span in re.findall(r"`([^`\n]+)`", section(title)) if span.startswith(beginning)]
    return command


def install_programs(folder: Path) -> Path:
    """Stand-ins for what only a real machine has, and `loyalty` itself."""
    folder.mkdir()
    for name, text in {"loyalty": LOYALTY, "ssh": SSH, "systemctl": NOTED, "python": NOTED}.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    return folder


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Published:
    """A company after the night that the page backs up, and the night after it; nobody was ever erased."""
    folder = tmp_path_factory.mktemp("operations")
    company = found_company(folder / "acme")
    place_order(company, 50, 3, (NEXT_DAY - dt.date(2023, 11, 1)).days)
    company.write_sources()
    write_settings(company)
    machine = Machine(company.folder, install_programs(folder / "bin"), folder)
    machine.execute(recipes("Backup and restore")[0], FIRST_AS_OF)
    first = published_marts(machine.publish)
    machine.execute("loyalty run --config /srv/acme/loyalty.yaml")
    second = published_marts(machine.publish)
    assert differences(first, second), "the next day brought nothing"
    for entity, moment in DAY_OF.items():
        rows = pl.read_parquet(company.folder / f"{entity}.parquet")
        rows.filter(pl.col(moment).dt.date() >= KEPT_FROM).write_parquet(company.folder / f"{entity}.parquet")
    return Published(folder, first, second)


@pytest.fixture
def machine(published: Published, tmp_path: Path) -> Machine:
    """A machine of a test's own, with the company and its backup."""
    work = Path(shutil.copytree(published.folder, tmp_path / "machine", symlinks=True))
    return Machine(work / "acme", work / "bin", work)


def version_of(publish: Path) -> int:
    """The number of the version that BI reads, which must be whole."""
    assert read_whole_version(publish) == []
    return int(pl.read_parquet(publish / "current/marts/publication.parquet")["version"][0])


def test_a_backup_is_restored_to_the_same_numbers(machine: Machine, published: Published) -> None:
    _, restore = recipes("Backup and restore")
    extraction, run = restore.split("loyalty run")
    (machine.acme / "loyalty.yaml").unlink()
    machine.execute(extraction)
    assert version_of(machine.publish) == 1, "BI has nothing to read until the run has ended"
    assert differences(published_marts(machine.publish), published.first) == []
    assert not (machine.acme / ".loyalty/warehouse.duckdb").exists()
    machine.execute(f"loyalty run{run}")
    assert version_of(machine.publish) == 2
    assert differences(published_marts(machine.publish), published.second) == []


def test_a_company_moves_to_another_machine_and_path(machine: Machine, published: Published) -> None:
    """Nothing may still be read from where it was: the old folder is gone."""
    other = Machine(machine.work / "elsewhere" / "moved", machine.programs, machine.work)
    move, start = recipes("Another machine")
    machine.execute(move, other=other.acme)
    assert (machine.work / "calls").read_text() == "systemctl stop loyalty.timer loyalty-check.timer\n"
    shutil.rmtree(machine.acme)
    assert version_of(other.publish) == 2
    assert "Nothing new in the lake" in other.execute(start)
    assert version_of(other.publish) == 2
    assert differences(published_marts(other.publish), published.second) == []


def test_an_upgrade_with_other_models_computes_the_same_numbers(machine: Machine, published: Published) -> None:
    (upgrade,) = recipes("Upgrade")
    warehouse = machine.acme / ".loyalty/warehouse.duckdb"
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("update control.build_state set models = 'those of the version before'")
    machine.execute(upgrade)
    assert version_of(machine.publish) == 3, "the models of the version before still stand"
    assert differences(published_marts(machine.publish), published.second) == []
    calls = (machine.work / "calls").read_text().splitlines()
    assert calls[0] == "systemctl stop loyalty.timer"
    assert [call for call in calls if call.startswith("python -m pip install ")] == calls[1:3]
    assert calls[3:] == ["systemctl start loyalty.timer"]

    # That a run builds a warehouse that is not there is shown by the backup that is restored.
    machine.execute(inline("Upgrade", "rm "))
    assert not warehouse.exists()


def test_bi_goes_back_to_an_older_version_until_something_is_new(machine: Machine, published: Published) -> None:
    back = inline("Where things are", "ln ").replace("000041", "000001")
    machine.execute(f"cd /srv/acme\n{back}")
    assert version_of(machine.publish) == 1
    assert differences(published_marts(machine.publish), published.first) == []
    machine.execute("loyalty run --config /srv/acme/loyalty.yaml")
    assert version_of(machine.publish) == 1
