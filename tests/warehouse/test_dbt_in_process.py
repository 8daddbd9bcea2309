"""dbt in this process: what it brings must not change what the process writes to its terminal."""

from __future__ import annotations

from pathlib import Path

from tests.pipelines.published_demo import AS_OF, loyalty_process


def test_a_run_that_builds_tells_each_line_once(tmp_path: Path) -> None:
    """A library of dbt's has the root log written to the terminal as soon as it is imported."""
    (tmp_path / "orders.csv").write_text("order_id,customer_id,ordered_at,status\n1,a,2024-12-30,completed\n")
    (tmp_path / "lines.csv").write_text("order_id,product_id,quantity,net_amount\n1,p,1,10\n")
    (tmp_path / "loyalty.yaml").write_text(
        "company: {name: Small, timezone: UTC, currency: EUR, history_start: 2024-12-01}\n"
        "sources: {orders: {file: orders.csv}, order_lines: {file: lines.csv}}\n"
    )
    ended = loyalty_process("run", "--config", tmp_path / "loyalty.yaml", "--as-of", AS_OF)
    assert ended.returncode == 0, ended.stderr
    lines = ended.stderr.splitlines()
    assert [line for line in lines if "loyalty." in line.split(" ")[0]] == []
    assert len([line for line in lines if "orders: 1 rows accepted" in line]) == 1
