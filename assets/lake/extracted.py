"""The rows of one extraction, before they are judged: without erased customers, without what is not due yet."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl

from assets.configuration import Configuration
from assets.contracts import BUSINESS_DAY, Contract, lake_schema, load_contract
from assets.errors import SourceError
from assets.lake.manifest import Lake, current_partitions, read_manifest
from assets.lake.tombstones import Refusal
from assets.lake.writer import partition_files
from assets.sources import Window, extract, source_errors


def extracted_rows(
    contract: Contract, configuration: Configuration, window: Window, lake: Lake, refusal: Refusal, staging: Path
) -> pl.LazyFrame:
    """The rows of a window, extracted into the file `staging` without those of erased customers and those not due."""
    entity = contract.entity
    with source_errors(entity, configuration):
        extracted = extract(entity, configuration, window, order_days(lake, contract))
        refusal.applied(extracted).sink_parquet(staging)
    refusal.note()
    rows = pl.scan_parquet(staging)
    # What is refused stands at the source.
    if not refusal.rows:
        _refuse_emptied(contract, lake, rows, may_be_empty=configuration.sources[entity].may_be_empty)
    if contract.day_of is None:
        return rows
    return _without_rows_not_due(rows, lake, load_contract(contract.day_of), configuration)


def _refuse_emptied(contract: Contract, lake: Lake, rows: pl.LazyFrame, *, may_be_empty: bool) -> None:
    """Raise SourceError where a state entity's source has no row, its last snapshot has some, and it may not be empty.

    A day without events is a quiet one, so entities of events pass. A snapshot that an erasure emptied has no row.
    """
    if contract.kind == "event" or may_be_empty or rows.select(pl.len()).collect().item():
        return
    for day, last in current_partitions(read_manifest(lake, contract.entity), is_state=True).items():
        if count := last.accepted + last.quarantined:
            place = f"sources.{contract.entity}"
            raise SourceError(
                f"{place} has no row at all, where its snapshot of {day} has {count:,}; that one stays. Look at the "
                f"export and at `where`; where all rows were deleted on purpose, write `may_be_empty: true` at {place}"
            )


def order_days(lake: Lake, contract: Contract) -> pl.LazyFrame | None:
    """The business day of each accepted row of the entity whose day the rows take over; null where they have their
    own."""
    if contract.day_of is None:
        return None
    owner = load_contract(contract.day_of)
    return accepted_rows(lake, owner).select(*owner.key, BUSINESS_DAY)


def _without_rows_not_due(
    rows: pl.LazyFrame, lake: Lake, owner: Contract, configuration: Configuration
) -> pl.LazyFrame:
    """Leave out rows without a day whose owner is at the source, on a day that no run has extracted yet.

    Lines of this morning's orders are not lost, they are only not due. Looked up only where there are such rows.
    """
    undated = rows.filter(pl.col(BUSINESS_DAY).is_null()).select(owner.key).unique().collect(engine="streaming")
    if undated.is_empty():
        return rows
    a_day = dt.timedelta(days=1)
    through = read_manifest(lake, owner.entity).extracted_through or dt.date.min
    outside = [Window(dt.date.min, configuration.company.history_start - a_day)]
    if through < dt.date.max:
        outside.append(Window(through + a_day, dt.date.max))
    with source_errors(owner.entity, configuration):
        not_due = (
            pl.concat([extract(owner.entity, configuration, window) for window in outside])
            .filter(pl.col(BUSINESS_DAY).is_not_null())
            .select(owner.key)
            .join(undated.lazy(), on=owner.key, how="semi")
            .unique()
            .collect(engine="streaming")
        )
    return rows.join(not_due.lazy(), on=owner.key, how="anti")


def accepted_rows(lake: Lake, contract: Contract) -> pl.LazyFrame:
    """The accepted rows of an entity as they are in the lake now."""
    current = current_partitions(read_manifest(lake, contract.entity), is_state=contract.kind == "state")
    files = partition_files(lake, contract.entity, current)
    return pl.scan_parquet(files) if files else pl.LazyFrame(schema=lake_schema(contract))
