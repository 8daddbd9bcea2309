"""DuckDB with little memory: what does not fit goes to disk, so that any number of rows can be grouped or joined."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

SPILL = ".spill"


def spilling_connection(folder: Path, most_memory: str) -> duckdb.DuckDBPyConnection:
    """A database of its own, in memory, that spills into a folder `.spill` of `folder`."""
    import duckdb

    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": most_memory,
        "temp_directory": str(folder / SPILL),
        "preserve_insertion_order": False,
    }
    return duckdb.connect(config=settings)
