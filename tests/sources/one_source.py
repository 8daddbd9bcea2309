"""A configuration around one source, for the tests of extraction."""

from __future__ import annotations

import datetime as dt
from typing import Any

from assets.configuration import Company, Configuration, Retries, Source
from assets.sources import Window

ORDERS = {"order_id": "id", "customer_id": "customer", "ordered_at": "at", "status": "'completed'"}
ALWAYS = Window(dt.date(1900, 1, 1), dt.date(2100, 1, 1))


def configured(timezone: str = "UTC", connections: dict[str, Any] | None = None, **sources: Any) -> Configuration:
    company = Company(name="Acme", timezone=timezone, currency="EUR", history_start=dt.date(2020, 1, 1))
    return Configuration(
        company=company,
        connections=connections or {},
        retries=Retries(attempts=1),
        sources={name: Source.model_validate(source) for name, source in sources.items()},
    )
