"""The checks of the marts: a mart is only as right as what it stands on.

What it guards against: a test that fails a run and stands nowhere in the UI, a mart that is green beside an
intermediate model that is wrong, a mart that is red for a model that it is not built from, and a slow or failed model
that nobody finds because Dagster no longer knows of it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from assets.configuration import Configuration
from assets.configuration.file import load_configuration
from assets.warehouse.asset import BACKFILL_TAG, warehouse_assets
from assets.warehouse.build import NodeResult
from assets.warehouse.checks import TESTS_CHECK, CountedTests, check_results, counted_tests
from assets.warehouse.graph import LEDGER, WarehouseGraph, read_dbt_manifest, warehouse_graph

TOTALS = "model.loyalty.int_recurring_revenue__totals"
YEARS = dg.TimeWindowPartitionsDefinition(start="2024", fmt="%Y", cron_schedule="0 0 1 1 *")
STAGED = "model.loyalty.stg_unit_drivers"


@pytest.fixture(scope="module")
def configuration(published_demo: Path) -> Configuration:
    return load_configuration(published_demo / "loyalty.yaml")


@pytest.fixture(scope="module")
def manifest(configuration: Configuration) -> dict[str, Any]:
    return read_dbt_manifest(configuration.paths.warehouse.parent / "dbt/target/manifest.json")


@pytest.fixture(scope="module")
def graph(manifest: dict[str, Any], configuration: Configuration) -> WarehouseGraph:
    return warehouse_graph(manifest, configuration.sources)


@pytest.fixture(scope="module")
def tests(manifest: dict[str, Any], graph: WarehouseGraph) -> CountedTests:
    return counted_tests(manifest, graph)


@pytest.fixture
def build(manifest: dict[str, Any]) -> Callable[..., list[NodeResult]]:
    """The results of a build in which everything holds but what is named, by the unique id."""

    def results(**differing: str) -> list[NodeResult]:
        nodes = [node for node in manifest["nodes"].values() if node["resource_type"] in {"model", "seed", "test"}]
        held = {"test": "pass"}
        found = [(node["unique_id"], node["resource_type"]) for node in nodes]
        found += [(f"analysis.loyalty.{table}", "analysis") for table in ("relative_weights", "survey_weights")]
        return [
            NodeResult(name, kind, differing.get(name, held.get(kind, "success")), f"{name} broke", 3, number / 1000)
            for number, (name, kind) in enumerate(found)
        ]

    return results


def a_test_at(manifest: dict[str, Any], model: str) -> str:
    return str(next(name for name, node in manifest["nodes"].items() if node.get("attached_node") == model))


def mart(name: str) -> dg.AssetKey:
    return dg.AssetKey(["marts", name])


def test_every_data_test_stands_in_a_check_of_what_is_built_from_its_model(
    manifest: dict[str, Any], graph: WarehouseGraph, tests: CountedTests
) -> None:
    all_tests = {name for name, node in manifest["nodes"].items() if node["resource_type"] == "test"}
    assert tests[LEDGER] == all_tests
    assert set().union(*(tests[key] for key in graph.marts)) == all_tests, "no test speaks of what feeds no mart"
    assert [key for key in graph.marts if not tests[key]] == []


def test_a_failing_test_of_an_intermediate_model_makes_the_marts_red_that_are_built_from_it(
    manifest: dict[str, Any], tests: CountedTests, build: Callable[..., list[NodeResult]]
) -> None:
    failing = a_test_at(manifest, TOTALS)
    found = {result.asset_key: result for result in check_results(build(**{failing: "fail"}), tests)}
    red = {key for key, result in found.items() if not result.passed}
    assert {LEDGER, mart("mrr_movements"), mart("kpi")} <= red
    assert {mart("csi_parameters"), mart("cohort_retention"), mart("upsell")} <= set(found) - red
    told = found[mart("mrr_movements")]
    assert told.severity == dg.AssetCheckSeverity.ERROR
    (record,) = told.metadata["unmet"].records
    assert record.data == {"test": failing.split(".")[2], "status": "fail", "failing_rows": 3}
    assert told.metadata["tests"].value == len(tests[mart("mrr_movements")])
    assert "unmet" not in found[mart("upsell")].metadata, "where all is well, counts are enough"


def test_a_test_of_what_an_analysis_reads_speaks_of_the_marts_after_the_analysis(
    manifest: dict[str, Any], tests: CountedTests, build: Callable[..., list[NodeResult]]
) -> None:
    """dbt does not know that a table of Python lies between the two."""
    failing = a_test_at(manifest, STAGED)
    red = {r.asset_key for r in check_results(build(**{failing: "warn"}), tests) if not r.passed}
    assert red == {LEDGER, mart("key_drivers")}


def test_a_warning_is_a_warning(manifest: dict[str, Any], tests: CountedTests, build: Any) -> None:
    results = build(**{a_test_at(manifest, TOTALS): "warn"})
    assert {r.severity for r in check_results(results, tests) if not r.passed} == {dg.AssetCheckSeverity.WARN}


def test_a_test_against_an_origin_speaks_of_what_was_built_from_it(tests: CountedTests) -> None:
    """Held against all purchases, a wrong mart must not make every other mart of purchases red."""
    name = next(name for name in tests[LEDGER] if "assert_customers_revenue_is_all_revenue" in name)
    assert [key for key, names in tests.items() if name in names] == [LEDGER, mart("customers")]


def test_a_check_whose_tests_were_left_out_tells_nothing(
    manifest: dict[str, Any], tests: CountedTests, build: Callable[..., list[NodeResult]]
) -> None:
    """After a failed model dbt skips what stands on it; that the other tests hold does not make the mart right."""
    skipped = a_test_at(manifest, "model.loyalty.mrr_movements")
    told = {r.asset_key for r in check_results(build(**{skipped: "skipped"}), tests)}
    assert mart("mrr_movements") not in told
    assert LEDGER not in told
    assert mart("upsell") in told


def run_step(
    configuration: Configuration,
    graph: WarehouseGraph,
    tests: CountedTests,
    results: list[NodeResult],
    monkeypatch: pytest.MonkeyPatch,
    tags: dict[str, str] | None = None,
) -> dg.ExecuteInProcessResult:
    monkeypatch.setattr("assets.warehouse.asset.refresh", lambda *_: results)
    asset = warehouse_assets(configuration, YEARS, graph, tests)
    return dg.materialize([asset], partition_key="2024", raise_on_error=False, tags=tags)


@pytest.fixture
def run(
    configuration: Configuration, graph: WarehouseGraph, tests: CountedTests, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., dg.ExecuteInProcessResult]:
    """The step with the results of a build."""
    return lambda results, tags=None: run_step(configuration, graph, tests, results, monkeypatch, tags)


def test_a_failed_model_fails_the_step_by_its_name_and_leads_the_table_of_the_ledger(
    run: Callable[..., dg.ExecuteInProcessResult], build: Callable[..., list[NodeResult]]
) -> None:
    result = run(build(**{TOTALS: "error", "model.loyalty.mrr_movements": "skipped"}))
    assert not result.success
    (failure,) = [event for event in result.all_events if event.is_step_failure]
    assert "The model int_recurring_revenue__totals failed" in failure.step_failure_data.error_display_string
    made = {event.asset_key: event.materialization for event in result.get_asset_materialization_events()}
    assert mart("mrr_movements") not in made
    table = [record.data for record in made[LEDGER].metadata["slowest_models"].records]
    assert (table[0]["name"], table[0]["layer"], table[0]["status"]) == (
        "int_recurring_revenue__totals",
        "intermediate",
        "error",
    )
    seconds = [record["seconds"] for record in table[1:]]
    assert seconds == sorted(seconds, reverse=True)
    assert len(table) == 50
    assert {record["layer"] for record in table} <= {"staging", "intermediate", "analysis", "marts", "reference"}


def test_what_is_made_is_reported_after_what_it_is_made_from(
    run: Callable[..., dg.ExecuteInProcessResult], graph: WarehouseGraph
) -> None:
    """A backfill without news reports all, and reports only count in their order."""
    result = run([], {BACKFILL_TAG: "quick"})
    assert result.success
    order = [event.asset_key for event in result.get_asset_materialization_events()]
    assert order == [spec.key for spec in graph.made]
    assert order[0] == LEDGER
    for spec in graph.made:
        parents = [dep.asset_key for dep in spec.deps if dep.asset_key in order]
        assert all(order.index(parent) < order.index(spec.key) for parent in parents)
    assert {check.check_name for check in result.get_asset_check_evaluations()} == {TESTS_CHECK}
    assert all(check.passed for check in result.get_asset_check_evaluations())


def test_a_night_without_news_makes_nothing_and_checks_stay_green(
    run: Callable[..., dg.ExecuteInProcessResult], tests: CountedTests
) -> None:
    result = run([])
    assert result.success
    assert result.get_asset_materialization_events() == []
    told = {check.asset_key: check.passed for check in result.get_asset_check_evaluations()}
    assert told == dict.fromkeys(tests, True)
