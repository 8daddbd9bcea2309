"""Whatever is wrong with a source: one sentence, the exit code of its family, and BI reads the old version as before.

What it guards against: a half-loaded source that is published, a traceback in an operator's mail, an exit code that a
scheduler cannot tell from success, a password in a log.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path

import duckdb
import polars as pl
import pytest
import yaml

from tests.pipelines.published_demo import AS_OF, Told, loyalty

SECRET = "correct-horse-battery"
Damage = Callable[[Path], None]


def change_file(folder: Path, entity: str, change: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
    path = folder / f"{entity}.parquet"
    change(pl.read_parquet(path)).write_parquet(path)


def change_settings(folder: Path, change: Callable[[dict], None]) -> None:
    path = folder / "loyalty.yaml"
    settings = yaml.safe_load(path.read_text())
    change(settings)
    path.write_text(yaml.safe_dump(settings))


def missing_file(folder: Path) -> None:
    (folder / "customers.parquet").unlink()


def cut_off_file(folder: Path) -> None:
    path = folder / "customers.parquet"
    path.write_bytes(path.read_bytes()[:-200])


def missing_column(folder: Path) -> None:
    change_file(folder, "customers", lambda rows: rows.drop("customer_id"))


def empty_file(folder: Path) -> None:
    (folder / "customers.parquet").write_bytes(b"")


def wrong_type(folder: Path) -> None:
    change_file(folder, "orders", lambda rows: rows.with_columns(ordered_at=pl.struct("order_id", "status")))


def wrong_encoding(folder: Path) -> None:
    (folder / "customers.csv").write_bytes("customer_id,segment\nc1,Café\n".encode("cp1252"))
    change_settings(
        folder,
        lambda settings: settings["sources"].update(customers={"file": {"path": "customers.csv", "encoding": "utf-8"}}),
    )


def header_alone(folder: Path) -> None:
    change_file(folder, "contracts", lambda rows: rows.clear())


def unreachable_database(folder: Path) -> None:
    def point_to_database(settings: dict) -> None:
        settings["connections"] = {"shop": {"url": f"postgresql://shop:{SECRET}@127.0.0.1:1/shop"}}
        settings["sources"]["customers"] = {"database": {"connection": "shop", "table": "customers"}}

    change_settings(folder, point_to_database)


def too_many_bad_rows(folder: Path) -> None:
    change_file(folder, "products", lambda rows: rows.with_columns(list_price=-pl.col("list_price")))


def currency_without_rate(folder: Path) -> None:
    is_recent = pl.col("ordered_at").dt.date().is_between(dt.date(2024, 12, 27), dt.date(2024, 12, 29))
    is_changed = pl.col("order_id") == pl.col("order_id").filter(is_recent).sort().last()
    change_file(
        folder,
        "orders",
        lambda rows: rows.with_columns(currency=pl.when(is_changed).then(pl.lit("NOK")).otherwise("currency")),
    )


CASES = [
    (missing_file, 3, r"sources\.customers.*customers\.parquet"),
    (cut_off_file, 3, r"customers\.parquet' is no whole Parquet file"),
    (empty_file, 3, r"customers\.parquet' is empty"),
    (wrong_type, 4, r"sources\.orders.*ordered_at"),
    (wrong_encoding, 3, r"customers\.csv.*encoding"),
    (missing_column, 4, r"sources\.customers.*customer_id"),
    (header_alone, 3, r"sources\.contracts has no row at all, .*`may_be_empty: true` at sources\.contracts"),
    (unreachable_database, 3, r"connection 'shop' does not answer at 127\.0\.0\.1:1"),
    (too_many_bad_rows, 5, r"products.*max_share"),
    (currency_without_rate, 7, r"fx_rates holds no rate of NOK to GBP for 2024-\d\d-\d\d"),
]


@pytest.mark.parametrize(("damage", "exit_code", "says"), CASES, ids=[case[0].__name__ for case in CASES])
def test_a_run_on_bad_input_publishes_nothing_and_says_why(
    own_demo: Path, damage: Damage, exit_code: int, says: str
) -> None:
    damage(own_demo)
    told = loyalty("run", "--config", own_demo / "loyalty.yaml", "--as-of", AS_OF)
    assert told.exit_code == exit_code, told.err
    message = error_message(told)
    assert re.search(says, message), message
    assert "Traceback" not in told.out + told.err
    assert SECRET not in told.out + told.err
    assert published_version(own_demo) == 1
    assert [path.name for path in (own_demo / ".loyalty/publish/versions").iterdir()] == ["000001"]


def error_message(told: Told) -> str:
    (line,) = [line for line in told.err.splitlines() if line.startswith("Error: ")]
    return line


def published_version(folder: Path) -> int:
    with duckdb.connect(str(folder / ".loyalty/publish/current/loyalty.duckdb"), read_only=True) as connection:
        (versions,) = connection.execute("select array_agg(distinct version) from marts.publication").fetchall()
    (version,) = versions[0]
    return int(version)
