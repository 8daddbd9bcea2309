"""The check of each mart: the dbt tests of the mart and of all that it is built from.

A mart is only as right as what it stands on, and what it stands on has no check of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import dagster as dg

from assets.warehouse.build import FAILED, NodeResult
from assets.warehouse.graph import LEDGER, WarehouseGraph

TESTS_CHECK = "dbt_tests"
SKIPPED = "skipped"
CountedTests = Mapping[dg.AssetKey, frozenset[str]]


def counted_tests(manifest: Mapping[str, Any], graph: WarehouseGraph) -> CountedTests:
    """The data tests that the check of each mart counts, and at the ledger all of them.

    A test that holds a model against what the model was built from speaks of the model alone.
    """
    lineages = {key: graph.lineage(key) for key in graph.keys.values()}
    subjects: dict[str, set[dg.AssetKey]] = {}
    for name, node in manifest["nodes"].items():
        if node["resource_type"] == "test":
            read = {graph.keys[model] for model in node["depends_on"]["nodes"] if model in graph.keys}
            origins = {origin for model in read for origin in lineages[model] - {model}}
            subjects[name] = read - origins
    of_marts = {
        mart: frozenset(name for name, models in subjects.items() if models & lineages[mart]) for mart in graph.marts
    }
    return {LEDGER: frozenset(subjects), **of_marts}


def check_specs(assets: Iterable[dg.AssetKey]) -> list[dg.AssetCheckSpec]:
    """One check for each of the assets."""
    of_mart = "All dbt tests of the mart and of the models that it is built from hold."
    described = {LEDGER: "All dbt tests of the run hold."}
    return [
        dg.AssetCheckSpec(TESTS_CHECK, asset=key, description=described.get(key, of_mart)) for key in sorted(assets)
    ]


def check_results(results: Sequence[NodeResult], tests: CountedTests) -> Iterator[dg.AssetCheckResult]:
    """The result of each check; none where tests were left out after a failure and those that ran hold.

    Dagster then shows that the check did not come to its end, as it is.
    """
    by_name = {result.unique_id: result for result in results}
    for key, names in tests.items():
        found = [by_name[name] for name in sorted(names) if name in by_name]
        unmet = [test for test in found if test.status not in {"pass", SKIPPED}]
        is_error = any(test.status in FAILED for test in unmet)
        if not is_error and any(test.status == SKIPPED for test in found):
            continue
        yield dg.AssetCheckResult(
            asset_key=key,
            check_name=TESTS_CHECK,
            passed=not unmet,
            severity=dg.AssetCheckSeverity.ERROR if is_error else dg.AssetCheckSeverity.WARN,
            metadata=_metadata(found, unmet),
        )


def unchanged(tests: CountedTests) -> Iterator[dg.AssetCheckResult]:
    """The checks of a night without news: the UI would else show each as one that did not pass."""
    description = "Nothing is new: no model was built again, and the tests held when they were."
    for key in tests:
        yield dg.AssetCheckResult(asset_key=key, check_name=TESTS_CHECK, passed=True, description=description)


def _metadata(found: Sequence[NodeResult], unmet: Sequence[NodeResult]) -> dict[str, dg.MetadataValue]:
    by_status = Counter(test.status for test in found)
    metadata: dict[str, dg.MetadataValue] = {
        "tests": dg.MetadataValue.int(len(found)),
        "by_status": dg.MetadataValue.json(dict(by_status)),
    }
    if unmet:
        metadata["unmet"] = dg.MetadataValue.table([_record(test) for test in unmet])
    return metadata


def _record(test: NodeResult) -> dg.TableRecord:
    name = test.unique_id.split(".")[2]
    return dg.TableRecord({"test": name, "status": test.status, "failing_rows": test.failures})
