"""Rows are taken apart into batches by files of their own or by looking for them, with the same result.

What it guards against: rows lost or doubled between the batches of a large source, and files that stay behind.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl
import pytest

from assets.contracts import BUSINESS_DAY
from assets.lake import batched

DAYS = [*(dt.date(2024, 1, 1) + dt.timedelta(days=number) for number in range(24)), None]
GROUPS = [DAYS[number : number + 2] for number in range(0, len(DAYS), 2)]


@pytest.mark.parametrize("fewest", [1, 1_000])
def test_every_row_comes_once_in_its_group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fewest: int) -> None:
    monkeypatch.setattr(batched, "FEWEST_BATCHES_TO_SPLIT", fewest)
    monkeypatch.setattr(batched, "ROWS_AT_ONCE", 7)
    rows = pl.DataFrame(
        {"number": range(1_000), BUSINESS_DAY: [DAYS[number * 7 % len(DAYS)] for number in range(1_000)]},
        schema={"number": pl.Int64, BUSINESS_DAY: pl.Date},
    )
    names = iter(range(100))

    @contextmanager
    def scratch_file() -> Iterator[Path]:
        path = tmp_path / f"{next(names)}"
        path.touch()
        yield path
        path.unlink(missing_ok=True)

    parts = list(batched.rows_by_batch(rows.lazy(), GROUPS, scratch_file))
    assert len(parts) == len(GROUPS)
    for days, part in zip(GROUPS, parts, strict=True):
        expected = rows.filter(pl.col(BUSINESS_DAY).is_in(days, nulls_equal=True))
        assert part.sort("number").equals(expected)
    assert not list(tmp_path.iterdir())


def test_a_source_without_rows_has_one_empty_batch(tmp_path: Path) -> None:
    rows = pl.LazyFrame(schema={"number": pl.Int64, BUSINESS_DAY: pl.Date})
    (part,) = batched.rows_by_batch(rows, [[]], lambda: pytest.fail("needs no file"))
    assert part.height == 0
    assert not list(tmp_path.iterdir())
