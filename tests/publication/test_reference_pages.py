"""The reference pages of metrics and marts are what the YAML says, and they leave nothing out.

What it guards against: a definition that was changed and a page that still tells the old one, a metric or a mart that
is published and that no reader can look up, a link that leads nowhere.
"""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest

from assets.publication.publish import PUBLICATION
from assets.publication.reference_pages import MARTS_PAGE, METRICS_PAGE, described_marts, reference_pages
from assets.publication.restatements import MART
from assets.warehouse.catalogue import columns_of, published_marts, read_catalogue, types_of
from tests.publication.bi_readers import columns_of_marts

PROJECT = Path(__file__).parents[2]
SECTION = re.compile(r"^## (\w+)$", re.MULTILINE)


@pytest.mark.parametrize("path", reference_pages(), ids=str)
def test_the_pages_are_up_to_date(path: Path) -> None:
    """YAML that was changed without `python -m assets.publication.reference_pages` leaves readers behind."""
    assert (PROJECT / path).read_text(encoding="utf-8") == reference_pages()[path]


def test_every_metric_and_every_mart_has_a_section() -> None:
    pages = reference_pages()
    assert SECTION.findall(pages[METRICS_PAGE]) == [metric.metric_id for metric in read_catalogue()]
    assert SECTION.findall(pages[MARTS_PAGE]) == sorted([*published_marts(), MART, PUBLICATION])


def test_every_link_between_the_pages_leads_to_a_section() -> None:
    pages = reference_pages()
    sections = {path: set(SECTION.findall(text)) for path, text in pages.items()}
    for path, text in pages.items():
        for file, anchor in re.findall(r"\]\(([\w.]*)#(\w+)\)", text):
            assert anchor in sections[path.parent / file if file else path], (path, file, anchor)


@pytest.mark.parametrize("mart", published_marts())
def test_every_column_has_a_type_and_a_meaning(mart: str) -> None:
    assert types_of(mart).keys() == columns_of(mart).keys()
    assert all(columns_of(mart).values())


def test_the_pages_columns_and_types_are_those_that_are_published(published_demo: Path) -> None:
    """What a reader finds in the file, mart by mart and in the order of the columns."""
    file = published_demo / ".loyalty/publish/current/loyalty.duckdb"
    with duckdb.connect(str(file), read_only=True) as connection:
        found = columns_of_marts(connection)
    told = {
        mart.name: {name: data_type.upper() for name, (data_type, _) in mart.columns.items()}
        for mart in described_marts()
    }
    assert told == found
    assert {mart: list(columns) for mart, columns in told.items()} == {m: list(c) for m, c in found.items()}
