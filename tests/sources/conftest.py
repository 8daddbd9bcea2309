"""What the tests of extraction share: a configuration around one source."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from assets.configuration import Company, Configuration, Source
from assets.sources import Window, extract

ORDERS = {"order_id": "id", "customer_id": "customer", "ordered_at": "at", "status": "'completed'"}
ALWAYS = Window(dt.date(1900, 1, 1), dt.date(2100, 1, 1))


def configured(timezone: str = "UTC", connections: dict[str, Any] | None = None, **sources: Any) -> Configuration:
    company = Company(name="Acme", timezone=timezone, currency="EUR", history_start=dt.date(2020, 1, 1))
    return Configuration(
        company=company,
        connections=connections or {},
        sources={name: Source.model_validate(source) for name, source in sources.items()},
    )


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
        days = pl.LazyFrame({"order_id": ["1", "2", "3", "007"], "business_day": [dt.date(2024, 1, 5)] * 4})
        return extract("order_lines", configured(order_lines=source), ALWAYS, days).collect()

    return run
