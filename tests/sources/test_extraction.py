"""From a whole source to canonical rows: mapping, answers, queries, lines, and what becomes of bad values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.contracts import entities, lake_schema, load_contract
from assets.errors import ConfigurationError, ContractError, SourceError
from assets.sources import extract, number_lines, source_errors
from tests.sources.one_source import ALWAYS, configured

Lines = Callable[..., pl.DataFrame]


@pytest.mark.parametrize("entity", entities())
def test_every_entity_comes_with_all_columns_and_types_of_its_contract(entity: str) -> None:
    """A source that knows only what is required still gives every column, typed, so that nothing downstream breaks."""
    contract = load_contract(entity)
    samples: dict[str, Any] = {"text": "a", "integer": 1, "decimal": "1.5", "number": 2, "boolean": True}
    row = {c.name: samples.get(c.type, dt.date(2024, 1, 5)) for c in contract.columns if c.required}
    found = extract(entity, configured(**{entity: {"rows": [row]}}), ALWAYS).collect()
    assert dict(found.schema) == lake_schema(contract) | {"_problems": pl.String()}
    assert found["_problems"].to_list() == [None]


def test_a_canonical_column_that_the_source_has_is_taken_unmapped_unless_told_null() -> None:
    row = {"order_id": 1, "customer_id": "a", "ordered_at": "2024-01-05", "status": "completed", "channel": "web"}
    found = extract("orders", configured(orders={"rows": [row]}), ALWAYS).collect()
    assert found["channel"].to_list() == ["web"]
    told = configured(orders={"rows": [row], "columns": {"channel": None}})
    assert extract("orders", told, ALWAYS).collect()["channel"].to_list() == [None]


def test_an_arithmetic_over_text_is_exact_to_four_places(lines: Lines, tmp_path: Path) -> None:
    found = lines(
        tmp_path / "l.csv",
        "id,product,n,price\n007,P1,3,0.1\n1,P2,2,n/a\n",
        {"quantity": "n", "net_amount": "n * price"},
    ).sort("product_id")
    assert found["order_id"].to_list() == ["007", "1"]
    assert found["net_amount"].to_list() == [Decimal("0.3"), None]
    assert found["_problems"].to_list() == [None, "unparseable_net_amount: 'n/a' in price cannot be read"]


def test_a_row_about_which_where_cannot_decide_stays_with_a_problem(lines: Lines, tmp_path: Path) -> None:
    """SQL would drop it, for null is not true: a row would vanish because its number is misspelt."""
    found = lines(
        tmp_path / "l.csv",
        "id,product,n,amount\n1,a,3,1\n2,b,three,1\n3,c,0,1\n4,d,,1\n",
        {"quantity": "n", "net_amount": "amount"},
        where="n > 0",
    ).sort("order_id")
    assert found["order_id"].to_list() == ["1", "2"]
    assert found["_problems"].to_list() == [
        None,
        "undecided_where: 'three' in n cannot be read\nunparseable_quantity: 'three' is no amount",
    ]


def test_distinct_drops_rows_that_are_equal_after_mapping() -> None:
    rows = [{"order_id": 1, "customer_id": "a", "ordered_at": "2024-01-05", "status": "x", "line": n} for n in (1, 2)]
    assert extract("orders", configured(orders={"rows": rows, "distinct": True}), ALWAYS).collect().height == 1


def wide(tmp_path: Path, text: str, **source: Any) -> pl.DataFrame:
    (tmp_path / "survey.csv").write_text(text)
    source = {
        "file": str(tmp_path / "survey.csv"),
        "columns": {"response_id": "id", "survey_id": "'cabin'", "answered_at": "'2024-01-05'", "channel": "Class"},
        "answers": {"food": "Food and drink", "seat": "Seat"},
        **source,
    }
    return extract("survey_responses", configured(survey_responses=source), ALWAYS).collect()


def test_a_wide_export_gives_a_row_per_answer_and_none_for_no_answer(tmp_path: Path) -> None:
    """0 means `not applicable` there: as a score it would pull the mean down, as bad input stop the run."""
    text = "id,Class,Food and drink,Seat\n1,Eco,4,0\n2,Eco,,5\n3,Eco,0.0, \n4,Eco,n/a,x\n"
    found = wide(tmp_path, text, no_answer=[0, "n/a"]).sort("response_id", "question_id")
    assert found.select("response_id", "question_id", "score", "channel").rows() == [
        ("1", "food", 4.0, "Eco"),
        ("2", "seat", 5.0, "Eco"),
        ("4", "seat", None, "Eco"),
    ]
    assert found["_problems"].to_list() == [None, None, "unparseable_score: 'x' is no number"]


def test_a_question_whose_column_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match=r"answers: there is no column 'Seat'; its columns are: Seats"):
        wide(tmp_path, "id,Class,Food and drink,Seats\n1,Eco,4,0\n")


def reviews(tmp_path: Path, query: str) -> pl.DataFrame:
    (tmp_path / "reviews.csv").write_text("review_id,order_id,score,at\nr1,07,5,2024-01-05\n")
    (tmp_path / "orders.csv").write_text("order_id,customer_id\n07,c1\n7,c2\n")
    tables = {name: str(tmp_path / f"{name}.csv") for name in ("reviews", "orders")}
    columns = {"survey_id": "'review'", "question_id": "'score'", "answered_at": "at"}
    source = {"query": query, "tables": tables, "columns": columns}
    return extract("survey_responses", configured(survey_responses=source), ALWAYS).collect()


def test_a_query_joins_files_and_ids_keep_their_zeros(tmp_path: Path) -> None:
    found = reviews(
        tmp_path,
        "SELECT r.review_id AS response_id, o.customer_id, r.score, r.at FROM reviews r JOIN orders o USING (order_id)",
    )
    assert found.select("response_id", "customer_id", "score").rows() == [("r1", "c1", 5.0)]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("SELECT nosuch FROM reviews", "nosuch"),
        ("SELECT * FROM nowhere", "nowhere"),
        ("SELECT * FROM reviews WHERE score > 3", "write CAST"),
        ("SELECT score + score AS score FROM reviews", "'score', which is text.*CAST"),
        ("SELECT MAX(score) AS score FROM reviews", "'score', which is text.*CAST"),
        ("SELECT * FROM reviews WHERE score BETWEEN order_id AND review_id", "'score', which is text.*CAST"),
        ("SELECT * FROM reviews r JOIN orders o ON r.score < o.order_id", "'score', which is text.*CAST"),
        ("SELEC 1", "query"),
    ],
)
def test_a_wrong_query_is_told_before_files_are_read(tmp_path: Path, query: str, message: str) -> None:
    """Polars joins text with + and compares it letter by letter: 5 + 5 = 55, and 10 < 9."""
    with pytest.raises(ContractError, match=message):
        reviews(tmp_path, query)


def test_a_query_with_casts_computes(tmp_path: Path) -> None:
    inner = "SELECT review_id AS response_id, at, CAST(score AS DOUBLE) AS score FROM reviews"
    query = f"SELECT response_id, at, score + score AS score FROM ({inner}) AS numbers"
    assert reviews(tmp_path, query)["score"].to_list() == [10.0]


def test_what_fails_while_rows_are_collected_names_the_source(tmp_path: Path) -> None:
    query = "SELECT review_id AS response_id, at, CAST(review_id AS BIGINT) AS score FROM reviews"
    with pytest.raises(SourceError, match=r"sources\.survey_responses"):
        reviews(tmp_path, query)


def test_source_errors_mask_storage_secrets() -> None:
    configuration = configured(orders={"file": {"path": "s3://b/o.csv", "storage_options": {"secret": "hush"}}})
    with pytest.raises(SourceError) as caught, source_errors("orders", configuration):
        raise OSError("denied for hush")
    assert "hush" not in str(caught.value)


def test_an_entity_that_is_not_configured_is_told() -> None:
    with pytest.raises(ConfigurationError, match=r"sources\.orders is not configured"):
        extract("orders", configured(), ALWAYS)


def test_contract_terms_are_numbered_by_their_start() -> None:
    rows = [
        {"contract_id": "a", "started_on": start, "customer_id": "c", "plan_id": "p", "billing_period": "month",
         "recurring_amount": 1}
        for start in ("2024-03-01", "2024-01-01", "2024-02-01")
    ]  # fmt: skip
    found = extract("contracts", configured(contracts={"rows": rows}), ALWAYS).collect().sort("started_on")
    assert found["term_no"].to_list() == [1, 2, 3]


LINES = st.lists(
    st.tuples(st.sampled_from("ab"), st.sampled_from([None, 1, 5]), st.sampled_from("pq"), st.integers(0, 2)),
    max_size=12,
)


@settings(max_examples=200, deadline=None)
@given(LINES, st.randoms())
def test_line_numbers_do_not_depend_on_the_order_of_rows(rows: list[Any], random: Any) -> None:
    """A file sorted another way tomorrow must not make every line look changed."""
    schema = {"order_id": pl.String, "line_no": pl.Int64, "product_id": pl.String, "quantity": pl.Int64}
    shuffled = random.sample(rows, len(rows))
    first, second = (number_lines(pl.DataFrame(r, schema=schema, orient="row")) for r in (rows, shuffled))
    assert first.rows() == second.rows()
    assert first["line_no"].null_count() == 0
    given_numbers = sorted(r[1] for r in rows if r[1] is not None)
    for order in "ab":
        unnumbered = sum(1 for r in rows if r[0] == order and r[1] is None)
        highest = max((r[1] for r in rows if r[0] == order and r[1] is not None), default=0)
        numbers = first.filter(order_id=order)["line_no"].sort().to_list()
        assert numbers[len(numbers) - unnumbered :] == list(range(highest + 1, highest + 1 + unnumbered))
    assert all(number in first["line_no"].to_list() for number in given_numbers)
