"""What Spark reads of the lake: the files that the manifests name, and no others."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest

from assets.configuration import SparkServer
from assets.lake.manifest import Lake
from assets.sources import Window
from assets.spark.connection import connected
from assets.spark.tables import bring_lake
from assets.warehouse.absorb import absorb
from assets.warehouse.database import open_warehouse
from tests.flow.small_company import FIRST_AS_OF, HISTORY_START, SmallCompany, cancel_order, found_company, place_order

WINDOW = Window(HISTORY_START, FIRST_AS_OF)
ORDERS = "select order_id, customer_id, cast(business_day as string) from {} order by all"


@pytest.fixture
def company(tmp_path: Path) -> SmallCompany:
    founded = found_company(tmp_path / "company")
    founded.extract(WINDOW)
    return founded


def bring(company: SmallCompany, server: SparkServer, as_of: dt.date = FIRST_AS_OF) -> tuple[list[str], list[str]]:
    """Bring the lake over as of a day: the entities that Spark made anew, and where its orders differ from DuckDB's."""
    configuration = company.configuration()
    lake = Lake(configuration.paths.lake, configuration.paths.quarantine)
    with open_warehouse(configuration.paths.warehouse) as connection, connected(server) as session:
        absorb(connection, lake, configuration, as_of, "models")
        anew = bring_lake(session, connection, lake)
        theirs = [tuple(row) for row in session.rows(ORDERS.format("lake.orders"))]
        ours = connection.execute(ORDERS.format("lake.orders")).fetchall()
        assert ours
    return anew, [str(row) for row in set(ours) ^ set(theirs)]


def test_a_replaced_file_does_not_count(company: SmallCompany, spark: SparkServer) -> None:
    """A killed run leaves files of the older version beside the newer: read as well, they would double rows."""
    bring(company, spark)
    old = {path: path.read_bytes() for path in (company.folder / "lake" / "orders").rglob("*.parquet")}
    place_order(company, 3, 44, 15)
    cancel_order(company, 5)
    company.extract(WINDOW)
    for path, content in old.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    anew, different = bring(company, spark)
    assert different == []
    assert set(anew) == {"orders", "order_lines"}


def test_what_did_not_change_is_not_read_again(company: SmallCompany, spark: SparkServer) -> None:
    bring(company, spark)
    assert bring(company, spark) == ([], [])


def test_an_earlier_day_has_only_its_partitions(company: SmallCompany, spark: SparkServer) -> None:
    bring(company, spark)
    assert bring(company, spark, FIRST_AS_OF - dt.timedelta(days=30))[1] == []


def test_the_name_of_a_folder_is_no_pattern(tmp_path: Path, company: SmallCompany, spark: SparkServer) -> None:
    """Spark reads braces of a path as a choice: it would read other files than those named, or none."""
    from assets.errors import WarehouseError

    elsewhere = SmallCompany(tmp_path / "a{b,c}", company.rows, company.entities)
    shutil.copytree(company.folder, elsewhere.folder)
    with pytest.raises(WarehouseError, match=r"give paths\.lake a name without"):
        bring(elsewhere, spark)
