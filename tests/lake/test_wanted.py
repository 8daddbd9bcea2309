"""What a backfill that was stopped has left to do, the next night does before it publishes.

What it guards against: orders of last year with their new rows beside lines with their old ones, published by a night
that knows nothing of it; and a night that fails for ever on old days whose rows a contract refuses.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import dagster as dg
import pytest

from assets.contracts import load_contract
from assets.errors import LakeError, QuarantineLimitError
from assets.lake.asset import load_for_run
from assets.lake.manifest import Lake
from assets.lake.wanted import read_wanted, want
from assets.lake.window import night_tags, nightly_window, window_tags
from assets.sources import Window
from tests.flow.small_company import FIRST_AS_OF, HISTORY_START, SmallCompany, found_company

LONG_AGO = Window(HISTORY_START + dt.timedelta(days=10), HISTORY_START + dt.timedelta(days=40))
ENTITIES = ("orders", "order_lines")


@pytest.fixture
def company(tmp_path: Path) -> SmallCompany:
    """A company whose history is in the lake."""
    company = found_company(tmp_path / "company")
    company.extract(Window(HISTORY_START, FIRST_AS_OF))
    return company


def lake_of(company: SmallCompany) -> Lake:
    paths = company.configuration().paths
    return Lake(paths.lake, paths.quarantine)


def backfill(run_id: str = "stopped") -> dg.DagsterRun:
    selection = frozenset(dg.AssetKey(["lake", entity]) for entity in ENTITIES)
    return dg.DagsterRun("backfill", run_id, tags=window_tags(LONG_AGO), asset_selection=selection)


@pytest.mark.parametrize("chosen", [None, frozenset()])
def test_a_run_that_chose_no_entities_wants_all(company: SmallCompany, chosen: frozenset[dg.AssetKey] | None) -> None:
    """Dagster tells an empty choice of a job that is run whole: taken as it is written, nothing was wanted."""
    run = dg.DagsterRun("backfill", tags=window_tags(LONG_AGO), asset_selection=chosen)
    load_for_run("customers", company.configuration(), run, None)
    (left,) = read_wanted(lake_of(company))
    events = {entity for entity in company.configuration().sources if load_contract(entity).kind == "event"}
    assert set(left.entities) == events


def test_a_night_does_what_a_stopped_backfill_has_left(company: SmallCompany) -> None:
    configuration, lake = company.configuration(), lake_of(company)
    ordinary = {entity: nightly_window(lake, configuration, entity, FIRST_AS_OF) for entity in ENTITIES}
    load_for_run("orders", configuration, backfill(), None)
    assert [(left.entities, left.window) for left in read_wanted(lake)] == [(("order_lines",), LONG_AGO)]
    assert nightly_window(lake, configuration, "orders", FIRST_AS_OF) == ordinary["orders"]
    assert set(nightly_window(lake, configuration, "order_lines", FIRST_AS_OF).days) >= set(LONG_AGO.days)
    night = dg.DagsterRun("nightly", tags=night_tags(FIRST_AS_OF))
    load_for_run("order_lines", configuration, night, None)
    assert read_wanted(lake) == []
    assert set(nightly_window(lake, configuration, "order_lines", FIRST_AS_OF).days) == set(
        ordinary["order_lines"].days
    )


def test_a_backfill_that_comes_to_its_end_leaves_nothing(company: SmallCompany) -> None:
    for entity in ENTITIES:
        load_for_run(entity, company.configuration(), backfill(), None)
    assert read_wanted(lake_of(company)) == []


def test_two_stopped_backfills_are_both_completed(company: SmallCompany) -> None:
    lake = lake_of(company)
    single = Window(LONG_AGO.first_day, LONG_AGO.last_day + dt.timedelta(days=9), frozenset([LONG_AGO.first_day]))
    want(lake, "one", LONG_AGO, ["orders", "customers"])
    want(lake, "two", single, ["orders"])
    assert [left.window for left in read_wanted(lake)] == [LONG_AGO, single]
    load_for_run("orders", company.configuration(), dg.DagsterRun("nightly", tags=night_tags(FIRST_AS_OF)), None)
    assert read_wanted(lake) == []


def test_days_that_the_contract_refuses_are_not_tried_every_night(company: SmallCompany) -> None:
    for order in company.rows["orders"].values():
        order["status"] = "no status of ours"
    company.write_sources()
    strict = company.configuration().model_copy(update={"quarantine": type(company.configuration().quarantine)()})
    with pytest.raises(QuarantineLimitError):
        load_for_run("orders", strict, backfill(), None)
    assert [left.entities for left in read_wanted(lake_of(company))] == [("order_lines",)]


def test_what_cannot_be_read_is_named(company: SmallCompany) -> None:
    lake = lake_of(company)
    want(lake, "cut", LONG_AGO, ["orders"])
    (file,) = (lake.accepted / ".wanted").iterdir()
    file.write_text('{"first_day": "20')
    with pytest.raises(LakeError, match=r"cut\.json.*Delete it, and backfill"):
        read_wanted(lake)
