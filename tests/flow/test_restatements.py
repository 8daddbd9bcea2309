"""Each publication names exactly the settled cells in which it differs from the one before, and the right reason.

What it guards against: a changed number that nobody is told of, a night whose ordinary progress is called a
restatement, and a reason that blames a definition for what a late order did. The cells are found a second time here by
pandas, from the files of both versions.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from assets.configuration import Configuration
from assets.publication.publish import publish, read_publication
from assets.publication.restatements import read_restatements
from assets.sources import Window
from assets.warehouse.catalogue import published_marts
from assets.warehouse.database import open_warehouse
from tests.flow.small_company import (
    FIRST_AS_OF,
    HISTORY_START,
    SmallCompany,
    answer_survey,
    cancel_order,
    found_company,
    place_order,
)

Cell = tuple[str, str, str, str | None, str | None]
LATER = FIRST_AS_OF + dt.timedelta(days=2)
# Which rows change with the as-of date alone, told a second time.
UNSETTLED: dict[str, Callable[[dict[str, Any]], bool]] = {
    "kpi": lambda key: key["metric_id"].endswith("_lifetime") or key["metric_id"].startswith("purchase_interval_"),
    "cohort_retention": lambda key: key["kind"] == "on_or_after",
    "contract_survival": lambda key: key["cohort_start"] is None,
    "purchase_intervals": lambda key: not key["measure"].startswith("second_purchase_within_"),
    "repurchase": lambda key: key["window_name"] == "lifetime",
    "upsell": lambda key: key["window_name"] == "lifetime",
}


@dataclass
class Company(SmallCompany):
    """The small company, with settings that can change and a publication."""

    settings: dict[str, Any] = field(default_factory=dict)

    def configuration(self) -> Configuration:
        return super().configuration().model_copy(update=self.settings)

    def publish(self, version: int) -> None:
        """Publish what was built last, as the run `night <version>`."""
        configuration = self.configuration()
        moment = dt.datetime(2024, 6, version, tzinfo=dt.UTC)
        with open_warehouse(configuration.paths.warehouse) as connection:
            folder = configuration.paths.publish
            assert publish(connection, folder, run_id=f"night {version}", published_at=moment, keep_versions=9)

    def restated(self, version: int) -> pd.DataFrame:
        """What a version restates, as the newest version tells it."""
        return read_restatements(self.configuration().paths.publish, version).to_pandas()


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """Published five times: new, after data changed, the same again, two days later, and with another setting."""
    founded = found_company(tmp_path_factory.mktemp("restated") / "company")
    company = Company(founded.folder, founded.rows)
    everything = Window(HISTORY_START, FIRST_AS_OF)
    company.extract(everything)
    company.build(FIRST_AS_OF)
    company.publish(1)
    # An order of 11 November comes late, and one of 11 December is corrected.
    place_order(company, 90, 8, 10)
    company.rows["order_lines"]["o8", 0]["net_amount"] = Decimal("99.99")
    company.extract(everything)
    company.build(FIRST_AS_OF)
    company.publish(2)
    company.publish(3)
    # One order of December is deleted, and two days pass with an order and an answer of their own.
    deleted = next(key for key, row in company.rows["orders"].items() if row["ordered_at"].month == 12)
    cancel_order(company, int(deleted[1:]))
    place_order(company, 91, 7, (LATER - HISTORY_START).days)
    answer_survey(company, 91, 7, (LATER - HISTORY_START).days)
    company.extract(Window(HISTORY_START, LATER))
    company.build(LATER)
    company.publish(4)
    csi = company.configuration().csi
    company.settings = {"csi": csi.model_copy(update={"target": 0.5})}
    company.build(LATER)
    company.publish(5)
    return company


def found_by_pandas(company: Company, old: int, new: int) -> set[Cell]:
    """Mart, key, column, old and new value of each cell of a complete period that differs."""
    versions = company.configuration().paths.publish / "versions"
    folders = [versions / f"{version:06d}" / "marts" for version in (old, new)]
    as_of = min(pd.read_parquet(folder / "publication.parquet")["as_of_date"][0] for folder in folders)
    return {
        cell
        for name, mart in published_marts().items()
        if mart.settled
        for cell in differing_cells(name, list(mart.key), [folder / f"{name}.parquet" for folder in folders], as_of)
    }


def differing_cells(name: str, key: list[str], files: list[Path], as_of: dt.date) -> Iterator[Cell]:
    old, new = (
        {json.dumps(row_key(row, key)): row for row in pd.read_parquet(file).to_dict("records")} for file in files
    )
    for row in old.keys() | new.keys():
        before, after = old.get(row), new.get(row)
        known = before or after
        assert known is not None
        is_unsettled = UNSETTLED.get(name, lambda _: False)(json.loads(row))
        if is_unsettled or not known["is_complete"] or last_day(known) > as_of:
            continue
        for column in [column for column in known if column not in key]:
            values = [absent(side[column]) if side else None for side in (before, after)]
            if not is_same(*values):
                yield name, row, column, text(values[0]), text(values[1])


def row_key(row: dict[str, Any], key: list[str]) -> dict[str, Any]:
    return {name: text(row[name]) if isinstance(row[name], dt.date) else absent(row[name]) for name in key}


def last_day(row: dict[str, Any]) -> dt.date:
    if "after_end" in row:
        return pd.Timestamp(row["after_end"]).date() - dt.timedelta(days=1)
    start = next(row[name] for name in ("period_start", "month_start", "cohort_start") if absent(row.get(name)))
    grain = row.get("grain", "month")
    units = {
        "day": {"days": 1},
        "week": {"days": 7},
        "month": {"months": 1},
        "quarter": {"months": 3},
        "year": {"years": 1},
    }
    return (pd.Timestamp(start) + pd.DateOffset(**units[grain])).date() - dt.timedelta(days=1)


def absent(value: Any) -> Any:
    return None if value is None or value is pd.NaT or (isinstance(value, float) and math.isnan(value)) else value


def is_same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return one == pytest.approx(other, rel=1e-12, abs=1e-12)
    return bool(one == other)


def text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        # pandas reads whole numbers with gaps as floats.
        return str(int(value))
    return str(value)


def told(company: Company, version: int) -> set[Cell]:
    rows = company.restated(version)
    columns = ["mart", "row_key", "column_name", "old_value", "new_value"]
    cells = set()
    for mart, key, column, old, new in rows[columns].itertuples(index=False):
        values = [normal(absent(value)) for value in (old, new)]
        cells.add((mart, json.dumps(json.loads(key)), column, *values))
    return cells


def normal(value: str | None) -> str | None:
    try:
        return text(float(value)) if value is not None and "." in value else value
    except ValueError:
        return value


def normalised(cells: set[Cell]) -> set[Cell]:
    return {(mart, key, column, normal(old), normal(new)) for mart, key, column, old, new in cells}


@pytest.mark.parametrize("version", [2, 4, 5])
def test_exactly_the_settled_cells_that_differ_are_named(company: Company, version: int) -> None:
    expected = normalised(found_by_pandas(company, version - 1, version))
    assert expected
    assert told(company, version) == expected


def test_the_first_version_and_one_that_changed_nothing_restate_nothing(company: Company) -> None:
    assert set(company.restated(1)["version"]) == set()
    first = company.configuration().paths.publish / "versions" / "000001" / "marts" / "restatements.parquet"
    assert len(pd.read_parquet(first)) == 0
    assert len(company.restated(3)) == 0


def test_late_data_and_corrections_are_told_apart_by_the_days_of_the_period(company: Company) -> None:
    rows = company.restated(2)
    rows = rows[rows["mart"] == "kpi"]
    reasons = {
        (grain, str(start)[:7]): set(cells["reason"])
        for (grain, start), cells in rows.groupby(["grain", "period_start"])
    }
    assert reasons["month", "2023-11"] == {"late data"}
    assert reasons["month", "2023-12"] == {"correction"}
    assert reasons["quarter", "2023-10"] == reasons["year", "2023-01"] == {"correction"}


def test_a_deleted_row_is_a_correction_and_a_setting_a_definition(company: Company) -> None:
    december = company.restated(4)
    assert set(december["reason"]) == {"correction"}
    assert set(company.restated(5)["reason"]) == {"definition"}
    assert set(company.restated(5)["column_name"]) == {"target", "gap_to_target"}


def test_periods_that_were_not_complete_are_not_named(company: Company) -> None:
    """January goes on, and every night would restate it."""
    starts = pd.to_datetime(company.restated(4)["period_start"])
    running = company.restated(4)[(starts >= "2024-01-01") & company.restated(4)["grain"].isin(["month", "quarter"])]
    assert len(running) == 0


def test_history_is_handed_on_and_bounded(company: Company, tmp_path: Path) -> None:
    """A warehouse that is built anew from the lake knows nothing of it; the published version does."""
    newest = read_restatements(company.configuration().paths.publish).to_pandas()
    assert sorted(set(newest["version"])) == [2, 4, 5]
    shutil.copytree(company.folder, tmp_path / "copy", symlinks=True)
    configuration = Company(tmp_path / "copy", company.rows).configuration()
    moment = dt.datetime(2024, 6, 5, tzinfo=dt.UTC) + dt.timedelta(days=10)
    with open_warehouse(configuration.paths.warehouse) as connection:
        folder = configuration.paths.publish
        publish(connection, folder, run_id="r", published_at=moment, keep_versions=9, keep_restatements_days=12)
    assert set(read_restatements(folder)["version"]) == {4, 5}
    publication = read_publication(folder)
    assert publication is not None
    assert publication.row_counts["restatements"] == len(newest[newest["version"] > 2])
