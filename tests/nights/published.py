"""Reads a publication as a BI tool does, and checks that what it reads is one whole version."""

from __future__ import annotations

import json
from pathlib import Path

import adbc_driver_postgresql.dbapi as postgres
import duckdb
import polars as pl

from assets.warehouse import catalogue
from tests.flow.small_company import in_order
from tests.publication.bi_readers import TOLD, checked, columns_of_marts, fetch_from_postgres

# These tell of the version itself and not of the company: they differ between two ways to the same marts.
OF_THE_VERSION = {"publication", "restatements"}
# What is counted up to the as-of date rises with it: another number then is no restatement. Said here a second time.
HAS_SETTLED = {
    "kpi": ~pl.col("metric_id").str.contains("^(.*_lifetime|purchase_interval_.*)$"),
    "cohort_retention": pl.col("kind") != "on_or_after",
    "contract_survival": pl.col("cohort_start").is_not_null(),
    "purchase_intervals": pl.col("measure").str.starts_with("second_purchase_within_"),
    "repurchase": pl.col("window_name") != "lifetime",
    "upsell": pl.col("window_name") != "lifetime",
}


def published_marts(publish: Path) -> dict[str, pl.DataFrame]:
    """Every mart of the current version but those that tell of the version, in the order of its exact columns."""
    frames = {path.stem: pl.read_parquet(path) for path in sorted((publish / "current" / "marts").glob("*.parquet"))}
    return {name: in_order(frame) for name, frame in frames.items() if name not in OF_THE_VERSION}


def read_whole_version(publish: Path) -> list[str]:
    """What is wrong with the current version: files of two versions, a mart that lacks rows or has others."""
    folder = (publish / "current").resolve()
    with duckdb.connect(str(folder / "loyalty.duckdb"), read_only=True) as database, duckdb.connect() as files:
        places = [(database, "marts.{}"), (files, f"'{folder}/marts/{{}}.parquet'")]
        try:
            for connection, relation in places:
                checked(connection, relation)
        except AssertionError as error:
            return [f"{folder.name}: {error}"]
        told = [
            connection.execute(TOLD.format(relation.format("publication"))).fetchall()
            for connection, relation in places
        ]
    return [] if told[0] == told[1] else [f"{folder.name} has Parquet files of another version than its DuckDB file"]


def version_in_postgres(publish: Path, url: str) -> int:
    """The version that a user of the database sees, after all its marts were found to be what it tells of them."""
    with duckdb.connect(str((publish / "current").resolve() / "loyalty.duckdb"), read_only=True) as files:
        columns = columns_of_marts(files)
    with postgres.connect(url) as connection, connection.cursor() as cursor, duckdb.connect() as local:
        fetch_from_postgres(cursor, columns, local)
        return checked(local, "{}")


def version_of(publish: Path) -> Path | None:
    """The folder of the current version; null where there is none yet."""
    current = publish / "current"
    return current.resolve() if current.exists() else None


def misnamed_restatements(publish: Path, before: Path) -> list[str]:
    """Where the current version's restatements are not what its files and those of the version before say.

    A cell has to be named where its row had settled before and its value is another now; a row that had settled and
    is gone, with all that it said. Rows that are named as added must be new.
    """
    after = (publish / "current").resolve() / "marts"
    version = pl.read_parquet(after / "publication.parquet").row(0, named=True)["version"]
    named = pl.read_parquet(after / "restatements.parquet").filter(pl.col("version") == version)
    found = []
    for mart, described in catalogue.published_marts().items():
        if described.settled:
            old, new = (pl.read_parquet(folder / f"{mart}.parquet") for folder in (before / "marts", after))
            faults = _misnamed(mart, list(described.key), old, new, named.filter(pl.col("mart") == mart))
            found += [f"{mart} of version {version}: {fault}" for fault in faults]
    return found


def _misnamed(mart: str, key: list[str], before: pl.DataFrame, after: pl.DataFrame, named: pl.DataFrame) -> list[str]:
    settled = before.filter(pl.col("is_complete"), HAS_SETTLED.get(mart, pl.lit(True)))
    gone = _rows(settled.join(after, on=key, how="anti", nulls_equal=True), key)
    new = _rows(after.join(before, on=key, how="anti", nulls_equal=True), key)
    cells = {kind: _cells(named.filter(change_kind=kind), key) for kind in ("changed", "removed", "added")}
    changed = cells["changed"]
    removed, added = ({cell[:-1] for cell in cells[kind]} for kind in ("removed", "added"))
    differing = _changed_cells(settled, after, key)
    faults = {
        "is named, and is as before": changed - differing,
        "changed, and is not named": differing - changed,
        "is gone or not, and is named otherwise": removed ^ gone,
        "is named as added, and was there": added - new,
    }
    return [f"{cell} {fault}" for fault, found in faults.items() for cell in sorted(map(str, found))]


def _rows(rows: pl.DataFrame, key: list[str]) -> set[tuple[object, ...]]:
    return {tuple(map(_text, row)) for row in rows.select(key).iter_rows()}


def _cells(named: pl.DataFrame, key: list[str]) -> set[tuple[object, ...]]:
    keys = (json.loads(row) for row in named["row_key"])
    columns = named["column_name"]
    return {(*(_text(row[name]) for name in key), column) for row, column in zip(keys, columns, strict=True)}


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _changed_cells(before: pl.DataFrame, after: pl.DataFrame, key: list[str]) -> set[tuple[object, ...]]:
    both = before.join(after, on=key, suffix="_now", nulls_equal=True)
    found: set[tuple[object, ...]] = set()
    for name in set(before.columns) - set(key):
        old, now = pl.col(name), pl.col(f"{name}_now")
        is_other = old.ne_missing(now)
        if before.schema[name].is_float():
            near = (old - now).abs() <= 1e-12 * pl.max_horizontal(pl.lit(1.0), old.abs(), now.abs())
            is_other &= ~near.fill_null(value=False)
        found |= {(*row, name) for row in _rows(both.filter(is_other), key)}
    return found
