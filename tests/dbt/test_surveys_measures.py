"""Effort, loyalty, ACSI, service quality, reasons, distributions and response rates, against plain computations."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from math import isnan, nan, sqrt
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from scipy import stats
from scratch_warehouse import fill_warehouse, query, run_models
from statsmodels.stats.proportion import proportion_confint
from survey_answers import (
    ACSI_QUESTIONS,
    AS_OF,
    FIRST_DAY,
    SEGMENTS,
    SERVQUAL_ITEMS,
    Answer,
    Cell,
    Figures,
    cells,
    mean_with_interval,
    period_start,
    pick,
    random_frames,
    read_answers,
)

OWN_BRANDS = ["Own", "Ours too"]
MINIMUM_N = 3
RESPONSE_WINDOW_DAYS = 20
CLI_ITEMS = ("recommend", "repurchase", "try_other")
POINTS = {"reliability": 70, "empathy": 30}
FAMILIES = ("survey_scores", "cli", "composites")
Counts = npt.NDArray[np.complex128]


@dataclass(frozen=True)
class Published:
    """What the models made of random answers, and the settings."""

    path: Path
    frames: dict[str, pd.DataFrame]
    answers: list[Answer]
    policy: str
    acsi_weights: dict[str, float]
    points: dict[str, int]

    @property
    def cells(self) -> dict[Cell, list[Answer]]:
        """The answers that count in each cell."""
        return cells(self.answers, self.policy, OWN_BRANDS)

    @property
    def triples(self) -> dict[Cell, list[Answer]]:
        """The responses with all three answers of the loyalty index that count in each cell, one answer for each."""
        return cells(cli_responses(self.answers), self.policy, OWN_BRANDS)

    def rows(self, table: str) -> pd.DataFrame:
        """The rows of a table; dates as dates."""
        rows = query(self.path, f"select * from {table}")
        return rows.assign(period_start=[moment.date() for moment in rows["period_start"]])


@pytest.fixture(
    scope="module",
    params=[("latest", {}, {}, 5), ("all", {"overall": 0.5, "expectations": 0.0, "ideal": 0.5}, POINTS, 6)],
    ids=["latest and equal", "all and weighed"],
)
def published(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Published:
    policy, weights, points, seed = request.param
    frames = random_frames(seed, 130, ("depth", "depth", "gaps", "gaps", "pulse"))
    frames["survey_invitations"] = invitations(seed, frames["survey_responses"])
    path = tmp_path_factory.mktemp("measures") / "warehouse.duckdb"
    surveys = {"repeat_policy": policy, "own_brands": OWN_BRANDS, "acsi_weights": weights, "servqual_points": points}
    fill_warehouse(
        path,
        AS_OF,
        frames,
        company={"history_start": dt.date(2023, 11, 1)},
        surveys=surveys | {"response_window_days": RESPONSE_WINDOW_DAYS},
        privacy={"minimum_n": MINIMUM_N},
    )
    marts = ("servqual", "nps_reasons", "response_rates", "survey_distributions")
    run_models(path, *(f"int_kpi__{family}" for family in FAMILIES), "int_kpi__response_rate", *marts)
    equal = dict.fromkeys(ACSI_QUESTIONS, 1 / 3)
    return Published(path, frames, read_answers(frames), policy, weights or equal, points)


def invitations(seed: int, responses: pd.DataFrame) -> pd.DataFrame:
    """Some invitations that were answered, some that name a response of tomorrow, some never answered."""
    random = np.random.default_rng(seed)
    known = responses[["survey_id", "response_id"]].drop_duplicates()
    rows = []
    for number in range(120):
        day = FIRST_DAY + dt.timedelta(days=int(random.integers((AS_OF - FIRST_DAY).days + 1)))
        survey, response = known.iloc[int(random.integers(len(known)))]
        # Of the survey "unheld" no response is there.
        survey = survey if random.random() < 0.8 else "unheld"
        rows.append(
            {
                "invitation_id": f"i{number}",
                "survey_id": survey,
                "customer_id": pick(random, [*SEGMENTS, "stranger", None]),
                "channel": pick(random, ["web", "shop", None]),
                "sent_at": dt.datetime.combine(day, dt.time(9)),
                "business_day": day,
                "response_id": pick(random, [response, response, "of tomorrow", None, None]),
            }
        )
    return pd.DataFrame(rows)


def cli_responses(answers: list[Answer]) -> list[Answer]:
    """Responses with all three answers, as answers whose score is the mean of the three."""
    found: dict[object, dict[str, Answer]] = defaultdict(dict)
    for each in answers:
        if each.measure.startswith("cli_"):
            found[each.response][each.measure.removeprefix("cli_")] = each
    triples = []
    for items in found.values():
        if len(items) == len(CLI_ITEMS):
            first = items["recommend"]
            key = None if first.repeat_key is None else tuple(x for i, x in enumerate(first.repeat_key) if i != 2)
            scores = [items[name].score for name in CLI_ITEMS]
            reason = ",".join(str(int(score)) for score in scores)
            triples.append(replace(first, repeat_key=key, measure="cli", score=sum(scores) / 3, reason=reason))
    return triples


def of(members: list[Answer], measure: str) -> list[float]:
    return [each.score for each in members if each.measure == measure]


def share(values: list[float], counts: Callable[[float], bool]) -> Figures:
    hits = sum(counts(each) for each in values)
    return hits / len(values), *proportion_confint(hits, len(values), method="wilson"), len(values)


def linearised(value: Callable[[Counts], complex], n: int) -> Figures:
    """Value and bounds of a function of how often each respondent counts, by a step in the imaginary direction."""
    central = value(np.ones(n, dtype=complex)).real
    if n == 1:
        return central, nan, nan, n
    step = 1e-30
    influences = [value(np.ones(n) + 1j * step * np.eye(n)[each]).imag / step for each in range(n)]
    half = stats.t.ppf(0.975, n - 1) * sqrt(n / (n - 1) * float(np.sum(np.square(influences))))
    return central, central - half, central + half, n


def linear_combination(members: list[Answer], terms: dict[tuple[str, str | None], float]) -> Figures:
    """A weighted sum of the means of questions, named by measure and, where it matters, parameter."""
    kept = {
        key: [each for each in members if each.measure == key[0] and key[1] in (None, each.parameter)] for key in terms
    }
    respondents = sorted({each.respondent for group in kept.values() for each in group})

    def value(counts: Counts) -> complex:
        weight = dict(zip(respondents, counts, strict=True))
        means = {
            key: sum(weight[each.respondent] * each.score for each in group)
            / sum(weight[each.respondent] for each in group)
            for key, group in kept.items()
        }
        return complex(sum(terms[key] * mean for key, mean in means.items()))

    return linearised(value, len(respondents))


def acsi(members: list[Answer], weights: dict[str, float]) -> Figures | None:
    terms: dict[tuple[str, str | None], float] = {(f"acsi_{q}", None): w for q, w in weights.items() if w > 0}
    if not all(of(members, measure) for measure, _ in terms):
        return None
    value, low, high, n = linear_combination(members, terms)
    return 100 * (value - 1) / 9, 100 * (low - 1) / 9, 100 * (high - 1) / 9, n


def sides(members: list[Answer]) -> dict[str, list[str]]:
    """The items with both sides, by dimension."""
    found = defaultdict(list)
    for item, block in SERVQUAL_ITEMS.items():
        kinds = {each.measure for each in members if each.parameter == item and each.measure.startswith("servqual")}
        if len(kinds) == 2:
            found[block].append(item)
    return found


def gap(members: list[Answer], items: dict[str, float]) -> Figures:
    terms: dict[tuple[str, str | None], float] = {("servqual_perception", item): w for item, w in items.items()}
    return linear_combination(members, terms | {("servqual_expectation", item): -w for item, w in items.items()})


def scales(members: list[Answer], items: dict[str, float]) -> set[float]:
    return {each.high for each in members if each.measure.startswith("servqual") and each.parameter in items}


def block_shares(blocks: dict[str, list[str]], points: dict[str, int]) -> dict[str, float] | None:
    if not points:
        return {block: 1 / len(blocks) for block in blocks}
    return {block: points.get(block, 0) / 100 for block in blocks} if points.keys() <= blocks.keys() else None


def servqual(members: list[Answer], points: dict[str, int]) -> Figures | None:
    blocks = sides(members)
    shares = block_shares(blocks, points)
    if not blocks or shares is None:
        return None
    items = {item: shares[block] / len(names) for block, names in blocks.items() for item in names if shares[block]}
    return gap(members, items) if len(scales(members, items)) == 1 else None


def expected(published: Published) -> dict[tuple[str, Cell], Figures]:
    """Every cell of every metric that should be there."""
    computed: dict[tuple[str, Cell], Figures | None] = {}
    for cell, members in published.cells.items():
        for measure in ("reverse_nps", "ces"):
            values = of(members, measure)
            if values:
                computed[measure, cell] = mean_with_interval(values)
        if of(members, "reverse_nps"):
            computed["reverse_nps_devoted_share", cell] = share(of(members, "reverse_nps"), lambda x: x >= 9)
        if of(members, "ces"):
            computed["ces_low_effort_share", cell] = share(of(members, "ces"), lambda x: x <= 3)
        computed["acsi", cell] = acsi(members, published.acsi_weights)
        computed["servqual", cell] = servqual(members, published.points)
    for cell, members in published.triples.items():
        value, low, high, n = computed["cli", cell] = mean_with_interval([each.score for each in members])
        computed["cli_index", cell] = (6 - value) * 20, (6 - high) * 20, (6 - low) * 20, n
        for position, item in enumerate(CLI_ITEMS):
            scores = [float(str(each.reason).split(",")[position]) for each in members]
            computed[f"cli_{item}", cell] = mean_with_interval(scores)
    return {key: figures for key, figures in computed.items() if figures is not None}


def same(ours: float | None, theirs: float) -> bool:
    if isnan(theirs):
        return ours is None or isnan(ours)
    return ours == pytest.approx(theirs, rel=1e-9, abs=1e-9)


def test_every_cell_of_kpi_equals_a_plain_computation(published: Published) -> None:
    """A direction the wrong way round, a partial loyalty response, a lost covariance, points that do not weigh."""
    rows = pd.concat([published.rows(f"intermediate.int_kpi__{family}") for family in FAMILIES])
    rows = rows[~rows["metric_id"].isin(["nps", "csat", "csat_satisfied_share"])]
    got = {
        (row.metric_id, (row.grain, row.period_start, row.dimension, row.dimension_value)): row
        for row in rows.itertuples()
    }
    wanted = expected(published)
    assert got.keys() == wanted.keys()
    assert {metric for metric, _ in wanted} == {*rows["metric_id"]}
    assert len({*rows["metric_id"]}) == 11
    for key, figures in wanted.items():
        row = got[key]
        for ours, theirs in zip((row.value, row.ci_low, row.ci_high, row.n), figures, strict=True):
            assert same(ours, theirs), (key, row, figures)
    factor = rows["metric_id"].map({"acsi": 100.0, "cli_index": 100.0}).fillna(1.0)
    assert (factor * rows["numerator"] / rows["denominator"] - rows["value"]).abs().max() < 1e-9


def test_gaps_of_items_and_dimensions_equal_a_plain_computation(published: Published) -> None:
    """An item without one of its sides, two scales in one item, a small side that is shown."""
    rows = published.rows("marts.servqual").set_index(
        ["grain", "period_start", "dimension", "dimension_value", "level", "quality_dimension", "item"]
    )
    checked = 0
    for cell, members in published.cells.items():
        blocks = sides(members)
        shares = block_shares(blocks, published.points)
        for block, items in blocks.items():
            wanted = {("item", block, item): {item: 1.0} for item in items}
            wanted["quality_dimension", block, "total"] = dict.fromkeys(items, 1 / len(items))
            for key, terms in wanted.items():
                row, (value, low, high, n) = rows.loc[(*cell, *key)], gap(members, terms)
                if key[0] == "item":
                    counts = Counter(each.measure for each in members if each.parameter in terms)
                    n = min(counts["servqual_perception"], counts["servqual_expectation"])
                is_hidden = n < MINIMUM_N or len(scales(members, terms)) > 1
                assert (row["n"], row["is_suppressed"]) == (n, n < MINIMUM_N)
                figures = (nan, nan, nan) if is_hidden else (value, low, high)
                for name, figure in zip(("gap", "gap_ci_low", "gap_ci_high"), figures, strict=True):
                    assert same(row[name], figure), (cell, key, name)
                if key[0] == "quality_dimension":
                    assert same(row["points"], nan if shares is None else 100 * shares[block])
                checked += not is_hidden
    assert checked > 100
    assert len(rows[rows.index.get_level_values("level") != "overall"]) == sum(
        len(items) + 1 for members in published.cells.values() for items in sides(members).values()
    )


def test_reasons_are_counted_per_group(published: Published) -> None:
    """A reason of a superseded answer, a share of the wrong group."""
    rows = published.rows("marts.nps_reasons")
    wanted: dict[tuple[object, ...], int] = Counter()
    for cell, members in published.cells.items():
        for each in members:
            if each.measure == "nps" and (each.low, each.high) == (0, 10):
                group = "promoter" if each.score >= 9 else "passive" if each.score >= 7 else "detractor"
                wanted[*cell, group, each.reason or "unknown"] += 1
    groups: dict[tuple[object, ...], int] = Counter()
    for key, count in wanted.items():
        groups[key[:-1]] += count
    assert len(rows) == len(wanted)
    for row in rows.itertuples():
        group = (row.grain, row.period_start, row.dimension, row.dimension_value, row.nps_group)
        n, count = groups[group], wanted[*group, row.reason_code]
        assert (row.n, row.is_suppressed) == (n, n < MINIMUM_N)
        low, high = proportion_confint(count, n, method="wilson")
        given = n - wanted.get((*group, "unknown"), 0)
        of_reasons = nan if row.reason_code == "unknown" else count / given
        figures = [nan] * 4 if row.is_suppressed else [count / n, low, high, of_reasons]
        for ours, theirs in zip((row.value, row.ci_low, row.ci_high, row.share_of_reasons), figures, strict=True):
            assert same(ours, theirs), row


def test_distributions_are_those_of_the_answers(published: Published) -> None:
    """An answer that nobody gave left out, an answer counted under its reverse."""
    rows = published.rows("marts.survey_distributions")
    wanted = {}
    for cell, members in published.cells.items():
        kept = [e for e in members if not e.measure.startswith("servqual") and (e.measure, e.high) != ("nps", 5)]
        for measure in {each.measure for each in kept} if cell[0] in ("month", "quarter", "year") else ():
            scores = Counter(of(kept, measure))
            scale = next((int(e.low), int(e.high)) for e in kept if e.measure == measure)
            for answer in range(scale[0], scale[1] + 1):
                wanted[measure, *cell, answer] = (scores[answer], scores.total())
    assert len(rows) == len(wanted) > 1000
    for row in rows.itertuples():
        count, n = wanted[row.measure, row.grain, row.period_start, row.dimension, row.dimension_value, row.answer]
        assert (row.n, row.is_suppressed) == (n, n < MINIMUM_N)
        assert same(row.value, nan if n < MINIMUM_N else count / n), row


def test_response_rates_are_those_of_the_invitations(published: Published) -> None:
    """A response of tomorrow that counts today, a period that is called complete while answers still come."""
    held = {*published.frames["survey_responses"][["survey_id", "response_id"]].itertuples(index=False, name=None)}
    sent: dict[tuple[object, ...], list[bool]] = defaultdict(list)
    for row in published.frames["survey_invitations"].itertuples():
        response = None if pd.isna(row.response_id) else row.response_id
        answered = (row.survey_id, response) in held or (row.survey_id == "unheld" and response is not None)
        segment, region = SEGMENTS.get(row.customer_id, (None, None))
        channel = None if pd.isna(row.channel) else row.channel
        for grain in ("day", "week", "month", "quarter", "year"):
            for cut in (("total", "total"), ("segment", segment), ("region", region), ("channel", channel)):
                start = period_start(grain, row.business_day)
                for survey in (row.survey_id, "all"):
                    sent[survey, grain, start, cut[0], cut[1] or "unknown"].append(answered)
    surveys = published.rows("marts.response_rates")
    overall = published.rows("intermediate.int_kpi__response_rate").assign(survey_id="all", is_suppressed=False)
    rows = pd.concat([surveys, overall])
    assert len(rows) == len(sent)
    for row in rows.itertuples():
        answers = sent[row.survey_id, row.grain, row.period_start, row.dimension, row.dimension_value]
        value, low, high, n = share([float(each) for each in answers], bool)
        is_hidden = row.survey_id != "all" and n < MINIMUM_N
        assert (row.n, row.is_suppressed) == (n, is_hidden)
        for ours, theirs in zip((row.value, row.ci_low, row.ci_high), (value, low, high), strict=True):
            assert same(ours, nan if is_hidden else theirs), row
        last_answer = row.period_end.date() + dt.timedelta(days=RESPONSE_WINDOW_DAYS - 1)
        assert row.is_complete == (last_answer <= AS_OF)
    assert {*rows["is_complete"]} == {True, False}
