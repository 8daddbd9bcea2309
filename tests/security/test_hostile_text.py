"""Hostile names, ids and comments do no more than their text, from the source to what BI and the terminal show.

What it guards against: SQL, Jinja, HTML, terminal or shell code in somebody's name that is run; a file that is written
elsewhere; a folder whose name is taken for a pattern.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
import yaml

from assets.configuration import Configuration
from assets.configuration.file import load_configuration
from assets.contracts import load_contract, polars_schema
from assets.errors import ConfigurationError
from assets.lake.load import load_entity
from assets.lake.outcomes import build_site
from assets.lake.quarantine import quarantined_rows
from assets.publication.publish import publish
from assets.sources import Window
from assets.warehouse.database import open_warehouse
from tests.flow.small_company import EXTRACTED_ON, FIRST_AS_OF, HISTORY_START, SmallCompany, found_company
from tests.pipelines.published_demo import loyalty

TEXTS = [
    "Robert'); DROP TABLE lake.orders; --",
    '"; DROP SCHEMA marts CASCADE; --',
    "{{ 7 * 7 }}{% raw %}{{ env_var('HOME') }}",
    "${HOME} $(touch pwned) `touch pwned`",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "../../../../pwned",
    "line\nbreak\r\nand\ttab",
    "\u202egnp.exe\u2066 right to left\u200b",
    "\x1b[31mred\x1b]0;title\x07\x08\x9b2J",
    "=HYPERLINK(\"http://x\")|cmd|' /C calc'!A0",
    "%s %d {} {0.__class__} \\x00 \\' \\",
    "NULL",
    "日本語 é 😀",
]
SHOWN = "<script>alert(1)"
COLUMN = 'the "id"; DROP TABLE x; -- {{ y }} ${HOME} <b>\u202e'
FOLDER = 'acme\'s "data" {y} {{ z }} ;$(touch pwned) <b>'

# A text in the settings that looks like a variable is one: here its value is what it looks like.
ENVIRONMENT = {"HOME": "${HOME}"}


@dataclass(frozen=True)
class Hostile:
    """A company whose every text is hostile, after its whole flow."""

    company: SmallCompany
    configuration: Configuration
    docs: Path

    @property
    def settings(self) -> Path:
        return self.company.folder / "loyalty.yaml"


@contextmanager
def working_in(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Hostile:
    base = tmp_path_factory.mktemp("hostile")
    company = found_company(base / FOLDER)
    _make_hostile(company)
    settings = _write_sources(company)
    with working_in(base):
        configuration = load_configuration(settings, ENVIRONMENT)
        for entity in company.entities:
            load_entity(entity, configuration, Window(HISTORY_START, FIRST_AS_OF), EXTRACTED_ON)
        company.configuration = lambda: configuration  # type: ignore[method-assign]
        assert company.build(FIRST_AS_OF)
        night = dt.datetime(2024, 1, 21, tzinfo=dt.UTC)
        with open_warehouse(configuration.paths.warehouse) as connection:
            publish(connection, configuration.paths.publish, run_id=SHOWN, published_at=night, keep_versions=7)
        docs = build_site(configuration, "a-run", night).parent
    return Hostile(company, configuration, docs)


def _make_hostile(company: SmallCompany) -> None:
    """Each customer, product, channel, question and comment gets a hostile text, consistently."""
    names = dict(zip(["ada", "ben", "cleo", "dan", "eve", "finn"], TEXTS, strict=False))
    products = dict(zip(["milk", "whole milk", "cheese", "soap", "mystery"], TEXTS[6:], strict=False))
    company.rows["customers"] |= {text: {"customer_id": text, "segment": text, "region": text} for text in TEXTS}
    for rows in company.rows.values():
        for number, row in enumerate(rows.values()):
            text = TEXTS[number % len(TEXTS)]
            row.update({k: names.get(row[k], row[k]) for k in ("customer_id",) if k in row})
            row.update({k: products.get(row[k], row[k]) for k in ("product_id",) if k in row})
            row.update({k: text for k in ("segment", "region", "channel", "plan_id", "parameter") if row.get(k)})
    for number, row in enumerate(company.rows["survey_responses"].values()):
        row.update(reason_code=TEXTS[number % len(TEXTS)], employee_id=TEXTS[number % len(TEXTS)], brand=TEXTS[4])
    for number, row in enumerate(company.rows["orders"].values()):
        row.update(employee_id=TEXTS[number % len(TEXTS)], location_id=TEXTS[number % len(TEXTS)])
        row["status"] = TEXTS[number % len(TEXTS)] if number % 4 == 0 else row["status"]
    company.rows["business_events"] = {
        text: {"event_id": text, "name": text, "starts_on": HISTORY_START, "segment": text} for text in TEXTS
    }


def _write_sources(company: SmallCompany) -> Path:
    """Sources whose files and columns have hostile names, and settings that read them."""
    sources: dict[str, Any] = {}
    for entity in company.entities:
        schema = polars_schema(load_contract(entity))
        rows = [{**dict.fromkeys(schema), **row} for row in company.rows[entity].values()]
        first = load_contract(entity).column_names[0]
        path = company.folder / f"{entity} ' \" ;[1].parquet"
        pl.DataFrame(rows, schema=schema, orient="row").rename({first: COLUMN}).write_parquet(path)
        sources[entity] = {"file": path.name, "columns": {first: '"' + COLUMN.replace('"', '""') + '"'}}
    document = {
        "company": {"name": TEXTS[8], "timezone": "Europe/London", "currency": "GBP", "history_start": HISTORY_START},
        "sources": sources,
        "orders": {"valid_statuses": ["completed", TEXTS[4]]},
        "quarantine": {"max_share": 1},
        "privacy": {"minimum_n": 0},
    }
    settings = company.folder / "loyalty.yaml"
    settings.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    return settings


def published(hostile: Hostile, query: str) -> list[Any]:
    current = hostile.configuration.paths.publish / "current"
    with duckdb.connect(str(current / "loyalty.duckdb"), read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_every_customer_reaches_bi_under_the_very_text_of_the_id(hostile: Hostile) -> None:
    ordered = {row["customer_id"] for row in hostile.company.rows["orders"].values()}
    found = {name for (name,) in published(hostile, "select customer_id from marts.customers")}
    assert set(TEXTS) <= found
    assert ordered <= found
    parquet = pl.read_parquet(hostile.configuration.paths.publish / "current" / "marts" / "customers.parquet")
    assert set(parquet["customer_id"]) == found


def test_dimensions_and_comments_are_kept_as_they_are(hostile: Hostile) -> None:
    shown = {value for (value,) in published(hostile, "select distinct dimension_value from marts.kpi")}
    assert len(shown & set(TEXTS)) > len(TEXTS) / 2
    (reasons,) = published(hostile, "select array_agg(distinct reason_code) from marts.nps_reasons")[0]
    assert set(reasons) & set(TEXTS)


def test_no_table_was_dropped_or_made(hostile: Hostile) -> None:
    with duckdb.connect(str(hostile.configuration.paths.warehouse), read_only=True) as connection:
        (orders,) = connection.execute("select count(*) from lake.orders").fetchall()[0]
    assert orders > 0
    schemas = published(hostile, "select distinct schema_name from duckdb_tables()")
    assert schemas == [("marts",)]


def test_no_file_was_written_elsewhere(hostile: Hostile) -> None:
    base = hostile.company.folder.parent
    assert [path.name for path in base.iterdir()] == [FOLDER]
    assert not list(base.rglob("pwned"))
    assert not any((folder / "pwned").exists() for folder in [Path.cwd(), *base.parents])


def test_data_docs_hold_no_element_of_a_text(hostile: Hostile) -> None:
    """The allowed statuses stand there as they were written, in sentences that Great Expectations does not escape."""
    pages = {path: path.read_text(encoding="utf-8") for path in hostile.docs.rglob("*.html")}
    assert pages
    for path, page in pages.items():
        assert "<script>alert" not in page, path
        assert "<img src=x" not in page, path
    assert any("script&gt;alert(1)" in page for page in pages.values())


def test_quarantine_keeps_the_text_and_shows_it_harmlessly(hostile: Hostile, monkeypatch: pytest.MonkeyPatch) -> None:
    """An escape sequence in a customer's id would clear the operator's screen, or write to the clipboard."""
    monkeypatch.setenv("HOME", "${HOME}")
    kept = quarantined_rows(hostile.configuration, "orders", "unknown_status")
    assert set(kept["status"]) <= set(TEXTS)
    assert kept.height > 3
    for arguments in (
        ("quarantine", "show", "orders", "--limit", "1000"),
        ("quarantine", "list"),
        ("status",),
        ("check",),
        ("quarantine", "show", "orders\x1b[31m"),
        ("backfill", "--from", "2024-01-01", "--to", "2024-01-02", "--entity", "../../x\x1b"),
    ):
        told = loyalty(*arguments, "--config", hostile.settings)
        for line in (told.out + told.err).split("\n"):
            assert line.isprintable(), f"{arguments}: {line!r}"
        assert "Traceback" not in told.err


def test_json_for_scripts_holds_the_very_text(hostile: Hostile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "${HOME}")
    told = loyalty("quarantine", "show", "orders", "--json", "--limit", "1000", "--config", hostile.settings)
    assert {row["status"] for row in json.loads(told.out)} <= set(TEXTS)
    assert re.fullmatch(r"[ -~\n]*", told.out), "what is not printable is escaped in JSON"


@pytest.mark.parametrize("name", ["a*", "a?", "[a]", "a%20b", "a\nb", "\x1b[31m"])
def test_a_folder_that_would_be_taken_for_a_pattern_is_refused(tmp_path: Path, name: str) -> None:
    """Polars and DuckDB would look for other files than those of the lake, Dagster for another database."""
    (tmp_path / name).mkdir()
    company = "company: {name: A, timezone: UTC, currency: EUR, history_start: 2024-01-01}"
    text = f"{company}\nsources: {{contracts: {{file: a.csv}}}}"
    (tmp_path / name / "loyalty.yaml").write_text(text)
    with pytest.raises(ConfigurationError, match=r"paths\.lake: no folder may hold one of \* ") as caught:
        load_configuration(tmp_path / name / "loyalty.yaml", {})
    assert all(line.isprintable() for line in str(caught.value).splitlines())


@pytest.mark.parametrize("entity", ["../../etc/passwd", "orders/../../x", "", "orders\0"])
def test_an_entity_is_one_of_the_contracts_and_never_a_path(hostile: Hostile, entity: str) -> None:
    told = loyalty("quarantine", "show", entity, "--config", hostile.settings)
    assert told.exit_code == 2
    text = hostile.settings.read_text(encoding="utf-8")
    settings = yaml.safe_load(text)
    settings["sources"][entity] = settings["sources"].pop("business_events")
    other = hostile.settings.parent / "other.yaml"
    other.write_text(yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8")
    told = loyalty("check", "--config", other)
    other.unlink()
    assert (told.exit_code, "unknown entity" in told.err) == (2, True)
