"""Asking: who is invited, who answers, and the answers drawn, with what each is expected to be.

An answer is scale_min + Binomial(scale width, probability), so its mean is declared exactly and it is never off its
scale. The expectations of the answers given are added up: they are the truth that a mean over the answers recovers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from assets.contracts import load_contract
from assets.sample import parameters as declared
from assets.sample.people import People
from assets.sample.questionnaires import Question
from assets.sample.streams import Calendar, Days, Flags, Floats, Integers, choose, labels, local_times

RESPONSE_COLUMNS = load_contract("survey_responses").column_names


@dataclass(frozen=True)
class Respondents:
    """Those who answered: position in the block, day, and the facts that answers depend on."""

    person: Integers
    day: Days
    response_id: pl.Series
    channel: Integers


@dataclass(frozen=True)
class Expected:
    """Sums over the answers given of what they are expected to be, per question; and how many they are."""

    total: Floats
    count: Integers

    def __add__(self, other: Expected) -> Expected:
        """Add the sums of another block."""
        return Expected(self.total + other.total, self.count + other.count)

    @property
    def mean(self) -> Floats:
        """Expected mean per question; NaN where nobody answered."""
        empty = np.full(len(self.total), np.nan)
        return np.asarray(np.divide(self.total, self.count, out=empty, where=self.count > 0))


def invite(
    rng: np.random.Generator, people: People, calendar: Calendar, months: int, share: float
) -> tuple[Integers, Days, Integers]:
    """Draw who is invited and when: once per span of months, on a day of the span on which they are customers."""
    spans = range(0, calendar.month_count - months + 1, months)
    chosen: list[tuple[Integers, Days, Integers]] = []
    for span in spans:
        month = span + rng.integers(0, months, len(people))
        invited = rng.random(len(people)) < share
        day = calendar.starts[month] + (rng.random(len(people)) * calendar.lengths[month]).astype(np.int64)
        person = np.flatnonzero(invited & people.is_alive(np.arange(len(people)), month))
        chosen.append((person, day[person], np.full(len(person), span)))
    if not chosen:
        return np.zeros(0, np.int64), np.zeros(0, "datetime64[D]"), np.zeros(0, np.int64)
    return tuple(np.concatenate(column) for column in zip(*chosen, strict=True))  # type: ignore[return-value]


def respond(
    rng: np.random.Generator,
    calendar: Calendar,
    survey_id: str,
    invited: tuple[Integers, Days, pl.Series, pl.Series],
) -> tuple[pl.DataFrame, Respondents, Integers]:
    """Let some of the invited answer within five days, a few of them a second time within ten more.

    `invited` is position, day, customer id and a key that is unique within the survey. Returned are the invitations,
    the respondents, and the position of each respondent's invitation.
    """
    person, day, customer_id, key = invited
    channel = choose(rng, declared.SURVEY_CHANNEL_SHARES, len(person))
    answered_day = day + rng.integers(1, 6, len(person))
    last = np.datetime64(calendar.last_day)
    answers = (rng.random(len(person)) < np.array(declared.RESPONSE_RATES)[channel]) & (answered_day <= last)
    again_day = answered_day + rng.integers(1, 11, len(person))
    again = answers & (rng.random(len(person)) < declared.REPEAT_RESPONSE_SHARE) & (again_day <= last)
    first, second = np.flatnonzero(answers), np.flatnonzero(again)
    response_id = pl.select(pl.concat_str(pl.lit("R-"), key)).to_series()
    invitations = pl.DataFrame(
        {
            "invitation_id": pl.select(pl.concat_str(pl.lit("I-"), key)).to_series(),
            "survey_id": pl.repeat(survey_id, len(person), eager=True, dtype=pl.String),
            "customer_id": customer_id,
            "channel": labels(declared.SURVEY_CHANNELS, channel),
            "sent_at": local_times(rng, day),
            "response_id": pl.select(pl.when(pl.Series(answers)).then(response_id)).to_series(),
        }
    ).filter(pl.Series(day <= last))
    both = np.r_[first, second]
    repeated_id = response_id.gather(second) + "-2"
    respondents = Respondents(
        person=person[both],
        day=np.r_[answered_day[first], again_day[second]],
        response_id=pl.concat([response_id.gather(first), repeated_id]),
        channel=channel[both],
    )
    return invitations, respondents, both


def draw_answers(
    rng: np.random.Generator, questions: tuple[Question, ...], probability: Floats
) -> tuple[Floats, Floats, Flags]:
    """Draw the scores of respondents (rows) to questions (columns), their expectations, and which are given."""
    low = np.array([q.scale_min for q in questions])
    width = np.array([q.width for q in questions])
    scores = low + rng.binomial(width, probability)
    given = rng.random(probability.shape) >= declared.MISSING_ANSWER_SHARE
    return scores.astype(np.float64), low + width * probability, given


def answer_rows(
    questions: tuple[Question, ...], respondents: pl.DataFrame, scores: Floats, given: Flags
) -> pl.DataFrame:
    """Give one row per answer given; columns of the respondents are repeated for each."""
    row, column = np.nonzero(given)
    answers = respondents[row].with_columns(
        survey_id=pl.lit(questions[0].survey_id),
        question_id=labels([q.question_id for q in questions], column),
        score=pl.Series(scores[row, column]),
    )
    absent = {name: pl.lit(None, dtype=pl.String) for name in RESPONSE_COLUMNS if name not in answers.columns}
    return answers.with_columns(**absent).select(RESPONSE_COLUMNS)


def summed(expected: Floats, given: Flags) -> Expected:
    """Add the expectations of the answers given, per question."""
    return Expected((expected * given).sum(axis=0), given.sum(axis=0).astype(np.int64))


def respondent_frame(rng: np.random.Generator, people: People, respondents: Respondents) -> pl.DataFrame:
    """Give the columns that all answers of a respondent share."""
    return pl.DataFrame(
        {
            "response_id": respondents.response_id,
            "customer_id": people.customer_id.gather(respondents.person),
            "answered_at": local_times(rng, respondents.day),
            "channel": labels(declared.SURVEY_CHANNELS, respondents.channel),
        }
    )
