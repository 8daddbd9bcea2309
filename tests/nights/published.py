"""Reads a publication as a BI tool does, and checks that what it reads is one whole version."""

from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl

from tests.flow.small_company import in_order

# These tell of the version itself and not of the company: they differ between two ways to the same marts.
OF_THE_VERSION = {"publication", "restatements"}
KPI_KEY = ("metric_id", "grain", "period_start", "dimension", "dimension_value")
# What is counted up to the as-of date rises with it: another number then is no restatement.
OF_NO_WINDOW = "^(.*_lifetime|purchase_interval_.*)$"
CHECKSUM = "coalesce(sum(md5_number_lower(cast(m as varchar)) % 1000000007), 0)"


def published_marts(publish: Path) -> dict[str, pl.DataFrame]:
    """Every mart of the current version but those that tell of the version, in the order of its exact columns."""
    frames = {path.stem: pl.read_parquet(path) for path in sorted((publish / "current" / "marts").glob("*.parquet"))}
    return {name: in_order(frame) for name, frame in frames.items() if name not in OF_THE_VERSION}


def read_whole_version(publish: Path) -> list[str]:
    """What is wrong with the current version: files of two versions, a mart that lacks rows or has others."""
    folder = (publish / "current").resolve()
    found = []
    with duckdb.connect(str(folder / "loyalty.duckdb"), read_only=True) as connection:
        told = connection.execute("select version, mart, row_count, checksum from marts.publication").fetchall()
        for _, mart, count, checksum in told:
            actual = connection.execute(f'select count(*), {CHECKSUM} from marts."{mart}" as m').fetchall()[0]
            if (actual[0], str(actual[1])) != (count, checksum):
                found.append(f"{mart} of {folder.name} has {actual}, and should have {(count, checksum)}")
    files = pl.read_parquet(folder / "marts" / "publication.parquet").select("version", "mart", "row_count", "checksum")
    if sorted(files.iter_rows()) != sorted(told):
        found.append(f"{folder.name} has Parquet files of another version than its DuckDB file")
    for _, mart, count, _ in told:
        height = pl.scan_parquet(folder / "marts" / f"{mart}.parquet").select(pl.len()).collect().item()
        if height != count:
            found.append(f"{mart}.parquet of {folder.name} has {height} rows, and should have {count}")
    return found


def kpi_of(publish: Path) -> pl.DataFrame | None:
    """The mart `kpi` of the current version; null where there is none yet."""
    file = publish / "current" / "marts" / "kpi.parquet"
    return pl.read_parquet(file) if file.exists() else None


def misnamed_restatements(publish: Path, before: pl.DataFrame) -> list[str]:
    """Where the current version's restatements of `kpi` are not what its two versions say, compared here anew.

    A cell has to be named where its row was complete before and its value is another now; a row that was complete and
    is gone, with all that it said. Rows that are named as added must be new.
    """
    after = pl.read_parquet(publish / "current" / "marts" / "kpi.parquet")
    version = pl.read_parquet(publish / "current" / "marts" / "publication.parquet").row(0, named=True)["version"]
    named = pl.read_parquet(publish / "current" / "marts" / "restatements.parquet").filter(
        pl.col("version") == version, pl.col("mart") == "kpi"
    )
    settled = before.filter(pl.col("is_complete"), ~pl.col("metric_id").str.contains(OF_NO_WINDOW))
    changed = _cells(named.filter(pl.col("change_kind") == "changed"))
    gone = set(settled.join(after, on=KPI_KEY, how="anti").select(KPI_KEY).iter_rows())
    new = set(after.join(before, on=KPI_KEY, how="anti").select(KPI_KEY).iter_rows())
    removed, added = ({cell[:-1] for cell in _cells(named.filter(change_kind=kind))} for kind in ("removed", "added"))
    faults = {
        "is named, and is as before": changed - _changed_cells(settled, after),
        "changed, and is not named": _changed_cells(settled, after) - changed,
        "is gone or not, and is named otherwise": removed ^ gone,
        "is named as added, and was there": added - new,
    }
    return [
        f"{cell} {fault} in version {version}" for fault, cells in faults.items() for cell in sorted(map(str, cells))
    ]


def _cells(named: pl.DataFrame) -> set[tuple[object, ...]]:
    return set(named.select(*KPI_KEY, "column_name").iter_rows())


def _changed_cells(before: pl.DataFrame, after: pl.DataFrame) -> set[tuple[object, ...]]:
    both = before.join(after, on=KPI_KEY, suffix="_now")
    found: set[tuple[object, ...]] = set()
    for name in set(before.columns) - set(KPI_KEY):
        old, now = pl.col(name), pl.col(f"{name}_now")
        is_other = old.ne_missing(now)
        if before.schema[name].is_float():
            near = (old - now).abs() <= 1e-12 * pl.max_horizontal(pl.lit(1.0), old.abs(), now.abs())
            is_other &= ~near.fill_null(value=False)
        found |= {(*row, name) for row in both.filter(is_other).select(KPI_KEY).iter_rows()}
    return found
