"""The surveys of customers: what their answers depend on, and the expectation of every answer that is given."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from assets.sample import parameters as declared
from assets.sample.asking import (
    RESPONSE_COLUMNS,
    Expected,
    Respondents,
    answer_rows,
    draw_answers,
    invite,
    respond,
    respondent_frame,
    summed,
)
from assets.sample.people import People
from assets.sample.questionnaires import RELATIONSHIP, SERVICE_QUALITY, STORE_VISIT
from assets.sample.streams import (
    Calendar,
    Days,
    Flags,
    Floats,
    Integers,
    choose,
    choose_by_row,
    identifiers,
    labels,
    stream,
)

DETRACTOR, PASSIVE, PROMOTER = range(3)
GROUP_LOYALTY = np.array((0.25, 0.55, 0.85))
"""Probability per latent group behind the further loyalty questions; one minus it where 1 is best."""

DETRACTOR_SCORES = np.array((0.02, 0.03, 0.05, 0.10, 0.15, 0.30, 0.35))
SATISFACTION = np.array([p.satisfaction for p in declared.CSI_PARAMETERS])
IMPORTANCE = np.array([p.importance for p in declared.CSI_PARAMETERS])
NAMES = [p.name for p in declared.CSI_PARAMETERS]


@dataclass(frozen=True)
class Asked:
    """One survey of one block."""

    invitations: pl.DataFrame
    responses: pl.DataFrame
    expected: Expected
    nps: Expected
    """Expected promoters minus detractors: in total, per segment, before and after the training."""
    repeat_responses: int


def personal_satisfaction(
    rng: np.random.Generator, people: People, respondents: Respondents, calendar: Calendar
) -> Floats:
    """Probability behind each parameter's satisfaction: its own, and what loyalty, segment, mood and training add."""
    person = respondents.person
    mood = rng.uniform(-declared.MOOD_SPREAD, declared.MOOD_SPREAD, len(person))
    personal = np.array(declared.GROUP_SATISFACTION)[people.group[person]] + mood
    personal = personal + np.array(declared.SEGMENT_SATISFACTION)[people.segment[person]]
    trained = (respondents.day >= np.datetime64(calendar.training_day))[:, None]
    is_trained_parameter = np.isin(NAMES, ("staff", "delivery"))[None, :]
    return np.asarray(SATISFACTION + personal[:, None] + declared.TRAINING_EFFECT * (trained & is_trained_parameter))


def ask_relationship(seed: int, block: int, people: People, calendar: Calendar) -> Asked:
    """Ask the quarterly relationship survey: satisfaction and importance on ten points, and loyalty."""
    rng = stream(seed, "relationship", block)
    person, day, span = invite(rng, people, calendar, 3, declared.QUARTERLY_INVITATION_SHARE)
    key = identifiers("relationship-", people.number[person] * 1_000 + span)
    invited = (person, day, people.customer_id.gather(person), key)
    invitations, respondents, invitation = respond(rng, calendar, "relationship", invited)
    group = people.group[respondents.person]
    loyal = GROUP_LOYALTY[group][:, None]
    count = len(group)
    probability = np.concatenate(
        [
            personal_satisfaction(rng, people, respondents, calendar),
            IMPORTANCE + rng.uniform(-0.05, 0.05, (count, 1)),
            np.zeros((count, 1)),
            np.repeat(loyal, 4, axis=1),
            np.repeat(1 - loyal, 3, axis=1),
        ],
        axis=1,
    )
    scores, expected, given = draw_answers(rng, RELATIONSHIP, probability)
    at = [q.measure for q in RELATIONSHIP].index("nps")
    is_trained = respondents.day >= np.datetime64(calendar.training_day)
    answered_group = _answered_group(rng, group, is_trained)
    scores[:, at], expected[:, at] = _nps_scores(rng, answered_group), _expected_nps_score(group, is_trained)
    rows = respondent_frame(rng, people, respondents).with_columns(
        reason=labels(declared.REASONS, _reasons(rng, answered_group))
    )
    answers = answer_rows(RELATIONSHIP, rows.drop("reason"), scores, given)
    reasons = rows.select("response_id", "reason")
    answers = answers.join(reasons, on="response_id", how="left", maintain_order="left").with_columns(
        reason_code=pl.when(pl.col("question_id") == "nps").then("reason")
    )
    nps = _expected_nps(group, is_trained, people.segment[respondents.person], given[:, at])
    repeats = count - len(np.unique(invitation))
    return Asked(invitations, answers.select(RESPONSE_COLUMNS), summed(expected, given), nps, repeats)


def _answered_group(rng: np.random.Generator, group: Integers, is_trained: Flags) -> Integers:
    converts = (group == PASSIVE) & is_trained & (rng.random(len(group)) < declared.TRAINING_CONVERSION)
    return np.where(converts, PROMOTER, group)


def _nps_scores(rng: np.random.Generator, group: Integers) -> Integers:
    low = choose(rng, DETRACTOR_SCORES.tolist(), len(group))
    upper = rng.integers(0, 2, len(group))
    return np.where(group == DETRACTOR, low, np.where(group == PASSIVE, 7, 9) + upper)


def _expected_nps_score(group: Integers, is_trained: Flags) -> Floats:
    detractor = float(DETRACTOR_SCORES @ np.arange(7))
    passive = 7.5 + 2 * declared.TRAINING_CONVERSION * is_trained
    return np.where(group == DETRACTOR, detractor, np.where(group == PASSIVE, passive, 9.5))


def _expected_nps(group: Integers, is_trained: Flags, segment: Integers, given: Flags) -> Expected:
    """Sum expected promoters minus detractors over the NPS answers given."""
    passive = declared.TRAINING_CONVERSION * is_trained
    value = np.where(group == DETRACTOR, -1.0, np.where(group == PASSIVE, passive, 1.0))
    parts = [
        given,
        *(given & (segment == s) for s in range(len(declared.SEGMENTS))),
        given & ~is_trained,
        given & is_trained,
    ]
    return Expected(np.array([value[part].sum() for part in parts]), np.array([part.sum() for part in parts]))


def _reasons(rng: np.random.Generator, group: Integers) -> Integers:
    return choose_by_row(rng, np.array(declared.REASON_SHARES)[group])


def ask_service_quality(seed: int, block: int, people: People, calendar: Calendar) -> Asked:
    """Ask the yearly survey of expectations and perceptions on seven points."""
    rng = stream(seed, "service_quality", block)
    person, day, span = invite(rng, people, calendar, 12, declared.YEARLY_INVITATION_SHARE)
    key = identifiers("service-quality-", people.number[person] * 1_000 + span)
    invited = (person, day, people.customer_id.gather(person), key)
    invitations, respondents, invitation = respond(rng, calendar, "service_quality", invited)
    base = [p for kind in (0, 1) for pair in declared.SERVQUAL.values() for p in (pair[kind],) * 2]
    mood = rng.uniform(-declared.MOOD_SPREAD, declared.MOOD_SPREAD, (len(respondents.person), 1))
    scores, expected, given = draw_answers(rng, SERVICE_QUALITY, np.array(base) + mood)
    rows = answer_rows(SERVICE_QUALITY, respondent_frame(rng, people, respondents), scores, given)
    repeats = len(invitation) - len(np.unique(invitation))
    return Asked(invitations, rows, summed(expected, given), NO_NPS, repeats)


NO_NPS = Expected(np.zeros(3 + len(declared.SEGMENTS)), np.zeros(3 + len(declared.SEGMENTS), np.int64))


@dataclass(frozen=True)
class Visits:
    """Planned purchases in a shop."""

    person: Integers
    month: Integers
    day: Days
    order_id: pl.Series
    location: Integers
    employee: Integers


def ask_store_visit(
    seed: int, block: int, people: People, calendar: Calendar, visits: Visits, drivers: tuple[Floats, Floats]
) -> Asked:
    """Ask after most visits, on five points; `drivers` are turnover of locations and training of employees."""
    rng = stream(seed, "store_visit", block)
    asked = np.flatnonzero(rng.random(len(visits.person)) < declared.VISIT_INVITATION_SHARE)
    order_id = visits.order_id.gather(asked)
    person = visits.person[asked]
    key = pl.select(pl.concat_str(pl.lit("store-visit-"), order_id)).to_series()
    invited = (person, visits.day[asked], people.customer_id.gather(person), key)
    invitations, respondents, invitation = respond(rng, calendar, "store_visit", invited)
    visit = asked[invitation]
    month, location, employee = visits.month[visit], visits.location[visit], visits.employee[visit]
    turnover, hours = drivers[0][location, month], drivers[1][employee, month]
    satisfied = personal_satisfaction(rng, people, respondents, calendar)
    satisfied[:, NAMES.index("staff")] += declared.TURNOVER_EFFECT * turnover
    count = len(visit)
    overall = sum(share * satisfied[:, NAMES.index(name)] for name, share in declared.CSAT_DRIVERS.items())
    csat = np.clip(overall + declared.TRAINING_HOURS_EFFECT * hours, 0, 1)
    important = IMPORTANCE + rng.uniform(-0.05, 0.05, (count, 1))
    probability = np.concatenate([satisfied, important, csat[:, None], 1 - csat[:, None]], axis=1)
    scores, expected, given = draw_answers(rng, STORE_VISIT, np.clip(probability, 0, 1))
    rows = respondent_frame(rng, people, respondents).with_columns(
        employee_id=identifiers("E", employee + 1, width=2),
        location_id=identifiers("L", location + 1, width=2),
        order_id=order_id.gather(invitation),
    )
    answers = answer_rows(STORE_VISIT, rows, scores, given)
    return Asked(invitations, answers, summed(expected, given), NO_NPS, count - len(np.unique(invitation)))
