"""Rows that come twice, and keys that stand on rows that differ.

Exact duplicates are harmless: one stays. Rows that share a key and differ are not, because nobody knows which one is
right: none of them is accepted.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from assets.contracts import Contract

_KEY_HASH = "_key_hash"
_ROW_HASH = "_row_hash"


def find_duplicate_keys(rows: pl.LazyFrame, contract: Contract) -> pl.DataFrame:
    """Keys that stand on more than one row, where the rows differ; over all days, in bounded memory.

    A first pass compares hashes and leaves only the keys that may be meant; a second one compares their rows whole.
    A null in a required key column makes a row incomplete, not a duplicate; in an optional one it is a value.
    """
    names = rows.collect_schema().names()
    complete = rows.filter(pl.all_horizontal(pl.col(required_key(contract)).is_not_null()))
    hashed = complete.with_columns(
        pl.struct(contract.key).hash().alias(_KEY_HASH), pl.struct(names).hash().alias(_ROW_HASH)
    )
    suspects = (
        hashed.group_by(_KEY_HASH)
        .agg(pl.col(_ROW_HASH).min().alias("lowest"), pl.col(_ROW_HASH).max().alias("highest"))
        .filter(pl.col("lowest") != pl.col("highest"))
        .select(_KEY_HASH)
        .collect(engine="streaming")
    )
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


def required_key(contract: Contract) -> Sequence[str]:
    """Key columns that no complete row leaves empty."""
    return [name for name in contract.key if contract.column(name).required]
