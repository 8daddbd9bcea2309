"""The product's own SQL without dbt, Dagster and tests: what these cost, exactly, over all marts.

`record` has dbt build a warehouse once and keeps each statement that it sends to DuckDB; `replay` sends the same ones
from a bare script to a new file: the lake's Parquet files, the models in their order, the marts as Parquet. Statements
that test, comment or look something up are left out. The two analyses that are no SQL are called in their places.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from unittest import mock

import duckdb

# dbt begins each statement with a comment in which it names the node that it is for.
HEADER = re.compile(r"^\s*/\*\s*(\{.*?\})\s*\*/\s*", re.DOTALL)
KEPT = re.compile(r"\s*(create|insert|copy|drop|delete|update)\b", re.IGNORECASE)
BREAK = {"sql": "analyses"}


def absorb_lake(config: Path, as_of: dt.date, warehouse: Path) -> None:
    """Bring the lake into a new warehouse, as every run of the product begins."""
    from assets.configuration.file import load_configuration
    from assets.lake.manifest import Lake
    from assets.warehouse.absorb import absorb
    from assets.warehouse.database import open_warehouse

    configuration = load_configuration(config)
    lake = Lake(configuration.paths.lake, configuration.paths.quarantine)
    with open_warehouse(warehouse) as connection:
        absorb(connection, lake, configuration, as_of, "recorded")


def record(config: Path, as_of: dt.date, warehouse: Path, recording: Path) -> None:
    """Have dbt build a new warehouse, and write what it sent as JSON."""
    from assets.warehouse import build
    from tests.flow.recorded_builds import Statement, recording_into

    absorb_lake(config, as_of, warehouse)
    sent: list[Statement] = []
    breaks: list[int] = []

    def noted(analysis: build.Analysis, path: Path, spark: None) -> build.NodeResult:
        breaks.append(len(sent))
        return analyse(analysis, path, spark)

    analyse = build._analyse
    with recording_into(sent), mock.patch.object(build, "_analyse", noted):
        build.refuse_failures(build.build_models(warehouse, full_refresh=True, with_tests=False))
    kept = [(number, statement) for number, statement in enumerate(sent) if KEPT.match(HEADER.sub("", statement.sql))]
    before = [{"sql": s.sql, "bindings": _plain(s.bindings)} for number, s in kept if number < breaks[0]]
    after = [{"sql": s.sql, "bindings": _plain(s.bindings)} for number, s in kept if number >= breaks[0]]
    recording.write_text(json.dumps([*before, BREAK, *after], indent=1), encoding="utf-8")


def replay(config: Path, as_of: dt.date, warehouse: Path, recording: Path, marts: Path) -> None:
    """Send recorded statements to a new warehouse and write its marts as Parquet."""
    from assets.analysis.catalogue import ANALYSES

    absorb_lake(config, as_of, warehouse)
    statements = json.loads(recording.read_text(encoding="utf-8"))
    place = statements.index(BREAK)
    seconds = _send(warehouse, statements[:place])
    for analysis in ANALYSES:
        started = time.monotonic()
        analysis.write(warehouse)
        seconds[f"analysis.{analysis.table}"] = time.monotonic() - started
    seconds |= _send(warehouse, statements[place + 1 :])
    write_marts(warehouse, marts)
    (marts / "seconds.json").write_text(json.dumps(seconds))


def write_marts(warehouse: Path, folder: Path) -> None:
    """Write each mart of a warehouse to a Parquet file."""
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        for (name,) in connection.execute("show tables from marts").fetchall():
            connection.execute(f"copy marts.\"{name}\" to '{folder / name}.parquet' (format parquet, compression zstd)")


def _send(warehouse: Path, statements: list[dict[str, object]]) -> dict[str, float]:
    """Send the statements; how long those of each node took."""
    seconds: dict[str, float] = {}
    with duckdb.connect(str(warehouse)) as connection:
        for statement in statements:
            started = time.monotonic()
            sql = str(statement["sql"])
            connection.execute(sql, statement["bindings"])
            header = HEADER.match(sql)
            node = json.loads(header[1]).get("node_id", "") if header else ""
            seconds[node] = seconds.get(node, 0.0) + time.monotonic() - started
    return seconds


def _plain(bindings: Iterable[object] | None) -> list[str | None] | None:
    return None if bindings is None else [None if value is None else str(value) for value in bindings]


if __name__ == "__main__":
    step, config, as_of, warehouse, recording, *marts = sys.argv[1:]
    if step == "record":
        record(Path(config), dt.date.fromisoformat(as_of), Path(warehouse), Path(recording))
    else:
        replay(Path(config), dt.date.fromisoformat(as_of), Path(warehouse), Path(recording), Path(marts[0]))
