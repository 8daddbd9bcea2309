"""`loyalty check` says what of a survey would be lost: an index without weights, names that nothing has.

What it guards against: a run without an error and without an index, a weight that counts for nothing because of a slip
of the pen, answers that all go to quarantine, a count of rows that the file does not have.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from assets.business_day import today_in
from assets.configuration import Configuration
from assets.configuration.metrics import Csi
from assets.sources import Finding, check_sources
from assets.sources.checks import ROWS_LOOKED_AT
from tests.sources.one_source import configured

PARAMETERS = {"clean": "Cleanliness", "seat": "Seat comfort"}
SCALE = {"survey_id": "s", "scale_min": 1, "scale_max": 5, "direction": "higher_is_better"}


def question(question_id: str, measure: str = "csi_satisfaction") -> dict[str, Any]:
    parameter = PARAMETERS[question_id.removesuffix("_weight")]
    return SCALE | {"question_id": question_id, "measure": measure, "parameter": parameter}


QUESTIONS = [question("clean"), question("seat")]


def warnings(rows: list[dict[str, Any]], weights: dict[str, Any] | None = None, **sources: Any) -> list[Finding]:
    configuration = configured(survey_questions={"rows": rows}, **sources)
    csi = Csi.model_validate({"weights": weights or {}})
    found = check_sources(configuration.model_copy(update={"csi": csi}))
    return [finding for finding in found if finding.level == "warning"]


def test_questions_of_satisfaction_without_any_weight_give_no_index() -> None:
    (finding,) = warnings(QUESTIONS)
    assert finding.place == "sources.survey_questions"
    assert finding.message == (
        "there will be no satisfaction index, as nothing says how much Cleanliness, Seat comfort weigh: ask for each "
        "with a question of measure csi_importance, or fix weights that sum to 1 under `csi.weights`"
    )


def test_questions_from_a_file_are_seen_as_well(tmp_path: Path) -> None:
    lines = [",".join(QUESTIONS[0]), *(",".join(map(str, row.values())) for row in QUESTIONS)]
    (tmp_path / "questions.csv").write_text("\n".join(lines) + "\n")
    found = check_sources(configured(survey_questions={"file": str(tmp_path / "questions.csv")}))
    assert "there will be no satisfaction index" in found[-1].message


@pytest.mark.parametrize("measure", ["csat", "nps"])
def test_other_questions_need_no_weights(measure: str) -> None:
    assert warnings([question("clean", measure), question("seat", measure)]) == []


def test_a_parameter_whose_importance_nobody_asks_is_named() -> None:
    (finding,) = warnings([*QUESTIONS, question("clean_weight", "csi_importance")])
    assert finding.message.startswith("the satisfaction index will be without Seat comfort, as nothing says")
    asked = [question(f"{name}_weight", "csi_importance") for name in PARAMETERS]
    assert warnings([*QUESTIONS, *asked]) == []


def test_weights_of_the_questions_parameters_are_in_order() -> None:
    assert warnings(QUESTIONS, {"Cleanliness": "0.5", "Seat comfort": "0.5"}) == []


@pytest.mark.parametrize("misspelt", ["Cleanlyness", "CLEANLINESS"])
def test_a_misspelt_weight_is_told_once_and_with_the_near_name(misspelt: str) -> None:
    (finding,) = warnings(QUESTIONS, {misspelt: "0.5", "Seat comfort": "0.5"})
    assert finding.place == f"csi.weights.{misspelt}"
    assert finding.message.endswith("its weight counts for nothing; did you mean Cleanliness?")


def test_a_parameter_without_a_weight_is_named() -> None:
    (finding,) = warnings(QUESTIONS, {"Cleanliness": "1"})
    assert (finding.place, finding.message.split(",")[0]) == ("csi.weights", "there is none for Seat comfort")


def test_weights_without_anything_to_weigh_are_told() -> None:
    (finding,) = warnings([question("clean", "csat")], {"Cleanliness": "1"})
    assert (finding.place, "nothing to weigh" in finding.message) == ("csi.weights", True)


def responses(folder: Path, passengers: int, **answers: str) -> dict[str, Any]:
    """A wide survey: every hundredth passenger has left the second question out."""
    rows = [f"{n},{n % 5 + 1},{'' if n % 100 == 0 else 3}" for n in range(passengers)]
    (folder / "passengers.csv").write_text("\n".join(["id,Clean,Seat", *rows]) + "\n")
    columns = {"response_id": "id", "survey_id": "'s'", "answered_at": "'2015-12-01'"}
    return {"file": str(folder / "passengers.csv"), "columns": columns, "answers": answers}


def test_answers_to_a_question_that_is_not_there_are_told(tmp_path: Path) -> None:
    told = responses(tmp_path, 3, cleann="Clean", seat="Seat")
    (finding,) = warnings(QUESTIONS, {"Cleanliness": "0.5", "Seat comfort": "0.5"}, survey_responses=told)
    assert finding.place == "sources.survey_responses.answers.cleann"
    assert finding.message.startswith("no question of survey_questions has this question_id, so that its answers go to")
    assert finding.message.endswith("quarantine; did you mean clean?")


@pytest.mark.parametrize(
    ("passengers", "seen"),
    [(ROWS_LOOKED_AT + 5, "the first 1,000 rows of passengers.csv, 1,990 answers"), (200, "200 rows, 398 answers")],
)
def test_it_says_how_much_of_a_wide_file_it_looked_at(tmp_path: Path, passengers: int, seen: str) -> None:
    """As many rows as there are answers are not in the file."""
    (finding,) = check_sources(configured(survey_responses=responses(tmp_path, passengers, clean="Clean", seat="Seat")))
    assert finding.message.startswith(f"looked at {seen}, the first of 2015-12-01; ")


def orders(*days: dt.date) -> Configuration:
    rows = [{"order_id": n, "customer_id": "a", "ordered_at": day, "status": "done"} for n, day in enumerate(days)]
    return configured(orders={"rows": rows})


def test_events_after_today_are_told() -> None:
    today = today_in("UTC")
    _, finding = check_sources(orders(today, today, dt.date(2998, 1, 1), dt.date(2999, 12, 31)))
    assert (finding.level, finding.place) == ("warning", "sources.orders")
    assert finding.message.startswith("2 of 4 rows are dated after today, the last of 2999-12-31; no run takes them")
    assert len(check_sources(orders(today))) == 1


def test_a_history_that_has_not_begun_is_refused() -> None:
    """A run would refuse every day there is."""
    configuration = orders(dt.date(2024, 1, 1))
    company = configuration.company.model_copy(update={"history_start": today_in("UTC")})
    first, _ = check_sources(configuration.model_copy(update={"company": company}))
    assert (first.level, first.place) == ("error", "company.history_start")
    assert "write the first day that you have data of" in first.message
