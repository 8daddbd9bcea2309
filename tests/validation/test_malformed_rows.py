"""Every kind of bad row goes to quarantine under a reason of its own, and a good one beside it goes on."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from assets.contracts import Rule, entities, load_contract
from assets.errors import ContractError
from assets.validation import validate
from tests.validation.good_rows import ALLOWED, DAY, NOON, good_row, references_of, rows_of, validated

BEFORE = NOON - dt.timedelta(seconds=1)
BAD = [
    ("orders", {"order_id": None}, ["missing_order_id"], "order_id is missing."),
    ("orders", {"order_id": "  "}, ["missing_order_id"], "order_id is missing."),
    ("orders", {"customer_id": None}, ["missing_customer_id"], "customer_id is missing."),
    ("orders", {"status": "complted"}, ["unknown_status"], "status 'complted' is none of completed, cancelled."),
    ("orders", {"status": "Completed"}, ["unknown_status"], "status 'Completed'"),
    ("orders", {"currency": "Eur"}, ["malformed_currency"], "currency 'Eur' does not have the form ^[A-Z]{3}$."),
    ("orders", {"currency": "EURO"}, ["malformed_currency"], "currency 'EURO'"),
    ("orders", {"currency": "EUR\n"}, ["malformed_currency"], "currency 'EUR"),
    ("orders", {"currency": "XEUR"}, ["malformed_currency"], "currency 'XEUR'"),
    ("orders", {"business_day": None}, ["missing_business_day"], "business_day is missing."),
    ("order_lines", {"order_id": "o9"}, ["order_not_found"], "here order_id is o9."),
    ("order_lines", {"order_id": "o9", "business_day": None}, ["order_not_found"], "here order_id is o9."),
    ("order_lines", {"quantity": Decimal(0)}, ["zero_quantity"], "here quantity is 0.0000."),
    ("order_lines", {"net_amount": Decimal("-0.01")}, ["negative_price"], "net_amount is -0.0100"),
    ("order_lines", {"net_amount": Decimal(-1), "is_return": False}, ["negative_price"], "is_return is false"),
    (
        "order_lines",
        {"unit_cost": Decimal(-1)},
        ["out_of_range_unit_cost"],
        "unit_cost is -1.0000, but must be at least 0.",
    ),
    ("order_lines", {"line_no": None}, ["missing_line_no"], "line_no is missing."),
    ("order_lines", {"offer_type": "upsale"}, ["unknown_offer_type"], "offer_type 'upsale'"),
    ("products", {"tier": -1}, ["out_of_range_tier"], "tier is -1, but must be at least 0."),
    ("products", {"list_price": Decimal(-1)}, ["out_of_range_list_price"], "list_price is -1.0000"),
    ("contracts", {"ended_on": DAY - dt.timedelta(days=1)}, ["ended_before_started"], "ended_on is 2024-03-04"),
    ("contracts", {"recurring_amount": Decimal("-0.01")}, ["out_of_range_recurring_amount"], "is -0.0100"),
    ("contracts", {"term_no": 0}, ["out_of_range_term_no"], "term_no is 0, but must be at least 1."),
    ("contracts", {"plan_tier": -1}, ["out_of_range_plan_tier"], "plan_tier is -1"),
    ("contracts", {"billing_period": "week"}, ["unknown_billing_period"], "billing_period 'week'"),
    ("survey_questions", {"scale_min": 5.0}, ["scale_not_ascending"], "scale_min is 5.0, scale_max is 5.0"),
    ("survey_questions", {"measure": "npc"}, ["unknown_measure"], "measure 'npc' is none of csi_satisfaction,"),
    ("survey_questions", {"direction": "up"}, ["unknown_direction"], "direction 'up'"),
    ("survey_questions", {"parameter": None}, ["missing_parameter"], "parameter is empty"),
    ("survey_questions", {"measure": "nps"}, ["scale_not_of_measure"], "measure is nps, scale_min is 1.0"),
    ("survey_questions", {"measure": "csat", "scale_max": 10.0}, ["scale_not_of_measure"], "measure is csat"),
    (
        "survey_questions",
        {"measure": "cli_recommend", "scale_max": 6.0},
        ["direction_not_of_measure"],
        "direction is hi",
    ),
    ("survey_questions", {"measure": "ces", "scale_max": 10.0}, ["direction_not_of_measure"], "measure is ces"),
    ("survey_questions", {"scale_max": float("inf")}, ["not_finite_scale_max"], "scale_max is inf"),
    ("survey_responses", {"score": 5.5}, ["score_off_scale"], "score is 5.5"),
    ("survey_responses", {"score": 0.0}, ["score_off_scale"], "survey_questions.scale_min is 1.0"),
    ("survey_responses", {"score": None}, ["missing_score"], "score is missing."),
    ("survey_responses", {"score": float("nan")}, ["not_finite_score", "score_off_scale"], "score is NaN"),
    ("survey_responses", {"question_id": "q9"}, ["question_not_found"], "question_id is q9"),
    ("survey_responses", {"survey_id": "s9", "score": 99.0}, ["question_not_found"], "survey_id is s9"),
    (
        "shipments",
        {"shipped_quantity": Decimal(0), "defective_quantity": None},
        ["out_of_range_shipped_quantity"],
        "above 0",
    ),
    ("shipments", {"defective_quantity": Decimal(-1)}, ["out_of_range_defective_quantity"], "is -1.0000"),
    ("shipments", {"defective_quantity": Decimal(11)}, ["more_defective_than_shipped"], "is 11.0000"),
    ("shipments", {"short_quantity": Decimal(-1)}, ["out_of_range_short_quantity"], "is -1.0000"),
    ("support_requests", {"resolved_at": BEFORE}, ["resolved_before_opened"], "resolved_at is 2024-03-05 11:59:59"),
    ("competitor_prices", {"competitor_price": Decimal(0)}, ["out_of_range_competitor_price"], "must be above 0."),
    ("competitor_prices", {"own_price": Decimal(-1)}, ["out_of_range_own_price"], "own_price is -1.0000"),
    ("usage_events", {"duration_minutes": -0.5}, ["out_of_range_duration_minutes"], "is -0.5"),
    ("usage_events", {"duration_minutes": float("nan")}, ["not_finite_duration_minutes"], "is NaN"),
    ("retention_costs", {"month": DAY}, ["month_not_first_day"], "month is 2024-03-05"),
    ("fx_rates", {"rate": 0.0}, ["out_of_range_rate"], "rate is 0.0, but must be above 0."),
    ("fx_rates", {"currency": None}, ["missing_currency"], "currency is missing."),
    ("business_events", {"ends_on": DAY}, ["ends_not_after_start"], "ends_on is 2024-03-05"),
    ("unit_drivers", {"value": float("-inf")}, ["not_finite_value"], "value is -inf"),
]


@pytest.mark.parametrize("entity", entities())
def test_a_good_row_is_accepted(entity: str) -> None:
    """A rule that is too strict would throw away good data; each good row stands on the edge of several rules."""
    result = validated(entity, good_row(entity))
    assert result.quarantined.get_column("details").to_list() == []
    assert result.accepted.height == 1
    given = {name: value for name, value in result.accepted.row(0, named=True).items() if value is not None}
    assert given == good_row(entity)


@pytest.mark.parametrize(
    ("entity", "changes"),
    [
        ("order_lines", {"quantity": Decimal(-1), "net_amount": Decimal(-4)}),
        ("order_lines", {"is_return": True, "net_amount": Decimal(-4)}),
        ("order_lines", {"is_return": True}),
        ("order_lines", {"net_amount": Decimal(0)}),
        ("contracts", {"ended_on": None}),
        ("contracts", {"ended_on": DAY, "recurring_amount": Decimal(0)}),
        ("survey_responses", {"score": 1.0}),
        ("survey_responses", {"score": 5.0}),
        ("survey_questions", {"measure": "nps", "scale_min": 0.0, "scale_max": 10.0, "parameter": None}),
        ("survey_questions", {"measure": "csat"}),
        ("survey_questions", {"measure": "ces", "scale_max": 10.0, "direction": "lower_is_better"}),
        ("survey_questions", {"measure": "cli_try_other", "scale_max": 6.0, "direction": "lower_is_better"}),
        ("survey_questions", {"measure": "csi_importance", "scale_max": 7.0}),
        ("orders", {"customer_id": "not in customers"}),
        ("support_requests", {"resolved_at": None}),
    ],
)
def test_what_looks_odd_but_is_right_is_accepted(entity: str, changes: dict[str, Any]) -> None:
    """Returns, free plans, the ends of a scale and customers that are not listed are no errors."""
    assert validated(entity, good_row(entity, **changes)).quarantined.is_empty()


@pytest.mark.parametrize(("entity", "changes", "reasons", "detail"), BAD)
def test_a_bad_row_is_quarantined_with_its_reason(
    entity: str, changes: dict[str, Any], reasons: list[str], detail: str
) -> None:
    """A bad row must not reach a number, and must say what is wrong with it."""
    result = validated(entity, good_row(entity, **changes))
    assert result.quarantined.get_column("reasons").to_list() == [reasons]
    assert detail in result.quarantined.get_column("details").item()
    assert result.accepted.is_empty()


def test_a_bad_row_takes_no_good_one_with_it() -> None:
    """One misspelt status must not hold up a day's orders."""
    rows = [good_row("orders", order_id=str(number)) for number in range(5)]
    rows[2]["status"] = "?"
    result = validated("orders", *rows)
    assert result.accepted.get_column("order_id").to_list() == ["0", "1", "3", "4"]
    assert result.quarantined.get_column("order_id").to_list() == ["2"]


def test_every_check_of_every_contract_has_a_bad_row() -> None:
    """A check without an example may never have found anything. Missing values and days are alike for all columns."""
    tried = {(entity, reason) for entity, _, reasons, _ in BAD for reason in reasons}
    for entity in entities():
        contract = load_contract(entity)
        promised = {rule.reason for rule in contract.rules} | {reference.reason for reference in contract.references}
        for column in contract.columns:
            ranged = (column.minimum, column.exclusive_minimum, column.maximum)
            if any(bound is not None for bound in ranged):
                promised.add(f"out_of_range_{column.name}")
            if column.allowed_values or column.allowed_from:
                promised.add(f"unknown_{column.name}")
        assert {(entity, reason) for reason in promised} <= tried


@pytest.mark.parametrize("entity", entities())
def test_each_required_column_is_missed(entity: str) -> None:
    """An empty required value would become a null key or a silent zero further on."""
    contract = load_contract(entity)
    required = [column.name for column in contract.columns if column.required]
    rows = [good_row(entity, **{name: None}) for name in required]
    no_duplicates = rows_of(entity).select(contract.key)
    result = validated(entity, *rows, duplicate_keys=no_duplicates)
    assert result.quarantined.get_column("reasons").to_list() == [[f"missing_{name}"] for name in required]


def test_a_row_carries_all_its_reasons() -> None:
    """With one reason at a time a source would have to be mended once per reason."""
    result = validated("orders", good_row("orders", customer_id=None, status="?", currency="x"))
    assert result.quarantined.get_column("reasons").to_list() == [
        ["missing_customer_id", "unknown_status", "malformed_currency"]
    ]


def test_quarantine_keeps_the_row_as_text() -> None:
    """What is quarantined must be recognisable, and may hold values that fit no type."""
    row = validated("orders", good_row("orders", status="?")).quarantined.row(0, named=True)
    assert (row["order_id"], row["ordered_at"], row["status"]) == ("o1", "2024-03-05 12:00:00.000000", "?")
    assert row["business_day"] == DAY


def test_what_extraction_could_not_read_is_told_once() -> None:
    """An unparseable time is not missing as well, nor is the day that would have followed from it."""
    problem = "unparseable_ordered_at: ordered_at '31/31/2024' is no time."
    row = good_row("orders", ordered_at=None, business_day=None, _problems=problem)
    result = validated("orders", row).quarantined
    assert result.get_column("reasons").to_list() == [["unparseable_ordered_at"]]
    assert result.get_column("details").item() == "ordered_at '31/31/2024' is no time."


def test_what_extraction_could_not_read_adds_to_other_reasons() -> None:
    problems = "unparseable_ordered_at: 'x' is no time.\nunparseable_channel: 'a\nb: c' is no channel."
    row = good_row("orders", ordered_at=None, status="?", _problems=problems)
    result = validated("orders", row).quarantined
    assert result.get_column("reasons").to_list()[0][:2] == ["unparseable_ordered_at", "unparseable_channel"]
    assert result.get_column("reasons").to_list()[0][-1] == "unknown_status"


def test_a_problem_without_a_reason_still_keeps_the_row_out() -> None:
    """A note that extraction forgot to code must not let the row pass."""
    result = validated("orders", good_row("orders", _problems="Something is wrong."))
    assert result.quarantined.get_column("reasons").to_list() == [["unreadable_row"]]
    assert result.quarantined.get_column("details").item() == "Something is wrong."


def test_rows_without_the_columns_of_the_contract_are_an_error() -> None:
    """A missing column is no bad row: it stops the run and says which column of which type was expected."""
    rows = rows_of("orders", good_row("orders")).drop("status").with_columns(order_id=1)
    with pytest.raises(ContractError, match=r"orders .*status is missing; order_id is Int32, not String"):
        validate(rows, load_contract("orders"), {}, ALLOWED)


def test_a_reference_or_setting_that_was_forgotten_is_an_error() -> None:
    """Without the orders every line would look orphaned; without the statuses every order would look right."""
    with pytest.raises(ValueError, match=r"order_lines refers to orders"):
        validate(rows_of("order_lines", good_row("order_lines")), load_contract("order_lines"), {}, {})
    with pytest.raises(ValueError, match=r"orders\.status come from the configuration"):
        validate(rows_of("orders", good_row("orders")), load_contract("orders"), {}, {})


def test_with_no_allowed_status_every_status_is_unknown() -> None:
    """An empty list must not be taken for `anything goes`."""
    result = validate(rows_of("orders", good_row("orders")), load_contract("orders"), {}, {"status": []})
    assert result.quarantined.get_column("reasons").to_list() == [["unknown_status"]]


def test_references_that_hold_a_key_twice_do_not_multiply_rows() -> None:
    """A reference read from overlapping partitions may repeat itself; a row must still come out once."""
    twice = {name: frame.vstack(frame) for name, frame in references_of("survey_responses").items()}
    rows = rows_of("survey_responses", good_row("survey_responses"))
    result = validate(rows, load_contract("survey_responses"), twice, {})
    assert result.accepted.height == 1
    assert {outcome.evaluated for outcome in result.expectations} == {1}


def test_a_rule_that_does_not_know_keeps_the_row_out() -> None:
    """A rule written without thought for empty values must not wave rows through."""
    rule = Rule("unsure", "The segment is not x.", "segment <> 'x'")
    contract = dataclasses.replace(load_contract("customers"), rules=(rule,))
    result = validate(rows_of("customers", good_row("customers", segment=None)), contract, {}, {})
    assert result.quarantined.get_column("reasons").to_list() == [["unsure"]]
