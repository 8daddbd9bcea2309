"""A small demo company that was published once: built by the command line, shared by all tests of a session."""

from __future__ import annotations

import contextlib
import fcntl
import io
import logging
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import pytest

from pipelines import command_line

AS_OF = "2024-12-31"
REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Told:
    """What a command told its caller."""

    exit_code: int
    out: str
    err: str


def loyalty(*arguments: object, debug: bool = False) -> Told:
    """Call the command line in this process, so that a test does not pay seconds of imports for each call."""
    out, err = io.StringIO(), io.StringIO()
    words = ["loyalty", *(["--debug"] if debug else []), *map(str, arguments)]
    logging.getLogger("loyalty").handlers.clear()
    with (
        mock.patch.dict(os.environ),
        mock.patch.object(sys, "argv", words),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            command_line.main()
            code: object = 0
        except SystemExit as end:
            code = end.code or 0
        finally:
            logging.getLogger("loyalty").handlers.clear()
    assert isinstance(code, int)
    return Told(code, out.getvalue(), err.getvalue())


def loyalty_process(
    *arguments: object, folder: Path = REPOSITORY, timeout: float = 300, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Call the command line in a process of its own, as a user or a scheduler does."""
    return subprocess.run(
        [sys.executable, "-m", "pipelines.command_line", *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), **environment},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


@pytest.fixture(scope="session")
def published_demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a demo company with one published version; never changed by a test, which copies it instead."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder, done = shared / "published_demo", shared / "published_demo.done"
    with (shared / "published_demo.lock").open("a") as lock:
        # Workers of one session share the folder: the first builds it while the others wait.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            _build(folder)
            done.touch()
    return folder


def _build(folder: Path) -> None:
    assert loyalty("sample", folder, "--customers", 300, "--years", 2).exit_code == 0
    # So few customers share few pairs of products.
    with (folder / "loyalty.yaml").open("a") as settings:
        settings.write("affinity: {minimum_n: 3}\n")
    told = loyalty("run", "--config", folder / "loyalty.yaml", "--as-of", AS_OF)
    assert told.exit_code == 0, told.err
