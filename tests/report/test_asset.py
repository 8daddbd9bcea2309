"""The report in the nightly run: it may fail, and the run that has published ends well all the same."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from assets.configuration import Configuration
from assets.configuration.file import load_configuration
from assets.report.asset import report_asset


@pytest.fixture
def configuration(published_demo: Path) -> Configuration:
    """The demo's configuration."""
    return load_configuration(published_demo / "loyalty.yaml")


def test_a_page_that_fails_is_a_warning_and_no_failed_run(
    configuration: Configuration, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A scheduler that refreshes dashboards after the night must not stop for a chart; and nothing says it was made."""

    def fail(_: Configuration) -> None:
        raise ZeroDivisionError("a chart of nothing")

    monkeypatch.setattr("assets.report.page.write_report", fail)
    asset = report_asset(configuration, dg.StaticPartitionsDefinition(["2024"]), "warehouse")
    result = dg.materialize([asset], partition_key="2024")
    assert result.success
    assert result.get_asset_materialization_events() == []
    (evaluation,) = result.get_asset_check_evaluations()
    assert (evaluation.passed, evaluation.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert evaluation.description == "The report was not made: a chart of nothing"
