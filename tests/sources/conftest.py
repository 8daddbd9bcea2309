"""Fixtures that extract rows from one source."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from assets.sources import Window, extract
from tests.sources.one_source import ALWAYS, ORDERS, configured


@pytest.fixture
def orders() -> Callable[..., pl.DataFrame]:
    """Extract orders from one source given as keywords."""

    def run(*, timezone: str = "UTC", window: Window = ALWAYS, **source: Any) -> pl.DataFrame:
        source.setdefault("columns", ORDERS)
        return extract("orders", configured(timezone, orders=source), window).collect()

    return run


@pytest.fixture
def lines() -> Callable[..., pl.DataFrame]:
    """Extract order lines from the text of a CSV."""

    def run(path: Path, text: str, columns: dict[str, Any], **source: Any) -> pl.DataFrame:
        path.write_text(text)
        source = {"file": str(path), "columns": {"order_id": "id", "product_id": "product", **columns}, **source}
        return extract("order_lines", configured(order_lines=source), ALWAYS).collect()

    return run
