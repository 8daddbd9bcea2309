"""What the page about the semantic layer tells is executed on the published demo, and its numbers are those of `kpi`.

What it guards against: two definitions of one metric, a total that was added to its parts, a command of the page that
fails, a report that reads a mart of which its exposure knows nothing.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from assets.configuration.file import load_configuration
from assets.report.marts import Published
from assets.report.page import write_report
from tests.deployment.page_blocks import blocks_of
from tests.pipelines.published_demo import REPOSITORY, loyalty_process

COMMANDS = [block.text for block in blocks_of("semantic_layer.md") if block.language == "sh"]
# The segment's name differs by what the metric counts.
METRICS = {
    "kpi_cell": {
        **{name: name for name in ("nps", "csi_index", "crr", "csat", "csat_satisfied_share")},
        "churn_rate": "churn_rate_start_base",
        **{name: name for name in ("repeat_purchase_rate", "repurchase_ratio")},
    },
    "conversion_cell": {"upsell_rate": "upsell_rate", "cross_sell_rate": "cross_sell_rate"},
    "revenue_month": {"mrr": "mrr"},
}
# Amounts are hidden in `kpi` only.
NEVER_HIDDEN = {"mrr"}


@pytest.fixture(scope="module")
def company(published_demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the demo, for the semantic layer writes beside its warehouse."""
    return Path(shutil.copytree(published_demo, tmp_path_factory.mktemp("asked") / "demo", symlinks=True))


@pytest.fixture(scope="module")
def kpi(published_demo: Path) -> pl.DataFrame:
    return pl.read_parquet(published_demo / ".loyalty/publish/current/marts/kpi.parquet").filter(grain="month")


def asked(company: Path, *arguments: str) -> pl.DataFrame:
    """The answer to a question."""
    words = ["semantic", "query", "--config", company / "loyalty.yaml", *arguments, "--csv", company / "answer.csv"]
    ended = loyalty_process(*words)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return pl.read_csv(company / "answer.csv", try_parse_dates=True, infer_schema_length=None)


def differing(answer: pl.DataFrame, names: dict[str, str], kpi: pl.DataFrame, segment: str | None) -> list[object]:
    """The cells in which an answer is not what `kpi` says; values equal to 1e-12."""
    suffix = "_by_segment" if segment else ""
    value = pl.col("value")
    cells = kpi.filter(dimension="segment" if segment else "total")
    wrong: list[object] = []
    for name, metric_id in names.items():
        told = answer.select(
            pl.col("metric_time__month").cast(pl.Date).alias("period_start"),
            (pl.col(segment) if segment else pl.lit("total")).alias("dimension_value"),
            pl.col(name + suffix).cast(pl.Float64).alias("told"),
        )
        both = cells.filter(metric_id=metric_id).join(told, on=["period_start", "dimension_value"], how="left")
        assert both["value"].drop_nulls().len() > 3, metric_id
        if name in NEVER_HIDDEN:
            both = both.filter(~pl.col("is_suppressed"))
        # A month of a segment in which nothing may be told has no row in an answer, or a null.
        same = value.is_null() & pl.col("told").is_null() | (
            (value - pl.col("told")).abs() <= 1e-12 * pl.max_horizontal(value.abs(), 1)
        ).fill_null(value=False)
        wrong += both.filter(~same).select("metric_id", "period_start", "dimension_value", "value", "told").rows()
        unknown = told.drop_nulls("told").join(
            cells.filter(metric_id=metric_id), on=["period_start", "dimension_value"], how="anti"
        )
        wrong += unknown.rows()
    return wrong


def test_totals_by_month_are_those_of_kpi(company: Path, kpi: pl.DataFrame) -> None:
    names = {name: metric_id for of_cell in METRICS.values() for name, metric_id in of_cell.items()}
    answer = asked(company, "--metrics", ",".join(names), "--group-by", "metric_time__month")
    assert differing(answer, names, kpi, None) == []


@pytest.mark.parametrize("cell", METRICS)
def test_segments_by_month_are_those_of_kpi(company: Path, kpi: pl.DataFrame, cell: str) -> None:
    names, segment = METRICS[cell], f"{cell}__segment"
    metrics = ",".join(f"{name}_by_segment" for name in names)
    answer = asked(company, "--metrics", metrics, "--group-by", f"metric_time__month,{segment}")
    assert differing(answer, names, kpi, segment) == []


def test_what_adds_up_is_exact_over_longer_periods(company: Path, published_demo: Path) -> None:
    """Of recurring revenue the last month counts, of conversions all do."""
    kpi = pl.read_parquet(published_demo / ".loyalty/publish/current/marts/kpi.parquet").filter(dimension="total")
    answer = asked(company, "--metrics", "mrr,upsell_rate", "--group-by", "metric_time__year")
    told = answer.with_columns(pl.col("metric_time__year").cast(pl.Date)).sort("metric_time__year")
    for name in ("mrr", "upsell_rate"):
        years = kpi.filter(metric_id=name, grain="year").sort("period_start").drop_nulls("value")
        assert told[name].drop_nulls().cast(pl.Float64).to_list() == pytest.approx(years["value"].to_list(), rel=1e-12)


def test_every_command_of_the_page_works(company: Path) -> None:
    assert len(COMMANDS) > 3
    (company / "bin").mkdir()
    program = company / "bin/loyalty"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m pipelines.command_line "$@"\n')
    program.chmod(0o755)
    path = f"{company / 'bin'}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PYTHONPATH": str(REPOSITORY)}
    told = ""
    for command in COMMANDS:
        words = ["/bin/bash", "-euo", "pipefail", "-c", command]
        ended = subprocess.run(
            words, cwd=company, env=environment, capture_output=True, text=True, timeout=900, check=False
        )
        assert ended.returncode == 0, command + ended.stdout + ended.stderr
        told += ended.stdout
    assert "upsell_rate_by_segment" in told
    assert "SELECT" in told
    assert (company / "nps.csv").read_text(encoding="utf-8").startswith("metric_time__month")


def test_the_exposure_of_the_report_names_the_marts_that_it_reads(
    company: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: set[str] = set()
    scan = Published.mart

    def noted(published: Published, name: str) -> pl.LazyFrame:
        read.add(name)
        return scan(published, name)

    monkeypatch.setattr(Published, "mart", noted)
    write_report(load_configuration(company / "loyalty.yaml"), company / "page.html")
    manifest = json.loads((company / ".loyalty/dbt/target/manifest.json").read_text(encoding="utf-8"))
    named = {
        node.rpartition(".")[2] for node in manifest["exposures"]["exposure.loyalty.report"]["depends_on"]["nodes"]
    }
    assert read - {"publication", "restatements"} == named
