"""A clean checkout has a company to show, the demo, under the names that Dagster and the command line look for.

What it guards against: a code location that fails to load until somebody has configured something, a demo that is built
in one place and looked for in another, a `make demo` that stops because its folder is there and its data are not.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from assets.configuration import Paths
from assets.configuration.file import load_configuration
from assets.sample import write_sample
from pipelines.options import DEFAULT_FILE
from tests.pipelines.published_demo import REPOSITORY

WHAT_IT_NEEDS = ("workspace.yaml", "loyalty.yaml", "assets", "pipelines", "dbt_project")
NEVER_TRACKED = shutil.ignore_patterns("__pycache__", "target", "logs", ".*")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The files of the repository that Dagster loads, as they are in a fresh clone."""
    for name in WHAT_IT_NEEDS:
        if (REPOSITORY / name).is_dir():
            shutil.copytree(REPOSITORY / name, tmp_path / name, ignore=NEVER_TRACKED)
        else:
            shutil.copy(REPOSITORY / name, tmp_path / name)
    return tmp_path


def test_dagster_validates_the_workspace_of_a_clean_checkout(checkout: Path) -> None:
    """By the bare command, as a newcomer or an editor's plug-in calls it: no option, no variable, no data."""
    environment = {name: value for name, value in os.environ.items() if name not in {"LOYALTY_CONFIG", "DAGSTER_HOME"}}
    ended = subprocess.run(
        [sys.executable, "-m", "dagster", "definitions", "validate"],
        cwd=checkout,
        env={**environment, "PYTHONPATH": str(checkout)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    told = ended.stdout + ended.stderr
    assert ended.returncode == 0, told
    assert "Validation successful for code location pipelines.definitions" in told
    assert (checkout / "demo/.loyalty/dbt/target/manifest.json").exists(), "it loaded another project"


def test_the_demos_two_configurations_are_one(tmp_path: Path) -> None:
    """The one at the root is kept by hand: a source or a setting that only one of them has would be another company."""
    shutil.copy(REPOSITORY / DEFAULT_FILE, tmp_path)
    write_sample(tmp_path / "demo", customers=1)
    root, beside = tmp_path / "loyalty.yaml", tmp_path / "demo/loyalty.yaml"
    assert load_configuration(root) == load_configuration(beside)
    written = yaml.safe_load(root.read_text())
    assert written.pop("paths") == {name: f"demo/{default}" for name, default in Paths()}
    for source in written["sources"].values():
        source["file"] = source["file"].removeprefix("demo/")
    assert written == yaml.safe_load(beside.read_text())


def test_make_demo_runs_where_its_folder_has_no_data_yet(tmp_path: Path) -> None:
    """Dagster makes `demo/.loyalty` as it loads, and writing the data may be stopped half-way: both leave a folder."""
    shutil.copy(REPOSITORY / "Makefile", tmp_path)
    (tmp_path / "demo/.loyalty").mkdir(parents=True)
    (tmp_path / "demo/orders.parquet").touch()
    assert "loyalty sample demo" in planned(tmp_path)
    write_sample(tmp_path / "demo", customers=1)
    assert "loyalty sample demo" not in planned(tmp_path), "data that are there are not written again"


def planned(folder: Path) -> str:
    """What `make demo` runs, its programs replaced by ones that tell how they were called."""
    told = folder / "told"
    told.unlink(missing_ok=True)
    programs = folder / ".venv/bin"
    programs.mkdir(parents=True, exist_ok=True)
    (programs / "loyalty").write_text(f'#!/bin/sh\necho "loyalty $*" >> {told}\n')
    (programs / "loyalty").chmod(0o755)
    for name in ("requirements.lock", "pyproject.toml", ".venv/installed"):
        (folder / name).touch()
    subprocess.run(["/usr/bin/env", "make", "demo"], cwd=folder, check=True, capture_output=True, timeout=60)
    calls = told.read_text()
    assert re.search(r"^loyalty run --as-of \d{4}-\d{2}-\d{2}$", calls, re.MULTILINE), calls
    return calls
