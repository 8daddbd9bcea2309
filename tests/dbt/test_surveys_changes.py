"""What changed the satisfaction index, and what came before and after events, against plain computations."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import permutations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scratch_warehouse import fill_warehouse, query, run_models
from survey_answers import AS_OF, Answer, Figures, Index, cells, latest, random_frames, read_answers

MINIMUM_N = 4
OWN_BRANDS = ["Own", "Ours too"]
FIXED_WEIGHTS = {"price": 0.5, "taste": 0.2, "delivery": 0.3}
HISTORY_START = dt.date(2023, 11, 25)
WINDOW_DAYS = 21
# event, first day, first day after it, segment
EVENTS = [
    ("course", dt.date(2023, 12, 20), dt.date(2023, 12, 24), None),
    ("price", dt.date(2024, 1, 10), None, None),
    ("fair", dt.date(2024, 1, 15), dt.date(2024, 1, 16), "home"),
    ("today", AS_OF, None, None),
    ("planned", AS_OF + dt.timedelta(days=1), None, None),
    ("nobody", dt.date(2024, 1, 10), None, "no such segment"),
]
ALL_DIMENSIONS = ["segment", "region", "channel", "product_category", "employee", "brand"]


@dataclass(frozen=True)
class Published:
    """The decomposition of random answers, the indices in `kpi`, and the settings."""

    rows: pd.DataFrame
    events: pd.DataFrame
    indices: pd.DataFrame
    answers: list[Answer]
    weights: dict[str, float]
    dimensions: list[str]


@pytest.fixture(
    scope="module",
    params=[(21, {}, ALL_DIMENSIONS), (22, FIXED_WEIGHTS, ["channel", "brand"])],
    ids=["asked importances", "fixed weights"],
)
def published(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Published:
    seed, weights, dimensions = request.param
    frames = random_frames(seed, 300)
    frames["business_events"] = pd.DataFrame(EVENTS, columns=["event_id", "starts_on", "ends_on", "segment"]).assign(
        name="Event"
    )
    path: Path = tmp_path_factory.mktemp("decomposition") / "warehouse.duckdb"
    fill_warehouse(
        path,
        AS_OF,
        frames,
        company={"history_start": HISTORY_START},
        surveys={"own_brands": OWN_BRANDS, "event_window_days": WINDOW_DAYS},
        csi={"weights": weights},
        privacy={"minimum_n": MINIMUM_N},
        dimensions=dimensions,
    )
    run_models(path, "csi_decomposition", "event_effects", "int_kpi__csi")
    rows = query(path, "select * from marts.csi_decomposition")
    events = query(path, "select * from marts.event_effects")
    indices = query(path, "select * from intermediate.int_kpi__csi where metric_id = 'csi_index'")
    return Published(rows, events, indices, read_answers(frames), weights, dimensions)


@dataclass
class Parameter:
    """What a cell says of a parameter, by group of respondents."""

    scores: dict[str, list[float]] = field(default_factory=dict)
    importances: dict[str, list[float]] = field(default_factory=dict)
    weight: float = 0.0
    importance: float = 0.0

    @property
    def n(self) -> int:
        """The fewer of satisfaction and asked importance answers."""
        counts = [sum(map(len, each.values())) for each in (self.scores, self.importances)]
        return min(each for each in counts if each)

    @property
    def score(self) -> float:
        return float(np.mean([value for values in self.scores.values() for value in values]))


def index_parameters(members: list[Answer], group: str | None, fixed: dict[str, float]) -> dict[str, Parameter]:
    """The parameters that are in the index of a cell."""
    found: dict[str, Parameter] = {}
    for each in members:
        kept = found.setdefault(str(each.parameter), Parameter())
        value = each.values[group] if group else "all"
        if each.measure == "csi_satisfaction":
            kept.scores.setdefault(value, []).append(each.share)
        elif each.measure == "csi_importance":
            kept.importances.setdefault(value, []).append(each.of_maximum)
    found = {
        name: each for name, each in found.items() if each.scores and (name in fixed if fixed else each.importances)
    }
    for name, each in found.items():
        asked = [value for values in each.importances.values() for value in values]
        each.importance = fixed[name] if fixed else float(np.mean(asked))
    total = sum(each.importance for each in found.values())
    for each in found.values():
        each.weight = each.importance / total
    return found


def shapley(before: list[float], after: list[float], value: Callable[[list[float]], float]) -> list[float]:
    """What each argument adds to the value as it changes, on average over all orders of changing them."""
    effects = [0.0] * len(before)
    orders = list(permutations(range(len(before))))
    for order in orders:
        now = list(before)
        for position in order:
            start = value(now)
            now[position] = after[position]
            effects[position] += (value(now) - start) / len(orders)
    return effects


def within_and_mix(before: dict[str, list[float]], after: dict[str, list[float]]) -> tuple[float, float]:
    """The change of a mean within groups, and by the groups' shares; a group that is new or gone keeps its mean."""
    within = mix = 0.0
    counts = [sum(map(len, each.values())) for each in (before, after)]
    for group in {*before, *after}:
        shares = [len(each.get(group, [])) / count for each, count in zip((before, after), counts, strict=True)]
        means = [float(np.mean(each.get(group) or other[group])) for each, other in ((before, after), (after, before))]
        parts = shapley([means[0], shares[0]], [means[1], shares[1]], lambda pair: pair[0] * pair[1])
        within, mix = within + parts[0], mix + parts[1]
    return within, mix


Effects = tuple[float, float, float]


def effects(before: dict[str, Parameter], after: dict[str, Parameter], fixed: dict[str, float]) -> dict[str, Effects]:
    """Performance, importance and mix effect of each parameter, in points of the index."""
    nothing = Parameter()
    scores: dict[str, tuple[float, float]] = {}
    importances: dict[str, tuple[float, float]] = {}
    for name in {*before, *after}:
        old, new = before.get(name, nothing), after.get(name, nothing)
        both = name in before and name in after
        scores[name] = within_and_mix(old.scores, new.scores) if both else (0, 0)
        importances[name] = (
            within_and_mix(old.importances, new.importances)
            if both and not fixed
            else (new.importance - old.importance, 0)
        )
    sums = [sum(each.importance for each in side.values()) for side in (before, after)]
    sum_change = sums[1] - sums[0]
    middle = sum(each.weight * each.score for side in (before, after) for each in side.values()) / 2
    found = {}
    for name in scores:
        old, new = before.get(name, nothing), after.get(name, nothing)
        ends = [(each if each.scores else other).score for each, other in ((old, new), (new, old))]
        by_importance, by_sum = shapley(
            [old.importance, sums[0]], [new.importance, sums[1]], lambda pair: pair[0] / pair[1]
        )
        change = new.importance - old.importance
        weight_parts = []
        for part, sum_part in zip(importances[name], map(sum, zip(*importances.values(), strict=True)), strict=True):
            own = by_importance * part / change if abs(change) > 1e-12 else part * (1 / sums[0] + 1 / sums[1]) / 2
            others = (
                by_sum * sum_part / sum_change
                if abs(sum_change) > 1e-6
                else -sum_part * (old.importance + new.importance) / 2 / sums[0] / sums[1]
            )
            weight_parts.append(own + others)
        mean_weight, distance = (old.weight + new.weight) / 2, sum(ends) / 2 - middle
        found[name] = (
            100 * mean_weight * scores[name][0],
            100 * distance * weight_parts[0],
            100 * (mean_weight * scores[name][1] + distance * weight_parts[1]),
        )
    return found


def group_of(dimension: str, configured: list[str]) -> str | None:
    """What tells respondents apart."""
    return next((each for each in ("segment", "region", "channel") if each in configured and each != dimension), None)


def previous(grain: str, start: dt.date) -> dt.date:
    """The first day of the period before."""
    months = {"month": 1, "quarter": 3, "year": 12}[grain]
    number = start.year * 12 + start.month - 1 - months
    return dt.date(number // 12, number % 12 + 1, 1)


Key = tuple[str, dt.date, str, str, str]


@dataclass(frozen=True)
class Row:
    """A row of the mart as it should be."""

    n: tuple[int | None, int | None]
    parts: Effects
    is_suppressed: bool


def hidden_parameters(counts: dict[str, int]) -> set[str]:
    """Those below the minimum, and never one alone."""
    ranked = sorted(counts, key=lambda name: (counts[name], name))
    hidden = {name for name in ranked if counts[name] < MINIMUM_N}
    return hidden | set(ranked[:2]) if hidden else hidden


def expected(published: Published) -> dict[Key, Row]:
    """All rows of the mart."""
    counted = cells([each for each in published.answers if each.day >= HISTORY_START], "latest", OWN_BRANDS)
    rows: dict[Key, Row] = {}
    for (grain, start, dimension, value), members in counted.items():
        if grain in ("day", "week") or dimension not in ("total", *published.dimensions):
            continue
        befores = counted.get((grain, previous(grain, start), dimension, value), [])
        group = group_of(dimension, published.dimensions)
        old, new = (index_parameters(each, group, published.weights) for each in (befores, members))
        if not old or not new:
            continue
        found = effects(old, new, published.weights)
        respondents = [
            len({each.respondent for each in side if each.parameter in kept and each.measure.startswith("csi")})
            for side, kept in ((members, new), (befores, old))
        ]
        is_small = min(respondents) < MINIMUM_N
        totals = tuple(float(sum(column)) for column in zip(*found.values(), strict=True))
        rows[grain, start, dimension, value, "total"] = Row((respondents[0], respondents[1]), totals, is_small)
        hidden = hidden_parameters({name: min(each[name].n for each in (old, new) if name in each) for name in found})
        for name, parts in found.items():
            n = new[name].n if name in new else None, old[name].n if name in old else None
            rows[grain, start, dimension, value, name] = Row(n, parts, is_small or name in hidden)
    return rows


def test_every_effect_equals_a_plain_computation(published: Published) -> None:
    """A group on the wrong side, a share of the wrong answers, an effect that suppression forgot."""
    wanted = expected(published)
    got = {
        (r["grain"], r["period_start"].date(), r["dimension"], r["dimension_value"], r["parameter"]): r
        for r in published.rows.to_dict("records")
    }
    assert got.keys() == wanted.keys()
    assert {row.is_suppressed for row in wanted.values()} == {True, False}
    for key, row in wanted.items():
        found = got[key]
        assert tuple(None if pd.isna(found[each]) else found[each] for each in ("n", "previous_n")) == row.n, key
        assert found["is_suppressed"] == row.is_suppressed, key
        parts = [found[f"{name}_effect"] for name in ("performance", "importance", "mix")]
        if row.is_suppressed:
            assert all(pd.isna(each) for each in parts), key
        else:
            assert parts == pytest.approx(list(row.parts), rel=1e-9, abs=1e-9), key


def test_effects_add_up_to_the_published_change(published: Published) -> None:
    """Who adds the effects must get the change of the index that `kpi` shows, to the last digits."""
    keys = ["grain", "dimension", "dimension_value"]
    totals = published.rows[(published.rows["level"] == "total") & ~published.rows["is_suppressed"]]
    indices = published.indices[[*keys, "period_start", "value"]]
    joined = totals.merge(indices, on=[*keys, "period_start"]).merge(
        indices.rename(columns={"period_start": "previous_period_start", "value": "previous_value"}),
        on=[*keys, "previous_period_start"],
    )
    assert len(joined) == len(totals) > 20
    change = joined["value"] - joined["previous_value"]
    effects_of = joined["performance_effect"] + joined["importance_effect"] + joined["mix_effect"]
    assert (effects_of - change).abs().max() < 1e-12
    assert (joined["total_effect"] - change).abs().max() < 1e-12
    assert (joined["csi_index_change"] - change).abs().max() < 1e-12


def net_promoters(scores: list[float]) -> Figures:
    """NPS with its adjusted Wald bounds and n."""
    n, high, low = len(scores), sum(each >= 9 for each in scores), sum(each <= 6 for each in scores)
    shares = np.array([high + 0.75, n - high - low + 1.5, low + 0.75]) / (n + 3)
    points = np.array([100.0, 0.0, -100.0])
    middle = float(shares @ points)
    half = float(stats.norm.ppf(0.975) * np.sqrt(shares @ (points - middle) ** 2 / (n + 3)))
    return 100 * (high - low) / n, max(-100, middle - half), min(100, middle + half), n


def figures_of_window(published: Published, segment: str | None, start: dt.date, end: dt.date) -> dict[str, Figures]:
    """The metrics of the answers that count from `start` until before `end`; empty where there are none."""
    counted = [
        each
        for each in latest(each for each in published.answers if start <= each.day < end)
        if each.values["brand"] in {*OWN_BRANDS, "unknown"} and segment in (None, each.values["segment"])
    ]
    found: dict[str, Figures] = {}
    scores = [each.score for each in counted if each.measure == "nps" and each.high == 10]
    if scores:
        found["nps"] = net_promoters(scores)
    index = Index(counted, published.weights)
    if index.parameters:
        value, low, high, n = index.figures()
        found["csi_index"] = (100 * value, 100 * low, 100 * high, n)
    return found


def error_of(metric: str, figures: Figures) -> float:
    """The standard error behind the bounds; those of NPS lie about the adjusted score and may be cut at one end."""
    value, low, high, n = figures
    if metric == "csi_index":
        return (high - low) / 2 / float(stats.t.ppf(0.975, n - 1))
    middle = value * n / (n + 3)
    return max(high - middle, middle - low) / float(stats.norm.ppf(0.975))


def test_every_event_equals_a_plain_computation(published: Published) -> None:
    """A day in the wrong window, a repeated answer counted twice, an event's own days counted, a segment forgotten."""
    got = {(row["event_id"], row["metric_id"]): row for row in published.events.to_dict("records")}
    days = dt.timedelta(days=WINDOW_DAYS)
    wanted = {
        (event, metric) for event, starts_on, _, _ in EVENTS if starts_on <= AS_OF for metric in ("csi_index", "nps")
    }
    assert got.keys() == wanted
    for event, starts_on, ends_on, segment in EVENTS:
        if starts_on > AS_OF:
            continue
        after_start = ends_on or starts_on
        before = figures_of_window(published, segment, starts_on - days, starts_on)
        after = figures_of_window(published, segment, after_start, after_start + days)
        for metric in ("csi_index", "nps"):
            row = got[event, metric]
            sides = {"before": before.get(metric), "after": after.get(metric)}
            for side, figures in sides.items():
                columns = [row[f"{side}_{name}"] for name in ("value", "ci_low", "ci_high")]
                assert row[f"{side}_n"] == (figures[3] if figures else 0), (event, metric)
                if figures and figures[3] >= MINIMUM_N:
                    assert columns == pytest.approx(list(figures[:3]), rel=1e-9, abs=1e-9), (event, metric, side)
                else:
                    assert all(pd.isna(each) for each in columns), (event, metric, side)
            shown = [each for each in sides.values() if each and each[3] >= MINIMUM_N]
            assert row["is_suppressed"] == (len(shown) < 2), (event, metric)
            assert row["is_complete"] == (after_start + days <= AS_OF + dt.timedelta(days=1)), event
            tested = [row[name] for name in ("difference", "difference_ci_low", "difference_ci_high", "p_value")]
            if len(shown) < 2:
                assert all(pd.isna(each) for each in tested), (event, metric)
                continue
            difference = shown[1][0] - shown[0][0]
            error = float(np.hypot(error_of(metric, shown[0]), error_of(metric, shown[1])))
            half = float(stats.norm.ppf(0.975)) * error
            p_value = 2 * float(stats.norm.sf(abs(difference) / error))
            assert tested == pytest.approx(
                [difference, difference - half, difference + half, p_value], rel=1e-9, abs=1e-9
            ), (event, metric)
