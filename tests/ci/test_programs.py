"""What the tests need beside Python's packages is installed where that can be done, and asked for where it cannot.

What it guards against: a `make test` that ends after half an hour with failures that only mean that a program is not
there, one that calls apt-get in vain or for what is there, one that goes on after an installation that failed.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / ".ci/programs"
PACKAGES = {
    "mariadbd": "mariadb-server-core",
    "chromium": "chromium",
    "chromedriver": "chromium-driver",
    "java": "default-jre-headless",
}


@dataclass(frozen=True)
class Machine:
    """A folder that stands for all the folders of programs of a machine."""

    folder: Path

    def has(self, program: str, does: str = "") -> None:
        path = self.folder / program
        path.write_text(f"#!/bin/bash\n{does}\n")
        path.chmod(0o755)

    def programs(self) -> tuple[int, str]:
        """The exit code of the script on this machine, and what it told the user."""
        text = SCRIPT.read_text()
        sought = 'PATH="$PATH:/usr/sbin:/usr/local/sbin"'
        assert sought in text
        ended = subprocess.run(
            ["/bin/bash", "-c", text.replace(sought, "")],
            env={"PATH": str(self.folder)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return ended.returncode, ended.stdout + ended.stderr

    def asked_of_apt(self) -> list[str]:
        asked = self.folder / "asked"
        return asked.read_text().splitlines() if asked.exists() else []


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine of root's with apt-get and none of the programs."""
    found = Machine(tmp_path)
    found.has("id", "echo 0")
    found.has("apt-get", f'echo "$*" >> {tmp_path}/asked')
    return found


def test_nothing_is_asked_where_everything_is_there(machine: Machine) -> None:
    for program in PACKAGES:
        machine.has(program)
    assert machine.programs() == (0, "")
    assert machine.asked_of_apt() == []


@pytest.mark.parametrize("program", PACKAGES)
def test_root_gets_exactly_what_is_missing(machine: Machine, program: str) -> None:
    for other in PACKAGES.keys() - {program}:
        machine.has(other)
    assert machine.programs()[0] == 0
    assert machine.asked_of_apt()[-1].split()[-1:] == [PACKAGES[program]]
    assert not set(machine.asked_of_apt()[-1].split()) & (set(PACKAGES.values()) - {PACKAGES[program]})


def test_a_list_of_packages_that_is_out_of_reach_is_no_reason_to_give_up(machine: Machine) -> None:
    machine.has("apt-get", '[[ "$1" != update ]]')
    assert machine.programs()[0] == 0


@pytest.mark.parametrize("why", ["no root", "no apt-get", "no network"])
def test_who_cannot_install_is_told_what_is_missing_and_how_to_get_it(machine: Machine, why: str) -> None:
    machine.has("mariadbd")
    machine.has("java")
    if why == "no root":
        machine.has("id", "echo 1000")
    elif why == "no network":
        machine.has("apt-get", "exit 100")
    else:
        (machine.folder / "apt-get").unlink()
    code, told = machine.programs()
    assert code == 1
    sentence = told.splitlines()[-1]
    assert "chromium chromium-driver: run `sudo apt-get install chromium chromium-driver`" in sentence
    assert "mariadb" not in sentence
    assert machine.asked_of_apt() == []
