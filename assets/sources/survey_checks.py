"""Whether the questions of a survey, its answers and the weights of its index speak of the same things."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl

from assets.configuration import Configuration
from assets.configuration.checks import did_you_mean, near_name

QUESTIONS = "sources.survey_questions"
WEIGHTS = "csi.weights"
SATISFACTION, IMPORTANCE = "csi_satisfaction", "csi_importance"


def survey_problems(configuration: Configuration, questions: pl.DataFrame) -> Iterator[tuple[str, str]]:
    """What would be lost of a survey with these `questions`, all canonical rows of them: place and message."""
    yield from _answers(configuration, _distinct(questions["question_id"]))
    asked = {
        measure: _distinct(questions.filter(pl.col("measure") == measure)["parameter"])
        for measure in (SATISFACTION, IMPORTANCE)
    }
    if configuration.csi.weights:
        yield from _fixed_weights(list(configuration.csi.weights), asked[SATISFACTION])
    elif asked[SATISFACTION]:
        yield from _asked_weights(asked[SATISFACTION], asked[IMPORTANCE])


def _distinct(values: pl.Series) -> list[str]:
    return values.drop_nulls().unique(maintain_order=True).to_list()


def _answers(configuration: Configuration, question_ids: Sequence[str]) -> Iterator[tuple[str, str]]:
    responses = configuration.sources.get("survey_responses")
    for question in responses.answers if responses else ():
        if question not in question_ids:
            known = f"; {did_you_mean(question, question_ids)}" if question_ids else ""
            told = "no question of survey_questions has this question_id, so that its answers go to quarantine"
            yield f"sources.survey_responses.answers.{question}", told + known


def _fixed_weights(weighed: Sequence[str], parameters: Sequence[str]) -> Iterator[tuple[str, str]]:
    if not parameters:
        yield WEIGHTS, f"no question of {QUESTIONS} has the measure {SATISFACTION}, so that there is nothing to weigh"
        return
    missing = [parameter for parameter in parameters if parameter not in weighed]
    for name in weighed:
        if name not in parameters:
            near = near_name(name, missing)
            missing = [parameter for parameter in missing if parameter != near]
            told = f"no question of measure {SATISFACTION} has this parameter, so that its weight counts for nothing"
            yield f"{WEIGHTS}.{name}", f"{told}; {did_you_mean(name, [near] if near else parameters)}"
    for parameter in missing:
        yield WEIGHTS, f"there is none for {parameter}, so that it is not in the satisfaction index; add its weight"


def _asked_weights(parameters: Sequence[str], important: Sequence[str]) -> Iterator[tuple[str, str]]:
    missing = ", ".join(parameter for parameter in parameters if parameter not in important)
    way_out = f"ask for each with a question of measure {IMPORTANCE}, or fix weights that sum to 1 under `{WEIGHTS}`"
    if not important:
        yield QUESTIONS, f"there will be no satisfaction index, as nothing says how much {missing} weigh: {way_out}"
    elif missing:
        yield (
            QUESTIONS,
            f"the satisfaction index will be without {missing}, as nothing says how much they weigh: {way_out}",
        )
