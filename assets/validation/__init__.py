"""Holds extracted rows against their contracts: accepted, quarantined with reasons, or exact duplicates."""

from assets.validation.checks import allowed_values
from assets.validation.duplicates import find_duplicate_keys
from assets.validation.expectations import BrokenCheckError, ExpectationOutcome, contract_suite, merge_expectations
from assets.validation.limits import batches, check_quarantine_share
from assets.validation.validate import Validated, validate

__all__ = [
    "BrokenCheckError",
    "ExpectationOutcome",
    "Validated",
    "allowed_values",
    "batches",
    "check_quarantine_share",
    "contract_suite",
    "find_duplicate_keys",
    "merge_expectations",
    "validate",
]
