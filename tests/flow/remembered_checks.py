"""Rows that were held against their contract before are not held against it again.

What the expectations find follows from the rows, the contract and the checks alone, and takes most of the time of an
extraction. Where a test extracts the same rows again and again, each batch is asked about once.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from unittest import mock

import polars as pl

from assets.contracts import Contract
from assets.validation.checks import Check
from assets.validation.expectations import ExpectationOutcome, evaluate

Found = tuple[list[ExpectationOutcome], dict[str, pl.Series]]


@contextmanager
def remembered_checks() -> Iterator[None]:
    """Within the block the expectations are asked about each batch of rows once."""
    known: dict[tuple[str, str, bytes], Found] = {}

    def evaluate_once(facts: pl.DataFrame, contract: Contract, checks: Sequence[Check]) -> Found:
        content = io.BytesIO()
        facts.write_ipc(content)
        demands = repr([(check.reason, check.demand, check.column, check.parameters) for check in checks])
        key = (contract.entity, demands, hashlib.sha256(content.getbuffer()).digest())
        if key not in known:
            known[key] = evaluate(facts, contract, checks)
        return known[key]

    with mock.patch("assets.validation.validate.evaluate", evaluate_once):
        yield
