"""Great Expectations on the pandas engine: from checks to a suite, and from its results to failed rows.

The library takes seconds to import and its context a moment to build, so both happen on first use and once per
process. It reports a broken check (a column that is not there, a bad pattern) as a failed expectation; here that is
an error, for otherwise every row would look bad.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import polars as pl

from assets.contracts import Contract
from assets.errors import ContractError
from assets.validation.checks import Check, Demand, contract_checks

ROW = "_row"
MAXIMUM_ROWS = 1_000_000

_EXPECTATIONS: dict[Demand, str] = {
    "not_null": "ExpectColumnValuesToNotBeNull",
    "in_set": "ExpectColumnValuesToBeInSet",
    "between": "ExpectColumnValuesToBeBetween",
    "match_regex": "ExpectColumnValuesToMatchRegex",
    "be_true": "ExpectColumnValuesToBeInSet",
}
_RESULT_FORMAT = {
    "result_format": "COMPLETE",
    "unexpected_index_column_names": [ROW],
    "return_unexpected_index_query": False,
    "include_unexpected_rows": False,
}


class BrokenCheckError(ContractError):
    """A check could not be carried out: the check is broken, which says nothing about the data."""


@dataclass(frozen=True)
class ExpectationOutcome:
    """How many rows one expectation was held against, and how many did not meet it."""

    entity: str
    expectation: str
    column: str
    reason: str
    description: str
    evaluated: int
    unexpected: int

    @property
    def success(self) -> bool:
        """Whether every row met it."""
        return self.unexpected == 0


def suite(contract: Contract, checks: Sequence[Check]) -> Any:
    """Return the Great Expectations suite of a contract; each expectation carries its reason as `meta`."""
    gx = great_expectations()
    return gx.ExpectationSuite(
        name=contract.entity,
        meta={"notes": {"format": "markdown", "content": [contract.description]}},
        expectations=[_expectation(check) for check in checks],
    )


def contract_suite(contract: Contract, allowed: Mapping[str, Sequence[str]]) -> Any:
    """Return the suite of a contract, given the allowed values that come from the configuration."""
    return suite(contract, contract_checks(contract, allowed))


def evaluate(
    facts: pl.DataFrame, contract: Contract, checks: Sequence[Check], maximum_rows: int = MAXIMUM_ROWS
) -> tuple[list[ExpectationOutcome], dict[str, pl.Series]]:
    """Hold facts against checks: the outcome of each check, and the numbers of the rows that fail it by reason.

    `facts` holds the row number `_row` and the checked columns; it goes over to pandas in slices of at most
    `maximum_rows`, because a million rows take about a gigabyte there.
    """
    expected = suite(contract, checks)
    failed: dict[str, list[pl.Series]] = {check.reason: [] for check in checks}
    for part in facts.iter_slices(maximum_rows) if facts.height else ():
        for reason, rows in _failures(part, contract, expected).items():
            failed[reason].append(rows)
    rows_by_reason = {
        reason: pl.concat(parts) if parts else pl.Series(ROW, [], pl.UInt32) for reason, parts in failed.items()
    }
    outcomes = [_outcome(contract, check, facts.height, len(rows_by_reason[check.reason])) for check in checks]
    return outcomes, rows_by_reason


def merge_expectations(parts: Iterable[Sequence[ExpectationOutcome]]) -> list[ExpectationOutcome]:
    """Add up the outcomes of several batches, expectation by expectation."""
    merged: dict[tuple[str, str], ExpectationOutcome] = {}
    for outcome in (outcome for part in parts for outcome in part):
        key = (outcome.entity, outcome.reason)
        so_far = merged.get(key)
        evaluated = outcome.evaluated + (so_far.evaluated if so_far else 0)
        unexpected = outcome.unexpected + (so_far.unexpected if so_far else 0)
        merged[key] = ExpectationOutcome(
            outcome.entity,
            outcome.expectation,
            outcome.column,
            outcome.reason,
            outcome.description,
            evaluated,
            unexpected,
        )
    return list(merged.values())


@cache
def great_expectations() -> Any:
    """Import Great Expectations on first use, with its telemetry off, and with Spark's library out of its sight.

    Where pyspark is installed it would be imported as well, to no use, and ends without a word every process that is no
    script: each worker of Dagster is one.
    """
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    with _hidden("pyspark"):
        import great_expectations as library

    return library


@contextmanager
def _hidden(name: str) -> Iterator[None]:
    modules: dict[str, Any] = sys.modules
    before = modules.get(name)
    modules[name] = None
    try:
        yield
    finally:
        if before is None:
            del modules[name]
        else:
            modules[name] = before


@cache
def _context() -> Any:
    gx = great_expectations()
    from great_expectations.data_context.types.base import ProgressBarsConfig
    from great_expectations.execution_engine import pandas_execution_engine

    # It would hash every value of a frame, twice, for a fingerprint that nobody reads: a tenth of a load's time.
    pandas_execution_engine.HASH_THRESHOLD = 0

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    return context


@cache
def _batch_definition(entity: str) -> Any:
    source = _context().data_sources.add_pandas(entity)
    return source.add_dataframe_asset(entity).add_batch_definition_whole_dataframe(entity)


def _expectation(check: Check) -> Any:
    kind = getattr(great_expectations().expectations, _EXPECTATIONS[check.demand])
    return kind(column=check.column, description=check.description, meta={"reason": check.reason}, **check.parameters)


def _failures(facts: pl.DataFrame, contract: Contract, expected: Any) -> dict[str, pl.Series]:
    batch = _batch_definition(contract.entity).get_batch({"dataframe": _pandas_frame(facts)})
    report = batch.validate(expected, result_format=_RESULT_FORMAT)
    failures = {}
    for result in report.results:
        config = result.expectation_config
        _refuse_broken(contract, config, result)
        rows = [int(found[ROW]) for found in result.result.get("unexpected_index_list") or []]
        failures[config.meta["reason"]] = pl.Series(ROW, rows, pl.UInt32)
    return failures


def _pandas_frame(facts: pl.DataFrame) -> Any:
    """Hand over numpy columns, decimals as floats since only ranges look at them; text stays in pandas' own strings."""
    decimals = [name for name, dtype in facts.schema.items() if dtype.is_decimal()]
    return facts.with_columns(pl.col(decimals).cast(pl.Float64)).to_pandas()


def _refuse_broken(contract: Contract, config: Any, result: Any) -> None:
    """Raise where an expectation could not be evaluated; the library says so in one of two shapes."""
    info = result.exception_info or {}
    messages = [
        entry.get("exception_message")
        for entry in (info, *info.values())
        if isinstance(entry, dict) and entry.get("raised_exception")
    ]
    if messages:
        raise BrokenCheckError(
            f"The check {config.meta['reason']!r} of {contract.entity} could not be carried out: {messages[0]} "
            f"This is a fault of the contract {contract.entity}.yaml, not of the data."
        )


def _outcome(contract: Contract, check: Check, evaluated: int, unexpected: int) -> ExpectationOutcome:
    return ExpectationOutcome(
        entity=contract.entity,
        expectation=_EXPECTATIONS[check.demand],
        column=check.column,
        reason=check.reason,
        description=check.description,
        evaluated=evaluated,
        unexpected=unexpected,
    )
