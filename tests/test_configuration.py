"""Each mistake in `loyalty.yaml` is told at its place, all at once, and no secret with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assets.configuration import Configuration, FileSource
from assets.configuration.file import load_configuration
from assets.errors import ConfigurationError

COMPANY = "company: {name: Acme, timezone: Europe/London, currency: GBP, history_start: 2022-01-01}\n"
CONTRACTS = COMPANY + "sources:\n  contracts:\n"
ONE_ORIGIN = "loyalty.yaml:9 sources.order_lines: must have exactly one of file, database, rest, query, rows; "
SOURCES = "sources:\n  contracts: {file: contracts.csv}\n"
Load = Callable[..., Configuration]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    def run(text: str, **environment: str) -> Configuration:
        (tmp_path / "loyalty.yaml").write_text(text)
        return load_configuration(tmp_path / "loyalty.yaml", environment)

    return run


def told(load: Load, text: str, **environment: str) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        load(text, **environment)
    return str(caught.value).splitlines()


def test_every_problem_is_told_at_once_in_the_order_of_the_file(load: Load) -> None:
    """One problem per attempt would take a new user ten attempts."""
    text = """\
company: {name: Acme, timezone: Europe/Lndon, currency: GBP, history_start: 2022-01-01}
connections:
  shop: {url: "${SHOP_DATABASE_URL}"}
sources:
  orders:
    file: {path: data/x.csv, delimter: ";"}
    colums: {order_id: Invoice}
    columns: {order_id: [1, 2], customer: x}
  order_lines:
    file: a.csv
    query: SELECT 1
  contrats: {file: x.csv}
  contracts:
    database: {connection: sop, table: a.b}
csi: {weights: {price: 0.3, service: 0.6}}
publish: {keep_versions: many, postgres: {connection: bi, shema: y}}
schedule: {nightly: "25:00"}
"""
    assert told(load, text) == [
        "loyalty.yaml:1 company.timezone: there is no time zone 'Europe/Lndon'; write one such as Europe/London",
        "loyalty.yaml:3 connections.shop.url: the environment variable SHOP_DATABASE_URL is not set",
        "loyalty.yaml:6 sources.orders.file.delimter: unknown key, did you mean delimiter?",
        "loyalty.yaml:7 sources.orders.colums: unknown key, did you mean columns?",
        "loyalty.yaml:8 sources.orders.columns.order_id: must be one SQL expression, a number, true, false or null",
        "loyalty.yaml:8 sources.orders.columns.customer: orders has no such column, did you mean customer_id?",
        ONE_ORIGIN + "it has file and query",
        "loyalty.yaml:9 sources.order_lines: a query needs `tables`, which names its files",
        "loyalty.yaml:12 sources.contrats: unknown entity, did you mean contracts?",
        "loyalty.yaml:14 sources.contracts.database.connection: no connection is named sop, did you mean shop?",
        "loyalty.yaml:15 csi.weights: must sum to 1, but they sum to 0.9",
        "loyalty.yaml:16 publish.keep_versions: input should be a valid integer, unable to parse string as an integer",
        "loyalty.yaml:16 publish.postgres.shema: unknown key, did you mean schema?",
        "loyalty.yaml:16 publish.postgres.connection: no connection is named bi, known are shop",
        "loyalty.yaml:17 schedule.nightly: string should match pattern '^([01]\\d|2[0-3]):[0-5]\\d$'",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (SOURCES, "1 company: is required but not there"),
        ("company: {name: Acme}\n" + SOURCES, "1 company.timezone: is required but not there"),
        (
            COMPANY + "sources:\n  orders: {file: a.csv}",
            "2 sources: too few for any metric: ",
        ),
        (COMPANY + SOURCES + COMPANY, "4 company: is written twice"),
        (COMPANY + "sources:\n  contracts: {}", "3 sources.contracts: must have exactly one of file, database"),
        (COMPANY + SOURCES + "    columns: 1", "4 is no YAML: "),
        (CONTRACTS + "    file: a.csv\n    where: 'a > '", "5 sources.contracts.where: is no SQL expression"),
        (CONTRACTS + "    file: {path: a.csv, encoding: cp9}", "4 sources.contracts.file.encoding: there is no such"),
        (CONTRACTS + "    file: {path: a.csv, delimiter: ab}", "4 sources.contracts.file.delimiter: must be one"),
        (
            CONTRACTS + "    file: {path: a.csv, date_format: dd}",
            "4 sources.contracts.file.date_format: is written in %",
        ),
        (CONTRACTS + "    rows: [{contract_id: {a: 1}}]", "4 sources.contracts.rows.0.contract_id: must be one value"),
        (
            COMPANY + SOURCES + "  fx_rates:\n    rows: [{rate_on: 2024-01-01}]",
            "5 sources.fx_rates.rows: fx_rates needs cur",
        ),
        (
            COMPANY + SOURCES + "  fx_rates: {file: b.csv, may_be_empty: true}",
            "4 sources.fx_rates.may_be_empty: belongs to entities of states",
        ),
        (
            COMPANY + SOURCES + "quarantine: {entities: {order: 0.1}}",
            "4 quarantine.entities.order: unknown entity, did you",
        ),
        (
            CONTRACTS + "    database: {connection: a, table: b, query: c}",
            "4 sources.contracts.database: must have exactly",
        ),
        (
            CONTRACTS + "    file: a.csv\n    answers: {q: c}",
            "5 sources.contracts.answers: belongs to survey_responses only",
        ),
        (CONTRACTS + "    file: a.csv\n    no_answer: [0]", "5 sources.contracts.no_answer: belongs to `answers`"),
        (
            CONTRACTS + "    file: a.csv\n    columns: {plan_id: {a: 1}}",
            "5 sources.contracts.columns.plan_id: must be one SQL",
        ),
        (COMPANY + SOURCES + '"a\\nb": 1', "4 a\\nb: unknown key"),
        (
            COMPANY + SOURCES + "csi: {satisfied_from: {0x5: 4}}",
            "4 csi.satisfied_from.0x5: input should be a valid int",
        ),
        (COMPANY + SOURCES + "a: " + "[" * 2_000, " is nested too deeply to be read"),
        ("a: [1", "1 is no YAML: "),
        ("- 1", "1 holds no settings"),
        ("", "1 holds no settings"),
    ],
)
def test_each_mistake_is_told_at_its_place(load: Load, text: str, problem: str) -> None:
    lines = [line.removeprefix("loyalty.yaml").removeprefix(":") for line in told(load, text)]
    assert any(line.startswith(problem) for line in lines), lines


def test_a_missing_file_points_to_init(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="`loyalty init` writes one"):
        load_configuration(tmp_path / "loyalty.yaml")


def test_variables_are_put_in_and_an_unset_one_is_named_even_inside_text(load: Load) -> None:
    text = COMPANY + 'sources:\n  contracts:\n    file: "${FOLDER}/a.csv"\npublish: {keep_versions: "${KEPT}"}'
    configuration = load(text, FOLDER="/data", KEPT="3")
    assert (configuration.sources["contracts"].file, configuration.publish.keep_versions) == ("/data/a.csv", 3)
    assert told(load, text, KEPT="3") == [
        "loyalty.yaml:4 sources.contracts.file: the environment variable FOLDER is not set"
    ]


@pytest.mark.parametrize("text", ["schedule: {nightly: '${SECRET}'}", "publish: {keep_versions: '${SECRET}'}",
                                  "connections: {a: {url: ['${SECRET}']}}", "dimensions: ['${SECRET}']",
                                  "quarantine: {entities: {a: '${SECRET}'}}",
        "publish: {postgres: {connection: '${SECRET}'}}", "survey: '${SECRET}'",
                                  "connections: {a: {url: x, '${SECRET}': y}}"])  # fmt: skip
def test_a_value_from_the_environment_is_never_in_an_error(load: Load, text: str) -> None:
    """A password put in the wrong place must not reach a log."""
    assert "hush-hush" not in "\n".join(told(load, COMPANY + SOURCES + text, SECRET="hush-hush"))


def test_a_secret_in_a_setting_that_errors_quote_is_masked(load: Load) -> None:
    text = COMPANY.replace("Europe/London", "'${SECRET}'") + SOURCES
    assert told(load, text, SECRET="hush-hush")[0].startswith(
        "loyalty.yaml:1 company.timezone: there is no time zone '***'"
    )


def test_no_secret_is_shown_with_the_configuration(load: Load) -> None:
    text = CONTRACTS + "    file: {path: a.csv, storage_options: {k: '${URL}'}}\nconnections: {shop: {url: '${URL}'}}"
    assert "hush" not in repr(load(text, URL="postgresql://u:hush@h/d"))


def test_paths_are_relative_to_the_files_folder_and_addresses_stay(load: Load, tmp_path: Path) -> None:
    """Run from another folder, the same file must mean the same data."""
    text = (
        COMPANY
        + """
paths: {lake: lake, warehouse: /var/w.duckdb}
sources:
  contracts: {file: data/*.csv}
  customers: {file: {path: "s3://bucket/*.parquet"}}
  products: {query: SELECT 1, tables: {a: a.csv, b: {path: ../b.csv}}}
"""
    )
    configuration = load(text)
    found: dict[str, Any] = {name: source.file for name, source in configuration.sources.items()}
    assert found["contracts"] == str(tmp_path / "data/*.csv")
    assert found["customers"] == FileSource(path="s3://bucket/*.parquet")
    tables = configuration.sources["products"].tables
    assert tables == {"a": str(tmp_path / "a.csv"), "b": FileSource(path=str(tmp_path / "../b.csv"))}
    assert configuration.paths.lake == tmp_path / "lake"
    assert str(configuration.paths.warehouse) == "/var/w.duckdb"
    assert configuration.paths.publish == tmp_path / ".loyalty/publish"


def test_integer_keys_stay_integers_and_decimals_are_exact(load: Load) -> None:
    text = COMPANY + SOURCES + "csi: {weights: {a: 0.1, b: 0.2, c: 0.7}, satisfied_from: {5: 4, 10: 8.5}}"
    assert load(text).csi.satisfied_from == {5: 4, 10: 8.5}


def test_merged_mappings_are_taken_over_and_own_keys_win(load: Load) -> None:
    """A `<<` left as a key of its own would leave the row without the values that it was to take over."""
    text = (
        COMPANY
        + """
sources:
  survey_questions:
    rows:
      - &first {survey_id: s, question_id: a, measure: csat, scale_min: 1, scale_max: 5, direction: higher_is_better}
      - {question_id: b, <<: *first}
      - &third {<<: *first, question_id: c, scale_max: 7}
      - {<<: [*third, *first], question_id: d}
  survey_responses: {file: a.csv}
"""
    )
    first, *others = load(text).sources["survey_questions"].rows or []
    own = [{"question_id": "b"}, {"question_id": "c", "scale_max": 7}, {"question_id": "d", "scale_max": 7}]
    assert others == [first | keys for keys in own]
    with pytest.raises(ConfigurationError, match="takes over mappings only"):
        load(text.replace("<<: *first, question_id: c", "<<: 5, question_id: c"))
