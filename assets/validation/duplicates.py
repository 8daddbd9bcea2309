"""Rows that come twice, and keys that stand on rows that differ.

Exact duplicates are harmless: one stays. Rows that share a key and differ are not, because nobody knows which one is
right: none of them is accepted.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from assets.contracts import Contract
from assets.spilling import spilling_connection

MOST_MEMORY = "256MB"
_KEY_HASH = "_key_hash"
_ROW_HASH = "_row_hash"


def find_duplicate_keys(rows: pl.LazyFrame, contract: Contract, scratch: Path | None = None) -> pl.DataFrame:
    """Keys that stand on more than one row, where the rows differ; over all days.

    A first pass compares hashes and leaves only the keys that may be meant; a second one compares their rows whole.
    With `scratch`, a file to write them to, the hashes of any number of rows are compared in bounded memory.
    A null in a required key column makes a row incomplete, not a duplicate; in an optional one it is a value.
    """
    names = rows.collect_schema().names()
    complete = rows.filter(pl.all_horizontal(pl.col(required_key(contract)).is_not_null()))
    hashed = complete.with_columns(
        pl.struct(contract.key).hash().alias(_KEY_HASH), pl.struct(names).hash().alias(_ROW_HASH)
    )
    hashes = hashed.select(_KEY_HASH, _ROW_HASH)
    suspects = _suspects(hashes.collect(engine="streaming")) if scratch is None else _suspects_on_disk(hashes, scratch)
    if suspects.is_empty():
        return pl.DataFrame(schema={name: rows.collect_schema()[name] for name in contract.key})
    differing = hashed.join(suspects.lazy(), on=_KEY_HASH, how="semi").select(names).unique()
    return (
        differing.group_by(contract.key)
        .agg(pl.len().alias("rows"))
        .filter(pl.col("rows") > 1)
        .select(contract.key)
        .sort(contract.key)
        .collect(engine="streaming")
    )


def _suspects(hashes: pl.DataFrame) -> pl.DataFrame:
    row_hash = pl.col(_ROW_HASH)
    is_suspect = row_hash.min() != row_hash.max()
    return hashes.group_by(_KEY_HASH).agg(is_suspect.alias("is_suspect")).filter("is_suspect").select(_KEY_HASH)


def _suspects_on_disk(hashes: pl.LazyFrame, scratch: Path) -> pl.DataFrame:
    hashes.sink_parquet(scratch, compression="uncompressed")
    query = f"""
        select {_KEY_HASH} from read_parquet($file) group by {_KEY_HASH} having min({_ROW_HASH}) <> max({_ROW_HASH})
    """
    with spilling_connection(scratch.parent, MOST_MEMORY) as connection:
        suspects: pl.DataFrame = connection.sql(query, params={"file": str(scratch)}).pl()
    return suspects


def required_key(contract: Contract) -> Sequence[str]:
    """Key columns that no complete row leaves empty."""
    return [name for name in contract.key if contract.column(name).required]
