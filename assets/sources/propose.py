"""Write a first `loyalty.yaml` from files or tables that nobody has described, each guess with its certainty."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from assets.configuration.checks import MINIMUM
from assets.contracts import entities, load_contract
from assets.sources.history import STAND_IN_DAY, history_start_line
from assets.sources.matching import Match, Proposal, column_matches, proposal
from assets.sources.samples import CONNECTION, Sample, sample_of
from assets.sources.synonyms import plain_name

URL_VARIABLE = "LOYALTY_DATABASE_URL"
LARGEST_SCALE = 10
FEWEST_QUESTIONS = 3
ENTITY_LINE = re.compile(r"  (\w+):")
COLUMN_LINE = re.compile(r"      (\w+): .*   # (sure|likely|unsure): ")
DONE = ("complet", "deliver", "paid", "ship", "fulfil", "closed", "done", "invoiced")


@dataclass(frozen=True)
class WideSurvey:
    """A sample whose rows are respondents: the columns that are questions, and the column of the day, if any."""

    sample: Sample
    questions: list[str]
    matches: dict[str, Match]


def propose(addresses: Sequence[str], folder: Path = Path()) -> str:
    """The text of a commented `loyalty.yaml`, to stand in `folder`, for files, globs or the address of a database.

    It loads as it stands; what could not be guessed says so. A database address is never written into it: the
    file reads it from the environment.
    """
    samples = [sample for address in addresses for sample in sample_of(address, folder)]
    proposals = _best(samples)
    survey = None if "survey_responses" in proposals else _wide_survey(samples)
    mapped = [(entity, found.sample, found.matches) for entity, found in proposals.items()]
    sections = [_entity_text(entity, found, proposals) for entity, found in proposals.items()]
    if survey:
        mapped.append(("survey_responses", survey.sample, survey.matches))
        sections.append(_survey_text(survey))
    have = {*proposals, *(("survey_questions", "survey_responses") if survey else ())}
    if not any(set(group) <= have for group in MINIMUM):
        unfound = [(entity, *_likest(entity, samples)) for entity in MINIMUM[0] if entity not in have]
        mapped += unfound
        sections += [_unfound(*found) for found in unfound]
    head = _head(samples, history_start_line(mapped))
    return "\n".join([*head, "sources:", *sections, *_statuses(proposals.get("orders"))]) + "\n"


def certainties(text: str) -> dict[str, dict[str, list[str]]]:
    """By entity the columns that are `sure`, `likely` and `unsure`, as the comments of a proposal say."""
    found: dict[str, dict[str, list[str]]] = {}
    entity = ""
    for line in text.splitlines():
        if heading := ENTITY_LINE.match(line):
            entity = heading[1]
        elif column := COLUMN_LINE.match(line):
            found.setdefault(entity, {}).setdefault(column[2], []).append(column[1])
    return found


def _best(samples: Iterable[Sample]) -> dict[str, Proposal]:
    best: dict[str, Proposal] = {}
    for sample in samples:
        for entity in entities():
            found = proposal(sample, load_contract(entity))
            if found and (entity not in best or found.score > best[entity].score):
                best[entity] = found
    if "orders" not in best:
        best.pop("order_lines", None)  # lines without their orders would all be quarantined
    return best


def _head(samples: Sequence[Sample], history_start: str) -> list[str]:
    lines = [
        "# A first proposal: read every line, above all those marked unsure, then run `loyalty check`.",
        "company:",
        "  name: My company",
        "  timezone: UTC           # of your business days, such as Europe/London",
        "  currency: EUR           # of your reports, three capital letters",
        "  week_start: monday",
        history_start,
    ]
    if any("database" in sample.settings for sample in samples):
        lines += [
            "connections:",
            f'  {CONNECTION}: {{url: "${{{URL_VARIABLE}}}"}}   # kept in the environment, not here',
        ]
    return lines


def _statuses(orders: Proposal | None) -> list[str]:
    """Which statuses count as sales; one that stands in neither list would be quarantined."""
    column = orders.matches["status"].expression if orders else None
    if orders is None or column not in orders.sample.rows.columns:
        return []
    found = sorted(str(value) for value in orders.sample.spread[column].drop_nulls().unique())
    valid = [value for value in found if any(word in value.lower() for word in DONE) and "un" not in value.lower()]
    other = [value for value in found if value not in valid]
    return [
        "orders:   # unsure: say which statuses count as sales; an order of any status not named here is bad input",
        f"  valid_statuses: {json.dumps(valid, ensure_ascii=False)}",
        f"  other_statuses: {json.dumps(other, ensure_ascii=False)}",
    ]


def _entity_text(entity: str, found: Proposal, proposals: dict[str, Proposal]) -> str:
    lines = [f"  {entity}:", *_origin(found.sample), "    columns:"]
    lines += [
        _column(name, found.matches[name]) for name in load_contract(entity).column_names if name in found.matches
    ]
    lines += [
        f"      {name}: null   # the source's column of this name holds something else"
        for name in load_contract(entity).column_names
        if name not in found.matches and name in found.sample.rows.columns
    ]
    gaps = _with_gaps(entity, found)
    if entity == "order_lines" and found.sample is proposals["orders"].sample:
        # The lines of an order that is left out would find no order.
        gaps = list(dict.fromkeys([*gaps, *_with_gaps("orders", proposals["orders"])]))
    if gaps:
        condition = " AND ".join(f"{json.dumps(name)} IS NOT NULL" for name in gaps)
        lines.append(f"    where: {json.dumps(condition)}   # unsure: rows without are left out, not quarantined")
    if found.distinct:
        lines.append("    distinct: true   # the source has several rows of each")
    if entity == "survey_responses":
        return "\n".join([*lines, _questions([("score", found)])])
    return "\n".join(lines)


def _with_gaps(entity: str, found: Proposal) -> list[str]:
    """The source's columns with gaps that serve required ones."""
    rows = found.sample.spread
    required = [column.name for column in load_contract(entity).columns if column.required]
    columns = [found.matches[name].expression for name in required if name in found.matches]
    return [name for name in columns if name in rows.columns and rows[name].null_count()]


def _questions(answered: Iterable[tuple[str, Proposal]]) -> str:
    lines = ["  survey_questions:   # unsure: say what each question measures, and on which scale", "    rows:"]
    for _, found in answered:
        score = found.matches["score"].expression or ""
        values = found.sample.rows.select(pl.col(score).cast(pl.Float64, strict=False))[score].drop_nulls()
        survey, question = (_constant(found.matches[name]) for name in ("survey_id", "question_id"))
        lines.append(_question(survey, question, values))
    return "\n".join(lines)


def _constant(match: Match) -> str:
    text = match.expression or ""
    return text.strip("'") if text.startswith("'") else "FILL IN"


def _question(survey: str, question: str, values: pl.Series) -> str:
    highest = max(5, int(float(str(values.max()))) if len(values) else 5)
    measure, lowest = ("nps", 0) if highest > 7 else ("csat", 1)
    row = {
        "survey_id": survey,
        "question_id": question,
        "measure": measure,
        "scale_min": lowest,
        "scale_max": 10 if highest > 7 else highest,
        "direction": "higher_is_better",
    }
    return f"      - {json.dumps(row, ensure_ascii=False)}"


def _origin(sample: Sample) -> list[str]:
    ((kind, told),) = sample.settings.items()
    settings: Any = json.dumps(told, ensure_ascii=False)
    return [*(f"    # unsure: {doubt}" for doubt in sample.doubts), f"    {kind}: {settings}"]


def _column(name: str, match: Match) -> str:
    sure = "sure" if match.certainty >= 0.95 else "likely" if match.certainty >= 0.7 else "unsure"
    return f"      {name}: {json.dumps(match.expression, ensure_ascii=False)}   # {sure}: {match.reason}"


def _wide_survey(samples: Iterable[Sample]) -> WideSurvey | None:
    """A table with a small scale per column is a survey of which each row is one respondent."""
    for sample in samples:
        questions = [name for name in sample.rows.columns if _is_scale(sample.rows[name])]
        if len(questions) >= FEWEST_QUESTIONS:
            found = column_matches(sample, load_contract("survey_responses"))
            return WideSurvey(sample, questions, {name: found[name] for name in ("answered_at",) if name in found})
    return None


def _survey_text(survey: WideSurvey) -> str:
    sample, questions, dates = survey.sample, survey.questions, survey.matches.get("answered_at")
    ids = [n for n in sample.rows.columns if plain_name(n) in ("id", "respondent") or plain_name(n).endswith("_id")]
    lines = [
        "  survey_responses:   # a wide export: one column per question",
        *_origin(sample),
        "    columns:",
        f"      response_id: {json.dumps(ids[0] if ids else None)}   # likely: the respondent",
        f"      survey_id: {json.dumps(_text_literal(sample.name))}",
        _column("answered_at", dates)
        if dates
        else f"      answered_at: \"'{STAND_IN_DAY}'\"   # unsure: no date found; the same for every row",
        f"    answers: {json.dumps({plain_name(q): q for q in questions}, ensure_ascii=False)}",
    ]
    if any((sample.rows[q].cast(pl.Float64, strict=False) == 0).any() for q in questions):
        lines.append("    no_answer: [0]   # unsure: if 0 is an answer on your scale, take this line out")
    rows = [_question(sample.name, plain_name(q), sample.rows[q].cast(pl.Float64, strict=False)) for q in questions]
    head = ["  survey_questions:   # unsure: say what each question measures, and on which scale", "    rows:"]
    return "\n".join([*lines, *head, *rows])


def _text_literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _is_scale(values: pl.Series) -> bool:
    numbers = values.cast(pl.Float64, strict=False) if values.dtype != pl.Boolean else values.cast(pl.String)
    if numbers.dtype != pl.Float64 or values.drop_nulls().len() == 0:
        return False
    given = numbers.drop_nulls()
    whole = given.len() == values.drop_nulls().len() and bool((given == given.floor()).all())
    return whole and 3 <= given.n_unique() <= LARGEST_SCALE + 1 and bool(given.is_between(0, LARGEST_SCALE).all())


def _likest(entity: str, samples: Sequence[Sample]) -> tuple[Sample, dict[str, Match]]:
    """The sample with the most columns for an entity, and these."""
    matches = [column_matches(sample, load_contract(entity)) for sample in samples]
    most = max(range(len(samples)), key=lambda number: len(matches[number]))
    return samples[most], matches[most]


def _unfound(entity: str, sample: Sample, matches: dict[str, Match]) -> str:
    """An entity that must be there and was not recognised: what is known of it, and what is to be filled in."""
    lines = [f"  {entity}:   # unsure: nothing that was shown looks like {entity}", *_origin(sample), "    columns:"]
    for column in load_contract(entity).columns:
        if column.name in matches:
            lines.append(_column(column.name, matches[column.name]))
        elif column.required:
            lines.append(f"      {column.name}: null   # FILL IN: required, and nothing was found for it")
    return "\n".join(lines)
