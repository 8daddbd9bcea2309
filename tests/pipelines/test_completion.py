"""A shell that was told to completes the commands of `loyalty`, at once.

What it guards against: a completion that a new version of its library breaks, or that an import at the top does.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.pipelines.published_demo import REPOSITORY

LOYALTY = f"""#!{sys.executable}
import sys
sys.argv[0] = "loyalty"
from pipelines.command_line import main
main()
"""
COMMANDS = {"init", "check", "run", "backfill", "full-refresh", "status", "metrics", "quarantine"}
ASKED = {
    "bash": {"COMP_WORDS": "loyalty ", "COMP_CWORD": "1"},
    "zsh": {"_TYPER_COMPLETE_ARGS": "loyalty "},
    "fish": {"_TYPER_COMPLETE_ARGS": "loyalty ", "_TYPER_COMPLETE_FISH_ACTION": "get-args"},
}


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A home of its own, and `loyalty` on the path as an installation has it."""
    program = tmp_path / "bin" / "loyalty"
    program.parent.mkdir()
    program.write_text(LOYALTY)
    program.chmod(0o755)
    path = f"{program.parent}:{os.environ['PATH']}"
    return {**os.environ, "HOME": str(tmp_path), "PATH": path, "PYTHONPATH": str(REPOSITORY)}


def bash(script: str, environment: dict[str, str]) -> str:
    ended = subprocess.run(
        ["/bin/bash", "--norc", "-c", script], env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


@pytest.mark.parametrize("shell", ASKED)
def test_each_shell_gets_the_commands(shell: str, environment: dict[str, str]) -> None:
    told = bash("loyalty", {**environment, **ASKED[shell], "_LOYALTY_COMPLETE": f"complete_{shell}"})
    assert all(command in told for command in COMMANDS)


def test_the_command_of_the_page_installs_it(environment: dict[str, str]) -> None:
    """In a bash that was opened after, the beginning of a word becomes the commands that begin so."""
    page = (REPOSITORY / "docs" / "operations.md").read_text(encoding="utf-8")
    assert "`loyalty --install-completion`" in page
    # The second command keeps bash from replacing itself by the first, so that it is seen to be the shell.
    bash("loyalty --install-completion; true", environment)
    ask = "COMP_WORDS=(loyalty re) COMP_CWORD=1; _loyalty_completion loyalty; echo ${COMPREPLY[*]}"
    assert bash(f"source ~/.bashrc; {ask}", environment).split() == ["restatements", "report"]
