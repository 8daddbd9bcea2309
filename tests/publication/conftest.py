"""Shares the published demo company with the tests of this folder."""

from pathlib import Path

import pytest
from demo_company import DemoCompany

from tests.pipelines.published_demo import published_demo

__all__ = ["published_demo"]


@pytest.fixture(scope="session")
def company(published_demo: Path) -> DemoCompany:
    """The published demo company with its source files."""
    return DemoCompany(published_demo)
