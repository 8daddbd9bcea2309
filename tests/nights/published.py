"""Reads a publication as a BI tool does, and checks that what it reads is one whole version."""

from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl

from tests.flow.small_company import in_order

# These tell of the version itself and not of the company: they differ between two ways to the same marts.
OF_THE_VERSION = {"publication", "restatements"}
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
