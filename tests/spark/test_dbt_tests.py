"""The tests that stand beside the models hold on Spark as well; the data tests ran with the build of `both`."""

from __future__ import annotations

from assets.warehouse.build import invoke
from tests.spark.both_engines import BothEngines

ONLY_ON_DUCKDB = (
    # What only touched customers are read for on DuckDB, Spark reads anew for all.
    "only_touched_customers_are_read_again",
    # Unit tests compare doubles to the last bit, in which Java's exp differs; the mart is compared to 1e-9.
    "p_value_matches_the_worked_example",
)


def test_every_unit_test_of_the_models_passes(both: BothEngines) -> None:
    """A branch that no data set of these tests reaches, and that Spark reads otherwise than DuckDB."""
    command = ["test", "--select", "test_type:unit", "--exclude", *ONLY_ON_DUCKDB]
    outcome = invoke(both.on_spark.paths.warehouse, command, spark=both.on_spark.spark)
    results = outcome.result.results
    assert [f"{r.node.name}: {r.message}" for r in results if str(r.status) not in {"pass", "success"}] == []
    assert len(results) > 300
