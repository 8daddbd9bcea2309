"""Shares the published demo company with the tests of this folder, and a copy of it for tests that change it."""

import shutil
from pathlib import Path

import pytest

from tests.pipelines.published_demo import published_demo

__all__ = ["published_demo"]


@pytest.fixture
def own_demo(published_demo: Path, tmp_path: Path) -> Path:
    """A copy of the published demo company, for a test that changes it."""
    return Path(shutil.copytree(published_demo, tmp_path / "demo", symlinks=True))
