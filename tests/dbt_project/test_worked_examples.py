"""The examples by hand of docs/decisions and the unit tests of the models tell the same numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Any

import pytest
import yaml

from assets.warehouse.catalogue import KPI, Metric, read_catalogue
from assets.warehouse.project import PROJECT

DECISIONS = PROJECT.parent / "docs" / "decisions"
PAGE = DECISIONS / "worked-examples.md"
# A row of an example: | `number` | how it is worked | result | `model.unit_test` |
EXAMPLE = re.compile(
    r"^\| `(?P<number>\w+)` \|.*\| (?P<result>[^|]+) \| `(?P<model>\w+)\.(?P<test>\w+)` \|$", re.MULTILINE
)
UNIT_TEST = re.compile(r"`([a-z_]+)\.([a-z_]+)`")


@dataclass(frozen=True)
class Example:
    """One number that the page works by hand, and the unit test that is said to hold it."""

    number: str
    result: str
    model: str
    test: str


@cache
def expected_rows() -> dict[tuple[str, str], list[dict[str, Any]]]:
    """The rows that each unit test expects, by its model and its name."""
    paths = (PROJECT / "models").rglob("*.yml")
    read = (yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader) for path in paths)
    tests = chain.from_iterable(page.get("unit_tests", []) for page in read)
    return {(test["model"], test["name"]): test["expect"]["rows"] for test in tests}


def examples() -> Iterator[Example]:
    """The rows of the page that name a result and the unit test that holds it."""
    for found in EXAMPLE.finditer(PAGE.read_text(encoding="utf-8")):
        yield Example(**found.groupdict())


def tells(value: Any, result: str) -> bool:
    """Whether a value of a unit test is the result, to as many digits as the page gives."""
    if value is None or isinstance(value, bool | str):
        return str(value) == result
    digits = len(result.partition(".")[2])
    return abs(float(value) - float(result)) <= 0.5 * 10.0**-digits + 1e-9


def holds(row: dict[str, Any], example: Example) -> bool:
    """Whether an expected row has the number: as the metric of that id, or in a column of that name."""
    if row.get("metric_id") == example.number:
        return tells(row.get("value"), example.result)
    return example.number in row and tells(row[example.number], example.result)


def test_every_metric_is_worked_by_hand_in_the_decisions() -> None:
    """A definition without an example is read in two ways."""
    decisions = "\n".join(path.read_text(encoding="utf-8") for path in DECISIONS.glob("*.md"))
    assert [metric.metric_id for metric in read_catalogue() if f"`{metric.metric_id}`" not in decisions] == []


def has_a_value(metric: Metric) -> bool:
    """Whether a unit test of the metric's own model expects a value of it."""
    rows = chain.from_iterable(rows for (model, _), rows in expected_rows().items() if model == metric.owner_model)
    return any(row.get("metric_id") == metric.metric_id and row.get("value") is not None for row in rows)


def test_every_metric_comes_out_of_a_unit_test_of_its_model() -> None:
    """An example on paper alone is not what the warehouse computes. What stands in a mart alone has many numbers."""
    numbers = [metric for metric in read_catalogue() if KPI in metric.marts]
    assert [metric.metric_id for metric in numbers if not has_a_value(metric)] == []


def test_every_unit_test_that_the_page_names_is_there() -> None:
    """A unit test that was renamed leaves an example that nothing checks."""
    named = UNIT_TEST.findall(PAGE.read_text(encoding="utf-8"))
    assert [name for name in named if name not in expected_rows()] == []
    assert len(set(named)) > 20


def test_every_result_of_the_page_is_what_its_unit_test_expects() -> None:
    """A number changed on one side only would leave the page wrong."""
    differing = [
        example
        for example in examples()
        if not any(holds(row, example) for row in expected_rows()[example.model, example.test])
    ]
    assert differing == []


def test_no_row_of_the_page_is_left_unread() -> None:
    """A row that the pattern does not match would be compared with nothing."""
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    assert len(list(examples())) == len(rows) > 60


@pytest.mark.parametrize(
    ("value", "result", "same"),
    [
        (-20, "-20", True),
        (0.6982354860988502, "0.6982", True),
        (0.6982354860988502, "0.6983", False),
        (0.6000000000000001, "0.6", True),
        (0.66, "0.6", False),
        ("keep_up", "keep_up", True),
        (None, "0", False),
        (True, "1", False),
    ],
)
def test_results_are_compared_to_the_digits_that_are_given(value: Any, result: str, same: bool) -> None:
    """A comparison that takes anything for equal would keep nothing in step."""
    assert tells(value, result) is same
