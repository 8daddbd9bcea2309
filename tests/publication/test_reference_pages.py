"""The reference pages are what the YAML and the settings say, and they leave nothing out.

What it guards against: a definition that was changed and a page that still tells the old one, a metric or a mart that
is published and that no reader can look up, a link that leads nowhere.
"""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest
from pydantic import BaseModel

from assets.configuration import Configuration
from assets.configuration.reference_page import CONFIGURATION_PAGE, meaning, models
from assets.publication.publish import PUBLICATION
from assets.publication.reference_pages import MARTS_PAGE, METRICS_PAGE, described_marts, reference_pages
from assets.publication.restatements import MART
from assets.warehouse.catalogue import columns_of, published_marts, read_catalogue, types_of
from tests.publication.bi_readers import columns_of_marts

PROJECT = Path(__file__).parents[2]
SECTION = re.compile(r"^## (\w+)$", re.MULTILINE)


@pytest.mark.parametrize("path", reference_pages(), ids=str)
def test_the_pages_are_up_to_date(path: Path) -> None:
    """YAML or settings changed without `python -m assets.publication.reference_pages` leaves readers behind."""
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


@pytest.mark.parametrize("model", models(), ids=lambda model: model.__name__)
def test_every_setting_has_a_meaning_of_one_sentence(model: type[BaseModel]) -> None:
    for name in model.model_fields:
        told = meaning(model, name)
        assert re.fullmatch(r"[A-Z].*[^.]\.", told), f"{model.__name__}.{name}: {told!r}"
        assert not re.search(r"\. [A-Z]", told), f"{model.__name__}.{name}: {told!r}"


def test_settings_are_told_as_they_are_written() -> None:
    """Keys as in the file, not as in Python; choices, bounds and defaults beside them."""
    page = reference_pages()[CONFIGURATION_PAGE]
    assert SECTION.findall(page) == list(Configuration.model_fields)
    for row in (
        "| `company.history_start` | day, as 2022-01-31 | required | ",
        "| `publish.postgres.schema` | text | `loyalty` | ",
        "| `sources.ENTITY.rest.day_param.from` | text |  | ",
        "| `sources.ENTITY.file.format` | `csv`, `parquet`, `ndjson`, `excel` |  | ",
        "| `repurchase.window_days` | list of: whole number, at least 1 | `[365, 90, 180]` | ",
        "| `csi.target` | number, at least 0 and at most 1 | `0.95` | ",
        "| `csi.satisfied_from` | by number: number |  | ",
        "| `paths.lake` | path | `.loyalty/lake` | ",
    ):
        assert f"\n{row}" in page, row


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
