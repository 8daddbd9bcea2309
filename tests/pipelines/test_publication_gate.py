"""A number that contradicts itself is never published: identities that gate publication are broken, and must hold it.

What it guards against: an identity whose test looks past the cell that is wrong, that only warns, or that holds by the
way it is counted; a failed test whose marts are published all the same, by this run or by the next.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import duckdb
import polars as pl
import pytest

from assets.errors import WarehouseError
from assets.warehouse import build
from assets.warehouse.project import PROJECT
from tests.nights.published import read_whole_version
from tests.pipelines.published_demo import AS_OF, Told, loyalty

BRIDGE = "assert_mrr_bridge_holds_to_the_cent"
COHORTS = "assert_cohort_sizes_sum_to_customers_with_a_purchase"
NET_PROMOTERS = "assert_promoters_passives_and_detractors_are_all_valid_answers"
CONVERSIONS = "assert_conversion_types_sum_to_all"
COUNTS = "assert_extracted_rows_are_accounted_for"
IDENTITIES = (BRIDGE, COHORTS, NET_PROMOTERS, CONVERSIONS, COUNTS)

# The counts are a relation of their own only before dbt: what it reads of them is built again.
FROM_COUNTS = "int_data_quality__reconciled"

AMOUNT_TOO_MUCH = {
    BRIDGE: "update marts.mrr_movements set churn_amount = churn_amount + 0.01 where rowid = ?",
    COHORTS: "update marts.cohort_retention set cohort_size = cohort_size + 1 where rowid = ?",
    NET_PROMOTERS: "update intermediate.int_survey_scores set low_count = low_count + 1 where rowid = ?",
    CONVERSIONS: "update intermediate.int_conversions__shared set conversion_count = conversion_count + 1"
    " where rowid = ?",
    COUNTS: "update control.partition_counts set extracted = extracted + 1 where rowid = ?",
}
SOMETHING_MISSING = {
    BRIDGE: "update marts.mrr_movements set new_customer_count = new_customer_count - 1 where rowid = ?",
    COHORTS: "delete from marts.cohort_retention where rowid = ?",
    NET_PROMOTERS: "delete from intermediate.int_survey_scores where rowid = ?",
    CONVERSIONS: "delete from intermediate.int_conversions__shared where rowid = ?",
    COUNTS: "update control.partition_counts set extracted = null where rowid = ?",
}
CELLS = {
    BRIDGE: "marts.mrr_movements where dimension = 'segment' and new_customer_count > 0",
    COHORTS: "marts.cohort_retention where grain = 'quarter' and kind = 'rolling' and period_offset = 0",
    NET_PROMOTERS: "intermediate.int_survey_scores where measure = 'nps' and dimension = 'total' and grain = 'day'",
    CONVERSIONS: "intermediate.int_conversions__shared where grain = 'month' and dimension = 'segment'"
    " and conversion_count > 0 and conversion_count < all_conversion_count",
    COUNTS: "control.partition_counts where entity = 'orders' and extracted > 0",
}


@pytest.fixture
def warehouse(published_demo: Path, tmp_path: Path) -> Path:
    """A copy of the demo's warehouse, as the last build left it."""
    shutil.copytree(published_demo / ".loyalty/dbt", tmp_path / "dbt")
    return Path(shutil.copy(published_demo / ".loyalty/warehouse.duckdb", tmp_path))


def outcomes(warehouse: Path) -> dict[str, str]:
    """How the test of each identity ends, the marts being as they are."""
    command = ["build", "--exclude-resource-type", "unit_test", "exposure", "--select", FROM_COUNTS, *IDENTITIES]
    found = {
        result.node.name: str(result.status)
        for result in build.invoke(warehouse, command).result.results
        if result.node.name in (*IDENTITIES, FROM_COUNTS)
    }
    assert found.pop(FROM_COUNTS) == "success"
    return found


@pytest.mark.parametrize("changes", [AMOUNT_TOO_MUCH, SOMETHING_MISSING], ids=["one too much", "something missing"])
def test_one_wrong_cell_fails_the_test_of_its_identity(warehouse: Path, changes: dict[str, str]) -> None:
    """One cell in a relation that holds thousands of right ones."""
    assert outcomes(warehouse) == dict.fromkeys(IDENTITIES, "pass")
    with duckdb.connect(str(warehouse)) as connection:
        for identity, change in changes.items():
            cell = connection.execute(f"select max(rowid) from {CELLS[identity]}").fetchone()
            assert cell is not None
            assert connection.execute(change, cell).fetchone() == (1,), identity
    assert outcomes(warehouse) == dict.fromkeys(IDENTITIES, "fail")


def test_a_wrong_model_is_not_published_and_the_right_one_is(
    own_demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run that builds it says which test failed; the next finds nothing new in the lake and builds all the same."""
    publish = own_demo / ".loyalty/publish"
    before = files_of(publish)
    move_a_customer(own_demo)
    monkeypatch.setattr(build, "PROJECT", project_with_a_wrong_bridge(tmp_path / "dbt_project"))
    ended = night(own_demo)
    assert ended.exit_code == WarehouseError.exit_code == 7
    last = ended.err.splitlines()[-1]
    assert last.startswith(f"Error: The test {BRIDGE} failed: ")
    assert last.endswith(" rows. Nothing was published; what BI reads stays as it was.")
    assert "Traceback" not in ended.err
    assert files_of(publish) == before
    assert told_status(own_demo) == (1, ["failure", "success"])
    monkeypatch.undo()
    ended = night(own_demo)
    assert ended.exit_code == 0, ended.err
    assert told_status(own_demo) == (2, ["success", "failure", "success"])
    assert read_whole_version(publish) == []
    wrong = (
        "start_customer_count + new_customer_count + reactivation_customer_count - churn_customer_count"
        " <> end_customer_count"
    )
    with duckdb.connect(str(publish / "current/loyalty.duckdb"), read_only=True) as connection:
        assert connection.execute(f"select count(*) from marts.mrr_movements where {wrong}").fetchone() == (0,)


def night(demo: Path) -> Told:
    """A run as of the demo's last day."""
    return loyalty("run", "--config", demo / "loyalty.yaml", "--as-of", AS_OF)


def told_status(demo: Path) -> tuple[int, list[str]]:
    """The published version, and how the runs ended, the latest first."""
    report = json.loads(loyalty("status", "--config", demo / "loyalty.yaml", "--json").out)
    return report["published"]["version"], [run["status"] for run in report["runs"]]


def files_of(publish: Path) -> dict[str, tuple[int, int]]:
    """Every file that BI could read with its size and time of change, and the version that is current."""
    files = {str(path): path.stat() for path in publish.rglob("*") if path.is_file()}
    found = {name: (stat.st_size, stat.st_mtime_ns) for name, stat in files.items()}
    return found | {str((publish / "current").resolve()): (0, 0)}


def move_a_customer(demo: Path) -> None:
    """One customer moves to another region, so that there is something to build."""
    file = demo / "customers.parquet"
    customers = pl.read_parquet(file)
    mover = customers["customer_id"].drop_nulls().min()
    moves = pl.when(pl.col("customer_id") == mover).then(pl.lit("Moon")).otherwise("region").alias("region")
    customers.with_columns(moves).write_parquet(file)


def project_with_a_wrong_bridge(folder: Path) -> Path:
    """A copy of the dbt project in whose mart of recurring revenue one customer too many has left."""
    shutil.copytree(PROJECT, folder)
    model = folder / "models/marts/mrr_movements.sql"
    right = model.read_text()
    count = "cast({{ movement }}_customer_count as bigint)"
    wrong = right.replace(count, f"{count} + {{{{ 1 if movement == 'churn' else 0 }}}}")
    assert wrong != right
    model.write_text(wrong)
    return folder
