"""Great Expectations is asked in the right way, and a check that it cannot carry out is not taken for bad data."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from assets.configuration import Configuration
from assets.contracts import entities, load_contract
from assets.validation import BrokenCheckError, allowed_values, contract_suite, expectations
from assets.validation.checks import Check, contract_checks
from assets.validation.data_docs import build_data_docs
from tests.validation.good_rows import ALLOWED, good_row, validated

CUSTOMERS = load_contract("customers")


def facts(count: int) -> pl.DataFrame:
    """Customers of which every third has no id."""
    ids = [None if number % 3 == 0 else str(number) for number in range(count)]
    return pl.DataFrame(
        {"_row": range(count), "customer_id": ids}, schema={"_row": pl.UInt32, "customer_id": pl.String}
    )


def only(reason: str) -> list[Check]:
    return [check for check in contract_checks(CUSTOMERS, {}) if check.reason == reason]


@pytest.mark.parametrize("maximum_rows", [1, 4, 10, 1000])
def test_slices_find_what_the_whole_finds(maximum_rows: int) -> None:
    """A row number counted within its slice would quarantine the wrong rows."""
    outcomes, failures = expectations.evaluate(facts(10), CUSTOMERS, only("missing_customer_id"), maximum_rows)
    assert failures["missing_customer_id"].to_list() == [0, 3, 6, 9]
    assert [(outcome.evaluated, outcome.unexpected) for outcome in outcomes] == [(10, 4)]


@pytest.mark.parametrize(
    "changes", [{"column": "no_such_column"}, {"demand": "match_regex", "parameters": {"regex": "("}}]
)
def test_a_broken_check_is_an_error_and_not_bad_data(changes: dict[str, object]) -> None:
    """The library reports it as a failed expectation without failing rows: every bad row would be accepted."""
    broken = dataclasses.replace(only("missing_customer_id")[0], **changes)  # type: ignore[arg-type]
    with pytest.raises(BrokenCheckError, match=r"missing_customer_id.*customers.*not of the data"):
        expectations.evaluate(facts(3), CUSTOMERS, [broken])


@pytest.mark.parametrize("entity", entities())
def test_each_suite_holds_every_check_of_its_contract(entity: str) -> None:
    contract = load_contract(entity)
    reasons = [expectation.meta["reason"] for expectation in contract_suite(contract, ALLOWED).expectations]
    assert reasons == [check.reason for check in contract_checks(contract, ALLOWED)]


def test_nothing_is_reported_to_the_makers_of_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """A company's data pipeline must not phone home."""
    monkeypatch.delenv("GX_ANALYTICS_ENABLED", raising=False)
    expectations.great_expectations.cache_clear()
    expectations.evaluate(facts(3), CUSTOMERS, only("missing_customer_id"))
    assert os.environ["GX_ANALYTICS_ENABLED"] == "false"
    assert "posthog" not in sys.modules


def test_allowed_statuses_come_from_the_configuration() -> None:
    configuration = Configuration.model_validate(
        {
            "company": {"name": "A", "timezone": "Europe/London", "currency": "GBP", "history_start": "2024-01-01"},
            "sources": {},
            "orders": {"valid_statuses": ["paid"], "other_statuses": ["void", "open"]},
        }
    )
    assert allowed_values(load_contract("orders"), configuration) == {"status": ["paid", "void", "open"]}
    assert allowed_values(load_contract("customers"), configuration) == {}


def test_data_docs_show_the_run_and_no_values(tmp_path: Path) -> None:
    """The site may be passed on: it must show which expectation failed, but nobody's data."""
    results = {
        "orders": validated("orders", good_row("orders", status="secret value")).expectations,
        "customers": validated("customers", good_row("customers", customer_id="secret person")).expectations,
    }
    run_time = dt.datetime(2024, 3, 6, 2, tzinfo=dt.UTC)
    index = build_data_docs(results, {"orders": ALLOWED}, tmp_path / "docs", "run-1", run_time)
    pages = {path: path.read_text(encoding="utf-8") for path in (tmp_path / "docs").rglob("*.html")}
    assert index in pages
    (orders,) = [text for path, text in pages.items() if path.name == "orders.html" and "validations" in path.parts]
    assert "Failed" in orders
    (customers,) = [
        text for path, text in pages.items() if path.name == "customers.html" and "validations" in path.parts
    ]
    assert "Succeeded" in customers
    assert not any("secret" in text for text in pages.values())


def test_a_process_that_is_no_script_can_validate() -> None:
    """Importing all of pyspark, as the library of checks would, ends such a process at once, and with success."""
    command = "from assets.validation.expectations import great_expectations as g; print(g().__name__)"
    ended = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "great_expectations"


def test_no_value_is_hashed_for_a_fingerprint_that_nobody_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    expectations.great_expectations()
    from great_expectations.execution_engine import pandas_execution_engine

    def refuse(_: object) -> str:
        pytest.fail("A tenth of the time of a load goes into it.")

    monkeypatch.setattr(pandas_execution_engine, "hash_pandas_dataframe", refuse)
    _, failures = expectations.evaluate(facts(3), CUSTOMERS, only("missing_customer_id"))
    assert failures["missing_customer_id"].to_list() == [0]
