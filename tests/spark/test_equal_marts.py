"""The same lake gives the same marts on Spark: counts and decimals exactly, doubles to 1e-9."""

from __future__ import annotations

import datetime as dt

from tests.flow.small_company import answer_survey, cancel_order, place_order, return_goods, start_contract
from tests.spark.both_engines import BothEngines


def test_marts_of_spark_equal_those_of_duckdb(both: BothEngines) -> None:
    """Who outgrows one machine must not find other numbers on the next; dbt's data tests held on the way."""
    assert both.differences() == []


def test_after_another_night_they_still_do(both: BothEngines) -> None:
    """DuckDB replaces what a night touches, Spark makes all anew: late, changed and deleted rows, and a return."""
    both.as_of += dt.timedelta(days=1)
    place_order(both.company, 40, 17, 81)
    place_order(both.company, 3, 44, 15)
    cancel_order(both.company, 5)
    return_goods(both.company, 41, 9, 80)
    start_contract(both.company, 7, "ada", 79)
    answer_survey(both.company, 30, 5, 80)
    both.build()
    assert both.differences() == []
