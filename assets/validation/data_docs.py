"""Great Expectations' Data Docs of a run: a static site that shows each suite and how its expectations did.

The site holds counts and no values, so that it may be passed on without showing anybody's data.
"""

from __future__ import annotations

import datetime as dt
import html
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from assets.contracts import load_contract
from assets.validation.checks import contract_checks
from assets.validation.expectations import ExpectationOutcome, great_expectations, suite

_SITE = "validation"


def build_data_docs(
    results: Mapping[str, Sequence[ExpectationOutcome]],
    allowed: Mapping[str, Mapping[str, Sequence[str]]],
    folder: Path,
    run_name: str,
    run_time: dt.datetime,
) -> Path:
    """Build the site of a run in `folder` and return its index page.

    `results` are the outcomes and `allowed` the allowed values from the configuration, both by entity. Takes about
    a second.
    """
    folder.mkdir(parents=True, exist_ok=True)
    context = _context(folder)
    for entity, outcomes in results.items():
        contract = load_contract(entity)
        expected = context.suites.add(suite(contract, contract_checks(contract, _escaped(allowed.get(entity, {})))))
        context.validation_results_store.set(
            key=_result_key(entity, run_name, run_time), value=_suite_result(expected, outcomes, run_name, run_time)
        )
    context.build_data_docs(site_names=[_SITE])
    return folder / "index.html"


def _escaped(allowed: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Allowed values as HTML shows them: Great Expectations writes the sentences that hold them as they stand."""
    return {column: [html.escape(value) for value in values] for column, values in allowed.items()}


def _context(folder: Path) -> Any:
    """Build a context of its own, so that the site shows this run and nothing that was validated before it."""
    context = great_expectations().get_context(mode="ephemeral")
    for site in context.get_site_names():
        context.delete_data_docs_site(site)
    context.add_data_docs_site(
        site_name=_SITE,
        site_config={
            "class_name": "SiteBuilder",
            "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
            "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder.resolve())},
        },
    )
    return context


def _result_key(entity: str, run_name: str, run_time: dt.datetime) -> Any:
    from great_expectations.data_context.types.resource_identifiers import (
        ExpectationSuiteIdentifier,
        ValidationResultIdentifier,
    )

    return ValidationResultIdentifier(
        expectation_suite_identifier=ExpectationSuiteIdentifier(entity),
        run_id=_run_id(run_name, run_time),
        batch_identifier=entity,
    )


def _run_id(run_name: str, run_time: dt.datetime) -> Any:
    from great_expectations.core.run_identifier import RunIdentifier

    return RunIdentifier(run_name=run_name, run_time=run_time)


def _suite_result(expected: Any, outcomes: Sequence[ExpectationOutcome], run_name: str, run_time: dt.datetime) -> Any:
    from great_expectations.core import ExpectationSuiteValidationResult, ExpectationValidationResult

    by_reason = {outcome.reason: outcome for outcome in outcomes}
    results = [
        ExpectationValidationResult(
            success=by_reason[expectation.meta["reason"]].success,
            expectation_config=expectation.configuration,
            result=_result(by_reason[expectation.meta["reason"]]),
            exception_info={"raised_exception": False, "exception_message": None, "exception_traceback": None},
        )
        for expectation in expected.expectations
    ]
    met = sum(result.success is True for result in results)
    return ExpectationSuiteValidationResult(
        success=met == len(results),
        results=results,
        suite_name=expected.name,
        statistics={
            "evaluated_expectations": len(results),
            "successful_expectations": met,
            "unsuccessful_expectations": len(results) - met,
            "success_percent": 100 * met / len(results),
        },
        meta={"run_id": _run_id(run_name, run_time), "active_batch_definition": {"data_asset_name": expected.name}},
    )


def _result(outcome: ExpectationOutcome) -> dict[str, Any]:
    share = 100 * outcome.unexpected / outcome.evaluated if outcome.evaluated else 0.0
    return {
        "element_count": outcome.evaluated,
        "unexpected_count": outcome.unexpected,
        "unexpected_percent": share,
        "partial_unexpected_list": [],
    }
