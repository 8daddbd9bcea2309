"""What reads an analysis is built after it, and an analysis is not made of what failed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from assets.analysis.catalogue import Analysis
from assets.errors import WarehouseError
from assets.warehouse import build
from assets.warehouse.build import AFTER_ANALYSES, NodeResult, build_models, refuse_failures
from assets.warehouse.project import models_digest

TABLES = ("one", "other")


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The steps of a build, in their order; with `failing` among them dbt fails."""
    taken: list[str] = []

    def run_dbt(_: Path, command: list[str], *__: Any) -> list[NodeResult]:
        taken.append(" ".join(command[-2:]))
        status = "error" if "failing" in taken else "success"
        return [NodeResult(f"model.loyalty.m{len(taken)}", "model", status, "", 0, 0.0)]

    def analysis(table: str) -> Analysis:
        def write(_: Path) -> int:
            taken.append(table)
            return 3

        return Analysis(table, (), write)

    monkeypatch.setattr(build, "_build", run_dbt)
    monkeypatch.setattr(build, "ANALYSES", tuple(analysis(table) for table in TABLES))
    return taken


def test_analyses_are_made_between_two_builds(steps: list[str]) -> None:
    """Built in one go, the marts would show the analysis of the run before."""
    results = build_models(Path("none"), full_refresh=False)
    assert steps == [f"--exclude {AFTER_ANALYSES}", *TABLES, f"--select {AFTER_ANALYSES}"]
    assert [result.unique_id for result in results][1:-1] == [f"analysis.loyalty.{table}" for table in TABLES]
    refuse_failures(results)


def test_after_a_failure_nothing_is_analysed_and_it_is_told(steps: list[str]) -> None:
    """An analysis of half of the models would pass for one of this run."""
    steps.append("failing")
    results = build_models(Path("none"), full_refresh=True)
    assert steps == ["failing", f"--exclude {AFTER_ANALYSES}"]
    assert [(r.unique_id, r.status) for r in results[1:]] == [
        (f"analysis.loyalty.{table}", "skipped") for table in TABLES
    ]
    with pytest.raises(WarehouseError, match="m2 failed"):
        refuse_failures(results)


def test_another_analysis_is_another_definition(tmp_path: Path) -> None:
    """A change of the Python alone must have the marts built anew."""
    (tmp_path / "weights.py").write_text("one = 1")
    before = models_digest(analyses=tmp_path)
    (tmp_path / "weights.py").write_text("one = 2")
    assert models_digest(analyses=tmp_path) != before
