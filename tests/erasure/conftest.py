"""Builds the companies of this folder without dbt's own tests."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest

from assets.warehouse import asset as warehouse


@pytest.fixture(scope="module")
def without_tests() -> Iterator[None]:
    """What is built is compared cell by cell; dbt's own tests would take most of the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(warehouse, "build_models", partial(warehouse.build_models, with_tests=False))
        yield
