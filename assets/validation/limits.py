"""How much is looked at in one go, and how much of it may be bad."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

from assets.errors import QuarantineLimitError
from assets.validation.expectations import MAXIMUM_ROWS


def batches(
    days_with_counts: Iterable[tuple[dt.date | None, int]], maximum_rows: int = MAXIMUM_ROWS
) -> list[list[dt.date | None]]:
    """Group whole days, in their order, into batches of at most `maximum_rows`; a larger day is a batch of its own."""
    groups: list[list[dt.date | None]] = []
    size = 0
    for day, count in days_with_counts:
        if groups and size + count <= maximum_rows:
            groups[-1].append(day)
            size += count
        else:
            groups.append([day])
            size = count
    return groups


def check_quarantine_share(
    entity: str, extracted: int, quarantined: int, max_share: float, reasons: Mapping[str, int] | None = None
) -> None:
    """Raise QuarantineLimitError where more than `max_share` of the rows are bad; `reasons` are rows per reason."""
    if quarantined <= max_share * extracted:
        return
    top = sorted((reasons or {}).items(), key=lambda item: (-item[1], item[0]))[:3]
    because = f" (most often {', '.join(f'{reason}: {count:,}' for reason, count in top)})" if top else ""
    raise QuarantineLimitError(
        f"{quarantined:,} of {extracted:,} rows of {entity} are bad{because}, which is {quarantined / extracted:.1%} "
        f"and more than the {max_share:.1%} that quarantine.max_share allows: correct the source or its mapping, "
        f"see `loyalty quarantine show {entity}`, or raise quarantine.entities.{entity}."
    )
