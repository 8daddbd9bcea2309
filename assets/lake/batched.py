"""Takes the rows of an extraction apart into the batches in which they are validated, in one pass.

The rows of a day may lie anywhere in a source. Looking for those of each batch would read everything once per batch,
so that ten times the rows took a hundred times the reading.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import polars as pl

from assets.contracts import BUSINESS_DAY

# Taking apart reads and writes all rows once, which takes as long as looking through them ten times.
FEWEST_BATCHES_TO_SPLIT = 10
# Each batch's file collects so many rows in memory before it writes them.
ROWS_AT_ONCE = 20_000
_BATCH = "_batch"


def rows_by_batch(
    rows: pl.LazyFrame,
    groups: Sequence[Sequence[dt.date | None]],
    scratch_file: Callable[[], AbstractContextManager[Path]],
) -> Iterator[pl.DataFrame]:
    """The rows of each group of days, one group after the other; many groups get a file of `scratch_file` each.

    The files are there until the last group was taken.
    """
    if len(groups) < FEWEST_BATCHES_TO_SPLIT:
        for days in groups:
            wanted = pl.col(BUSINESS_DAY).is_in(list(days), nulls_equal=True)
            yield rows.filter(wanted).collect(engine="streaming")
        return
    with ExitStack() as files:
        paths = [files.enter_context(scratch_file()) for _ in groups]
        _split(rows, groups, paths)
        for path in paths:
            yield pl.read_parquet(path)
            # Its place on the disk is free for the partitions that are made of it.
            path.unlink()


def _split(rows: pl.LazyFrame, groups: Sequence[Sequence[dt.date | None]], paths: Sequence[Path]) -> None:
    numbers = pl.LazyFrame(
        [(day, number) for number, days in enumerate(groups) for day in days],
        schema={BUSINESS_DAY: pl.Date, _BATCH: pl.UInt32},
        orient="row",
    )
    by_batch = pl.PartitionBy(
        paths[0].parent,
        key=_BATCH,
        include_key=False,
        file_path_provider=lambda written: paths[written.partition_keys.item()],
        approximate_bytes_per_file=None,
    )
    numbered = rows.join(numbers, on=BUSINESS_DAY, how="inner", nulls_equal=True, maintain_order="left")
    numbered.sink_parquet(by_batch, compression="lz4", row_group_size=ROWS_AT_ONCE)
