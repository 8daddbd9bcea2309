"""`loyalty check` reads like advice: the most urgent first, what becomes of bad rows, and what to do next.

What it guards against: an error above fifteen lines that say all is well, a warning that does not tell what a run will
do, types of a library where a person looks for names of columns.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from assets.sources.checks import Finding, check_sources
from pipelines.check_lines import check_lines
from tests.sources.one_source import configured

WELL = Finding("info", "sources.orders", "looked at 1,000 rows")
ODD = Finding("warning", "sources.customers", "segment is odd")
WRONG = Finding("error", "connections.shop", "does not answer")


def test_the_most_urgent_comes_first_and_the_last_line_says_what_is_next() -> None:
    *findings, last = check_lines([WELL, ODD, WRONG], "loyalty run")
    assert findings == [
        "error    connections.shop: does not answer",
        "warning  sources.customers: segment is odd",
        "ok       sources.orders: looked at 1,000 rows",
    ]
    assert last == "1 error in the way of a run. After mending: loyalty check"


@pytest.mark.parametrize(("findings", "warns"), [([WELL], False), ([WELL, ODD], True)])
def test_without_an_error_the_next_step_is_a_run(findings: list[Finding], warns: bool) -> None:
    lines = list(check_lines(findings, "loyalty run"))
    assert lines[-1] == "Nothing stands in the way. Next: loyalty run"
    assert ("Worth a look first: 1 warning above." in lines) == warns


def found(folder: Path, rows: list[str]) -> list[Finding]:
    """What is found in a file of orders; the third of its columns is the moment of the order."""
    file = folder / "orders.csv"
    file.write_text("\n".join(["id,customer,at", *rows]) + "\n", encoding="utf-8")
    columns = {"order_id": "id", "customer_id": "customer", "ordered_at": "at", "status": "'completed'"}
    return check_sources(configured(orders={"file": str(file), "columns": columns}))


def test_good_data_are_told_in_names_of_columns(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, [f"{n},c{n},2024-01-02" for n in range(30)])
    assert finding.level == "info"
    seen = "looked at 30 rows, the first of 2024-01-02; values in order_id, customer_id, ordered_at, status; none in "
    assert finding.message.startswith(seen)
    assert "String" not in finding.message


def test_half_good_data_are_told_with_what_a_run_does(tmp_path: Path) -> None:
    """One gap in thirty rows goes to quarantine; ten in forty stop the run."""
    _, few = found(tmp_path, [*(f"{n},c{n},2024-01-02" for n in range(29)), ",c,2024-01-02"])
    assert few.level == "warning"
    assert few.message.startswith("order_id is empty in 1 of 30 rows (3.3%, they go to quarantine); fill order_id")
    _, many = found(tmp_path, [*(f"{n},c{n},2024-01-02" for n in range(30)), *[",c,2024-01-02"] * 10])
    assert "10 of 40 rows (25.0%, a run stops above quarantine.max_share, 5%)" in many.message


def test_no_rows_are_told_with_the_two_reasons_there_can_be(tmp_path: Path) -> None:
    told = found(tmp_path, [])[-1]
    assert told == Finding(
        "warning", "sources.orders", "there are no rows: the source is empty, or `where` leaves all out"
    )
