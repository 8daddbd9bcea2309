"""Has dbt build the marts, in this process, and what it cannot compute analysed in between.

What reads an analysis is built after it, by a second invocation of dbt; all else by the first. Where nothing changed
there is neither.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assets.analysis.catalogue import ANALYSES, Analysis
from assets.configuration import SparkServer
from assets.disk import disk_errors, disk_problem
from assets.errors import WarehouseError
from assets.lake.manifest import locked
from assets.warehouse.database import most_memory
from assets.warehouse.project import PROJECT, models_digest

AFTER_ANALYSES = "source:analysis+"
FAILED = {"error", "fail", "runtime error"}


@dataclass(frozen=True)
class NodeResult:
    """The outcome of one dbt node: a model, a seed or a test."""

    unique_id: str
    resource_type: str
    status: str
    message: str
    failures: int
    seconds: float


def build_models(
    warehouse: Path,
    *,
    full_refresh: bool,
    with_tests: bool = True,
    on_finished: Callable[[str], None] = lambda _: None,
    spark: SparkServer | None = None,
) -> list[NodeResult]:
    """Build all models with their data tests, and return each node's result; on `spark` where it is given.

    Nothing else in this process may hold the warehouse open. `on_finished` is told each node's id as it ends. A failed
    model or test is a result, not an error: see `refuse_failures`; analyses are then not made, nor what is built from
    them. Raises WarehouseError where dbt cannot run at all.
    """

    def note(event: Any) -> None:
        if event.info.name == "NodeFinished":
            on_finished(event.data.node_info.unique_id)

    # The manifest is written when the project is parsed; writing it again with each build takes seconds.
    left_out = ["unit_test", "exposure", *([] if with_tests else ["test"])]
    command = ["build", "--no-write-json", "--exclude-resource-type", *left_out]
    command += ["--full-refresh"] if full_refresh else []
    results = _build(warehouse, [*command, "--exclude", AFTER_ANALYSES], note, spark)
    if any(result.status in FAILED for result in results):
        return [*results, *(_skipped(analysis) for analysis in ANALYSES)]
    for analysis in ANALYSES:
        results.append(_analyse(analysis, warehouse, spark))
        on_finished(analysis.unique_id)
    return results + _build(warehouse, [*command, "--select", AFTER_ANALYSES], note, spark)


def _build(
    warehouse: Path, command: list[str], note: Callable[[Any], None], spark: SparkServer | None = None
) -> list[NodeResult]:
    outcome = invoke(warehouse, command, callbacks=[note], spark=spark)
    if outcome.exception is not None:
        raise WarehouseError(f"dbt stopped before it built anything: {outcome.exception}")
    return [_node_result(result) for result in outcome.result.results]


def _analyse(analysis: Analysis, warehouse: Path, spark: SparkServer | None) -> NodeResult:
    started = time.monotonic()
    with _warehouse_errors(warehouse):
        if spark is None:
            rows = analysis.write(warehouse)
        else:
            from assets.spark.build import analyse_for_spark

            rows = analyse_for_spark(analysis, warehouse, spark)
    return NodeResult(analysis.unique_id, "analysis", "success", f"{rows} rows", 0, time.monotonic() - started)


def _skipped(analysis: Analysis) -> NodeResult:
    return NodeResult(analysis.unique_id, "analysis", "skipped", "A model or a test before it failed.", 0, 0.0)


def refuse_failures(results: list[NodeResult]) -> None:
    """Raise WarehouseError where a model failed, or a test of severity error did not hold."""
    failures = [result for result in results if result.status in FAILED]
    if failures:
        first = failures[0]
        name = first.unique_id.split(".")[2]
        more = f" (and {len(failures) - 1} more)" if len(failures) > 1 else ""
        what = (
            f"{first.failures} rows"
            if first.resource_type == "test" and first.status == "fail"
            else first.message.strip()
        )
        what = disk_problem(what) or what
        unharmed = "Nothing was published; what BI reads stays as it was."
        raise WarehouseError(f"The {first.resource_type} {name} failed{more}: {what}. {unharmed}")


def load_manifest_file(warehouse: Path) -> Path:
    """The dbt manifest of the project as it is now, parsed anew only where a file of the project changed."""
    target = warehouse.parent / "dbt" / "target"
    manifest, stamp = target / "manifest.json", target / "models_digest"
    digest = models_digest()
    with _warehouse_errors(warehouse), locked(target, exclusive=True):
        if not manifest.exists() or not stamp.exists() or stamp.read_text() != digest:
            outcome = invoke(warehouse, ["parse"])
            if not outcome.success:
                raise WarehouseError(f"The dbt project {PROJECT} cannot be parsed: {outcome.exception}")
            stamp.write_text(digest)
    return manifest


def invoke(
    warehouse: Path,
    command: list[str],
    callbacks: list[Callable[[Any], None]] | None = None,
    spark: SparkServer | None = None,
) -> Any:
    """Invoke dbt in this process, quietly; its working files stand beside the warehouse, those of `spark` apart."""
    runner, connections = _dbt()
    working = warehouse.parent / ("dbt" if spark is None else "dbt_spark")
    flags = ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), "--target-path", str(working / "target")]
    quiet = [
        "--quiet",
        "--no-use-colors",
        # What went wrong is told in one sentence; dbt would print a traceback of its own.
        "--log-level",
        "none",
        "--log-level-file",
        "info",
        "--log-path",
        str(working / "logs"),
        "--no-send-anonymous-usage-stats",
    ]
    profile = {"LOYALTY_WAREHOUSE": str(warehouse), "LOYALTY_MEMORY": most_memory(), **_profile(spark)}
    with _environment(**profile), _warehouse_errors(warehouse):
        try:
            outcome = runner(callbacks=callbacks or []).invoke([*quiet, command[0], *flags, *command[1:]])
        finally:
            # The adapter would hold the file's lock until the process ends.
            connections.close_all_connections()
        if outcome.exception is not None and disk_problem(outcome.exception):
            raise outcome.exception
    return outcome


def _profile(spark: SparkServer | None) -> dict[str, str]:
    """What dbt's profile learns of the engine."""
    if spark is None:
        return {"LOYALTY_ENGINE": "duckdb"}
    from assets.spark.build import environment

    return environment(spark)


def _dbt() -> tuple[Any, Any]:
    """What invokes dbt, and what its adapter keeps its connections in.

    Three seconds to import, and needed only where something is built.
    """
    root = logging.getLogger()
    handlers = [*root.handlers]
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    # A library that it brings has the root log written to the terminal: every line would stand there twice.
    root.handlers[:] = handlers
    # Where the disk is full its log cannot be written either; Python would print a traceback for every line of it.
    logging.raiseExceptions = False
    return dbtRunner, DuckDBConnectionManager


def _warehouse_errors(warehouse: Path) -> AbstractContextManager[None]:
    """Within it, a disk that refuses to be written is a WarehouseError that names the warehouse and dbt's folder."""
    return disk_errors(WarehouseError, f"The warehouse {warehouse} or {warehouse.parent / 'dbt'} cannot be written")


@contextmanager
def _environment(**variables: str) -> Iterator[None]:
    """Set environment variables for the time of the block: dbt's profile has no other way to learn a path."""
    old = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in old.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _node_result(result: Any) -> NodeResult:
    return NodeResult(
        unique_id=result.node.unique_id,
        resource_type=str(result.node.resource_type),
        status=str(result.status),
        message=str(result.message or ""),
        failures=int(result.failures or 0),
        seconds=float(result.execution_time),
    )
