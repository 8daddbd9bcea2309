"""Looks at what scenarios made, in processes that nobody measures: counts rows, compares numbers, corrects data."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

PANDAS_TOLERANCE = 1e-6


def rows(config: Path, counts: Path) -> dict[str, int]:
    """Rows by entity that the lake accounts for, held against those of bare Polars, and those that it accepted."""
    from assets.configuration.file import load_configuration
    from assets.lake.manifest import Lake, read_manifest

    configuration = load_configuration(config)
    lake = Lake(configuration.paths.lake, configuration.paths.quarantine)
    partitions = {entity: read_manifest(lake, entity).partitions.values() for entity in configuration.sources}
    extracted = {entity: sum(p.extracted for p in found) for entity, found in partitions.items()}
    bare = json.loads(counts.read_text())
    if extracted != bare:
        raise AssertionError(f"The lake has {extracted}, bare Polars {bare}")
    accepted = sum(p.accepted for found in partitions.values() for p in found)
    return {"extracted": sum(extracted.values()), "accepted": accepted, "orders": extracted["orders"]}


def agreement(published: Path, recorded: Path, by_hand: Path, pandas: Path) -> dict[str, int]:
    """How many cells each peer was compared in; raises AssertionError where one differs."""
    from benchmarks.agreement import compare_folders, compare_whole

    found = {
        "same_statements": compare_whole(recorded, published),
        "sql_by_hand": compare_folders(by_hand, published),
        "pandas": compare_folders(pandas, published, PANDAS_TOLERANCE),
    }
    differences = [f"{peer}: {line}" for peer, marts in found.items() for mart in marts for line in mart.differences]
    if differences:
        raise AssertionError("\n".join(differences))
    return {peer: sum(mart.cells for mart in marts) for peer, marts in found.items()}


def correction(folder: Path) -> dict[str, str]:
    """Correct the amount of every order line by a penny; the file as it was stays beside it."""
    import polars as pl

    path = folder / "order_lines.parquet"
    path.rename(before := folder / "order_lines.parquet.before")
    penny = pl.lit(0.01).cast(pl.Decimal(18, 4))
    rows = pl.scan_parquet(before).with_columns((pl.col("net_amount") + penny).cast(pl.Decimal(18, 4)))
    rows.sink_parquet(path, compression="zstd")
    return {"corrected": str(path)}


if __name__ == "__main__":
    LOOKS: dict[str, Callable[..., Any]] = {"rows": rows, "agreement": agreement, "correction": correction}
    print(json.dumps(LOOKS[sys.argv[1]](*map(Path, sys.argv[2:]))))
