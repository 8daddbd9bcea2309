"""The rows of one extraction, before they are judged: without erased customers, without what is not due yet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from pathlib import Path

import polars as pl

from assets.configuration import Configuration
from assets.contracts import BUSINESS_DAY, Contract, lake_schema, load_contract
from assets.errors import SourceError
from assets.lake.dated import write_dated
from assets.lake.manifest import Lake, current_partitions, day_key, read_manifest
from assets.lake.tombstones import Refusal
from assets.lake.writer import partition_files
from assets.leftovers import held
from assets.sources import Window, extract, source_errors


def extracted_rows(
    contract: Contract, configuration: Configuration, window: Window, lake: Lake, refusal: Refusal, staging: Path
) -> pl.LazyFrame:
    """The rows of a window, extracted into the file `staging` without those of erased customers and those not due."""
    entity = contract.entity
    owner = load_contract(contract.day_of) if contract.day_of else None
    if owner is None:
        with source_errors(entity, configuration):
            refusal.applied(extract(entity, configuration, window)).sink_parquet(staging)
    else:
        _stage_dated(contract, owner, configuration, window, lake, refusal, staging)
    refusal.note()
    rows = pl.scan_parquet(staging)
    # What is refused stands at the source.
    if not refusal.rows:
        _refuse_emptied(contract, lake, rows, may_be_empty=configuration.sources[entity].may_be_empty)
    return rows if owner is None else _without_rows_not_due(rows, lake, owner, configuration)


def _stage_dated(
    contract: Contract,
    owner: Contract,
    configuration: Configuration,
    window: Window,
    lake: Lake,
    refusal: Refusal,
    staging: Path,
) -> None:
    """Extract rows that have the day of their owner, whatever their day, and stage those of the window."""
    with held(staging.with_suffix(".undated")) as undated, held(staging.with_suffix(".rescued")) as rescued:
        with source_errors(contract.entity, configuration):
            refusal.applied(extract(contract.entity, configuration, window)).sink_parquet(undated, compression="lz4")
        files = [undated]
        if (taken_back := refusal.rescued(owner, accepted_rows(lake, owner))) is not None:
            taken_back.write_parquet(rescued)
            files.append(rescued)
        write_dated(files, owner, accepted_files(lake, owner), window, staging)


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


def accepted_rows(lake: Lake, contract: Contract, days: Collection[dt.date | None] | None = None) -> pl.LazyFrame:
    """The accepted rows of an entity as they are in the lake now; with `days` those of them."""
    files = accepted_files(lake, contract, days)
    return pl.scan_parquet(files) if files else pl.LazyFrame(schema=lake_schema(contract))


def accepted_files(lake: Lake, contract: Contract, days: Collection[dt.date | None] | None = None) -> list[Path]:
    """The Parquet files of `accepted_rows`."""
    current = current_partitions(read_manifest(lake, contract.entity), is_state=contract.kind == "state")
    if days is not None:
        keys = {day_key(day) for day in days}
        current = {key: partition for key, partition in current.items() if key in keys}
    return partition_files(lake, contract.entity, current)
