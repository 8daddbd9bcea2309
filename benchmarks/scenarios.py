"""The scenarios of one size, one after another, each in a process of its own, and the checks that they agree."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.processes import LOYALTY, Measured, ProcessFailedError, measured
from benchmarks.product import SECONDS
from benchmarks.sizes import FIRST_AS_OF, HISTORY_START, NIGHT, YEARS, Size

HELP_CALLS = 5
# What a notebook may take before it is ended.
PANDAS_MEMORY = 12 * 2**30


@dataclass
class Bench:
    """The places of one size, and what was measured so far."""

    size: Size
    folder: Path
    results: dict[str, Any] = field(default_factory=dict)

    @property
    def config(self) -> Path:
        """The company's loyalty.yaml; its lake and warehouse stand beside it."""
        return self.folder / "loyalty.yaml"

    @property
    def own(self) -> Path:
        """Where the product keeps what it makes."""
        return self.folder / ".loyalty"

    @property
    def peers(self) -> Path:
        """Where the peers keep what they make."""
        return self.folder / "peers"

    def step(self, name: str, *arguments: object, is_noted: bool = True) -> Measured:
        """Run one process and note what it took."""
        result = measured(name, arguments, self.folder / "logs" / f"{name}.log")
        if is_noted:
            self.results[name] = asdict(result)
        return result

    def told(self, name: str, arguments: Sequence[object]) -> Any:
        """What a process says in its last line, as JSON; for looking at results, which is not measured."""
        measured(name, ["-m", "benchmarks.looking", *arguments], log := self.folder / "logs" / f"{name}.log")
        return json.loads(log.read_text().splitlines()[-1])


def run(size: Size, folder: Path, recording: Path) -> dict[str, Any]:
    """All scenarios of a size; the figures by scenario, the numbers of rows, and how far the peers agree."""
    bench = Bench(size, folder)
    write_data(bench)
    for place in (bench.own, bench.peers):
        shutil.rmtree(place, ignore_errors=True)
    calls = [bench.step("help", *LOYALTY, "--help", is_noted=False) for _ in range(HELP_CALLS)]
    bench.results["help"] = asdict(sorted(calls, key=lambda call: call.seconds)[HELP_CALLS // 2])
    first_load(bench)
    full_refresh(bench, recording)
    nights(bench)
    return bench.results


def write_data(bench: Bench) -> None:
    """The demo data of a size, written once and kept."""
    if not (bench.folder / "truths.json").exists():
        words = ["sample", bench.folder, "--customers", bench.size.customers, "--years", YEARS]
        bench.step("data", *LOYALTY, *words, is_noted=False)


def record_statements(folder: Path, recording: Path) -> None:
    """Record what dbt sends for a small company: it is the same for every size."""
    if recording.exists():
        return
    shutil.rmtree(folder, ignore_errors=True)
    bench = Bench(Size("recorded", 300, "recorded"), folder)
    write_data(bench)
    bench.step("load", "-m", "benchmarks.product", "first_load", bench.config, FIRST_AS_OF, is_noted=False)
    warehouse = folder / "recorded" / "warehouse.duckdb"
    warehouse.parent.mkdir()
    words = ["record", bench.config, FIRST_AS_OF, warehouse, recording]
    bench.step("record", "-m", "benchmarks.peers.recorded", *words, is_noted=False)


def first_load(bench: Bench) -> None:
    """The lake of all history but one day: extracted, validated, written; beside it bare Polars."""
    bench.step("first_load", "-m", "benchmarks.product", "first_load", bench.config, FIRST_AS_OF)
    bare = bench.peers / "polars"
    bench.step("polars_scan", "-m", "benchmarks.peers.plain_polars", bench.folder, FIRST_AS_OF, bare)
    bench.results["rows"] = bench.told("rows", ["rows", bench.config, bare / "counts.json"])


def full_refresh(bench: Bench, recording: Path) -> None:
    """All marts from the lake; beside it the same statements without dbt, SQL by hand, and pandas."""
    bench.step("full_refresh", "-m", "benchmarks.product", "full_refresh", bench.config, FIRST_AS_OF)
    log = (bench.folder / "logs" / "full_refresh.log").read_text().splitlines()
    bench.results["parts"] = json.loads(next(line for line in log if line.startswith(SECONDS)).removeprefix(SECONDS))
    lake, peers, published = bench.own / "lake", bench.peers, bench.own / "publish" / "current" / "marts"
    for name in ("recorded", "duckdb", "pandas"):
        (peers / name / "marts").mkdir(parents=True)
    database, marts = peers / "recorded" / "warehouse.duckdb", peers / "recorded" / "marts"
    words = ["replay", bench.config, FIRST_AS_OF, database, recording, marts]
    bench.step("same_statements", "-m", "benchmarks.peers.recorded", *words)
    bench.results["statements"] = json.loads((marts / "seconds.json").read_text())
    database.unlink()
    words = [lake, FIRST_AS_OF, HISTORY_START, peers / "duckdb" / "bare.duckdb", peers / "duckdb" / "marts"]
    bench.step("sql_by_hand", "-m", "benchmarks.peers.plain_duckdb", *words)
    (peers / "duckdb" / "bare.duckdb").unlink()
    try:
        words = [lake, FIRST_AS_OF, peers / "pandas" / "marts", PANDAS_MEMORY]
        bench.step("pandas", "-W", "ignore", "-m", "benchmarks.peers.plain_pandas", *words)
    except ProcessFailedError as error:
        if "MemoryError" not in str(error) and "code -9" not in str(error):
            raise
        bench.results["pandas"] = None
    folders = [peers / name / "marts" for name in ("recorded", "duckdb", "pandas")]
    bench.results["agreement"] = bench.told("agreement", ["agreement", published, *folders])
    print(f"    cells that agree: {bench.results['agreement']}", file=sys.stderr)


def nights(bench: Bench) -> None:
    """One new day, a night without news, and 36 months again after every order line was corrected."""
    bench.step("night", *LOYALTY, "run", "--config", bench.config, "--as-of", NIGHT)
    bench.step("empty_night", *LOYALTY, "run", "--config", bench.config, "--as-of", NIGHT)
    bench.told("correction", ["correction", bench.folder])
    words = ["backfill", "--config", bench.config, "--from", HISTORY_START, "--to", NIGHT]
    try:
        bench.step("backfill", *LOYALTY, *words)
    finally:
        (bench.folder / "order_lines.parquet.before").replace(bench.folder / "order_lines.parquet")
