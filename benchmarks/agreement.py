"""Holds what a peer computed against the product's marts: the same cells, the same numbers.

Decimals and counts are held to 1e-9 relative, or of one where they are smaller. Who computes amounts in floats, as
pandas does, rounds the fourth digit of a price otherwise now and then and is given more."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from assets.warehouse.catalogue import published_marts

NEARLY = 1e-9
SHOWN = 5


@dataclass(frozen=True)
class Agreement:
    """How many cells of a mart were compared, and those that differ, as sentences."""

    mart: str
    rows: int
    cells: int
    differences: list[str]


def compare(peer: pl.DataFrame, product: pl.DataFrame, mart: str, tolerance: float = NEARLY) -> Agreement:
    """Compare all columns of the peer's table; what the product does not show for its few customers is left out.

    The product's rows are those that the peer claims: of `kpi` those of its metrics and grains, of all those of its
    dimensions.
    """
    keys = list(published_marts()[mart].key)
    product = _claimed(product, peer)
    columns = [name for name in peer.columns if name not in keys]
    both = peer.with_columns(pl.lit(value=True).alias("_peer")).join(
        product.with_columns(pl.lit(value=True).alias("_product")), on=keys, how="full", coalesce=True, nulls_equal=True
    )
    alone = both.filter(pl.col("_peer").is_null() | pl.col("_product").is_null())
    differences = [f"{mart}: {_row(row)} is in one only" for row in alone.select(*keys, "_peer").head(SHOWN).to_dicts()]
    shared = both.filter(pl.col("_peer") & pl.col("_product"))
    for column in columns:
        unequal = shared.filter(~_equal(column, tolerance) & ~_hidden(shared, column))
        differences += [
            f"{mart}.{column}: {row[column]} and {row[f'{column}_right']} at {_row({key: row[key] for key in keys})}"
            for row in unequal.head(SHOWN).to_dicts()
        ]
    return Agreement(mart, shared.height, shared.height * len(columns), differences)


def compare_folders(peer: Path, product: Path, tolerance: float = NEARLY) -> list[Agreement]:
    """Compare each mart that a peer wrote as Parquet with the product's."""
    return [
        compare(pl.read_parquet(path), pl.read_parquet(product / path.name), path.stem, tolerance)
        for path in sorted(peer.glob("*.parquet"))
    ]


def compare_whole(peer: Path, product: Path) -> list[Agreement]:
    """Compare every mart that both folders hold, cell by cell, in the order of exact columns."""
    agreements = []
    for path in sorted(peer.glob("*.parquet")):
        other = product / path.name
        if not other.exists():
            continue
        one, two = pl.read_parquet(path), pl.read_parquet(other)
        agreements.append(_compare_rows(_sorted(one), _sorted(two.select(one.columns)), path.stem))
    return agreements


def _compare_rows(one: pl.DataFrame, two: pl.DataFrame, mart: str) -> Agreement:
    if one.height != two.height:
        return Agreement(mart, one.height, 0, [f"{mart} has {one.height} and {two.height} rows"])
    both = one.hstack(two.rename({name: f"{name}_right" for name in two.columns}))
    differences = []
    for column in one.columns:
        unequal = both.filter(~_equal(column)).head(SHOWN).to_dicts()
        differences += [f"{mart}.{column}: {row[column]} and {row[f'{column}_right']}" for row in unequal]
    return Agreement(mart, one.height, one.height * one.width, differences)


def _sorted(frame: pl.DataFrame) -> pl.DataFrame:
    exact = [name for name, kind in frame.schema.items() if not kind.is_float() and not kind.is_nested()]
    return frame.sort(exact, nulls_last=True)


def _claimed(product: pl.DataFrame, peer: pl.DataFrame) -> pl.DataFrame:
    claims = [name for name in ("metric_id", "grain", "kind", "dimension") if name in peer.columns]
    return product.join(peer.select(claims).unique(), on=claims, how="semi")


def _equal(column: str, tolerance: float = NEARLY) -> pl.Expr:
    one, other = pl.col(column), pl.col(f"{column}_right")
    both_null = one.is_null() & other.is_null()
    exactly = (one == other).fill_null(value=False)
    a, b = one.cast(pl.Float64, strict=False), other.cast(pl.Float64, strict=False)
    nearly = ((a - b).abs() <= tolerance * pl.max_horizontal(a.abs(), b.abs(), pl.lit(1.0))).fill_null(value=False)
    return both_null | exactly | nearly


def _hidden(frame: pl.DataFrame, column: str) -> pl.Expr:
    if "is_suppressed" not in frame.columns:
        return pl.lit(value=False)
    return pl.col("is_suppressed") & pl.col(f"{column}_right").is_null()


def _row(row: dict[str, object]) -> str:
    return ", ".join(f"{name} {value}" for name, value in row.items())
