"""Random surveys, and plain loops over them that compute what the models publish in another way."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from math import nan, sqrt

import numpy as np
import pandas as pd
from scipy import stats

HIGHER, LOWER = "higher_is_better", "lower_is_better"
CSI_MEASURES = ("csi_satisfaction", "csi_importance")
FIRST_DAY = dt.date(2023, 11, 20)
AS_OF = dt.date(2024, 2, 20)
ACSI_QUESTIONS = ("overall", "expectations", "ideal")
SERVQUAL_ITEMS = {"on time": "reliability", "as told": "reliability", "listens": "empathy", "smell": "tangibles"}
# survey, question, measure, parameter, block, lowest and highest answer, direction
QUESTIONS = [
    ("csi", "s_price", "csi_satisfaction", "price", "value", 1, 5, HIGHER),
    ("csi", "i_price", "csi_importance", "price", None, 1, 10, HIGHER),
    ("csi", "s_taste", "csi_satisfaction", "taste", "product", 1, 5, HIGHER),
    ("csi", "i_taste", "csi_importance", "taste", "product", 1, 10, HIGHER),
    ("csi", "s_pack", "csi_satisfaction", "pack", "product", 1, 5, LOWER),
    ("csi", "i_pack", "csi_importance", "pack", "product", 1, 10, HIGHER),
    ("csi", "s_queue", "csi_satisfaction", "queue", "place", 1, 5, HIGHER),
    ("wave", "s_price", "csi_satisfaction", "price", "value", 1, 7, HIGHER),
    ("wave", "i_price", "csi_importance", "price", "value", 1, 7, HIGHER),
    ("pulse", "recommend", "nps", None, None, 0, 10, HIGHER),
    ("pulse", "recommend_short", "nps", None, None, 1, 5, HIGHER),
    ("pulse", "grade", "csat", None, None, 1, 5, LOWER),
    ("till", "smile", "csat", None, None, 1, 5, HIGHER),
    ("depth", "miss", "reverse_nps", None, None, 1, 10, HIGHER),
    ("depth", "effort", "ces", None, None, 1, 10, LOWER),
    ("depth", "ease", "ces", None, None, 1, 10, HIGHER),
    *(
        ("depth", f"c_{name}", f"cli_{name}", None, None, 1, 6, LOWER)
        for name in ("recommend", "repurchase", "try_other")
    ),
    *(("depth", f"a_{name}", f"acsi_{name}", name[:1], None, 1, 10, HIGHER) for name in ACSI_QUESTIONS),
    *(("gaps", f"e_{item}", "servqual_expectation", item, None, 1, 7, HIGHER) for item in SERVQUAL_ITEMS),
    *(
        ("gaps", f"p_{item}", "servqual_perception", item, block, 1, 7, HIGHER)
        for item, block in SERVQUAL_ITEMS.items()
    ),
    ("gaps", "p_short", "servqual_perception", "smell", "tangibles", 1, 5, HIGHER),
]
PRODUCTS = [("p1", "Dairy > Milk", "Own"), ("p2", "Dairy > Cream", "Own"), ("p3", "Bread", None), ("p4", None, None)]
SEGMENTS = {
    "a": ("home", "north"),
    "b": ("home", None),
    "c": (None, "south"),
    "d": ("trade", "north"),
    "e": ("trade", None),
}


def pick(random: np.random.Generator, choices: list[str | None]) -> str | None:
    """One of the choices at random."""
    return choices[int(random.integers(len(choices)))]


def random_frames(
    seed: int, responses: int = 90, surveys: Sequence[str] = ("csi", "csi", "csi", "wave", "pulse", "till")
) -> dict[str, pd.DataFrame]:
    """Responses of few customers in few days, so that repeats, ties in time and part answers abound."""
    random = np.random.default_rng(seed)
    rows = []
    # Response ids are unique within a survey only.
    counters: dict[str | None, int] = defaultdict(int)
    for _ in range(responses):
        day = FIRST_DAY + dt.timedelta(days=int(random.integers((AS_OF - FIRST_DAY).days + 1)))
        moment = dt.datetime.combine(day, dt.time(int(random.integers(2)) + 10))
        survey = pick(random, [*surveys])
        counters[survey] += 1
        about = {
            "response_id": f"r{counters[survey]}",
            "survey_id": survey,
            "customer_id": pick(random, [*SEGMENTS, "stranger", None, None]),
            "answered_at": moment,
            "business_day": day,
            "channel": pick(random, ["web", "shop", None]),
            "employee_id": pick(random, ["eve", "max", None]),
            "product_id": pick(random, ["p1", "p2", "p3", "p4", "p9", None]),
            "brand": pick(random, ["Own", "Ours too", "Other", None]),
        }
        for row_survey, question, _, _, _, low, high, _ in QUESTIONS:
            if row_survey == survey and random.random() < 0.75:
                score = float(random.integers(low, high + 1))
                reason = pick(random, ["price", "service", None])
                rows.append({**about, "question_id": question, "score": score, "reason_code": reason})
    columns = ["survey_id", "question_id", "measure", "parameter", "block", "scale_min", "scale_max", "direction"]
    return {
        "survey_responses": pd.DataFrame(rows),
        "survey_questions": pd.DataFrame(QUESTIONS, columns=columns),
        "products": pd.DataFrame(PRODUCTS, columns=["product_id", "category_path", "brand"]),
        "customers": pd.DataFrame(
            [(customer, *values) for customer, values in SEGMENTS.items()], columns=["customer_id", "segment", "region"]
        ),
    }


@dataclass
class Answer:
    """One answer with its question and the values that it is counted under."""

    respondent: str
    repeat_key: tuple[object, ...] | None
    order: tuple[object, ...]
    day: dt.date
    response: tuple[str, str]
    measure: str
    parameter: str | None
    low: float
    high: float
    score: float
    reason: str | None = None
    product: str = "unknown"
    values: dict[str, str] = field(default_factory=dict)

    @property
    def share(self) -> float:
        """Where the answer lies between the ends of its scale."""
        return (self.score - self.low) / (self.high - self.low)

    @property
    def of_maximum(self) -> float:
        """The answer over the highest one."""
        return self.score / self.high


def direction_of(measure: str) -> str:
    """Which way the scale of a measure runs by definition."""
    return LOWER if measure == "ces" or measure.startswith("cli") else HIGHER


def read_answers(frames: dict[str, pd.DataFrame]) -> list[Answer]:
    """The rows of the frames as answers."""
    questions = {(row[0], row[1]): row[2:] for row in QUESTIONS}
    categories = {product: path.split(" > ")[0] if path else "unknown" for product, path, _ in PRODUCTS}
    answers = []
    for cells_of_row in frames["survey_responses"].to_dict("records"):
        row = {key: None if pd.isna(value) else value for key, value in cells_of_row.items()}
        measure, parameter, _, low, high, direction = questions[row["survey_id"], row["question_id"]]
        customer = row["customer_id"]
        segment, region = SEGMENTS.get(customer, (None, None))
        answers.append(
            Answer(
                respondent=f"c {customer}" if customer else f"r {row['survey_id']} {row['response_id']}",
                repeat_key=(customer, row["survey_id"], row["question_id"], row["brand"], row["product_id"])
                if customer
                else None,
                order=(row["answered_at"], row["response_id"]),
                day=pd.Timestamp(row["business_day"]).date(),
                response=(row["survey_id"], row["response_id"]),
                measure=measure,
                parameter=parameter,
                low=low,
                high=high,
                score=row["score"] if direction == direction_of(measure) else low + high - row["score"],
                reason=row["reason_code"],
                product=row["product_id"] or "unknown",
                values={
                    "total": "total",
                    "segment": segment or "unknown",
                    "region": region or "unknown",
                    "channel": row["channel"] or "unknown",
                    "employee": row["employee_id"] or "unknown",
                    "brand": row["brand"] or "unknown",
                    "product_category": categories.get(row["product_id"], "unknown"),
                },
            )
        )
    return answers


def period_start(grain: str, day: dt.date) -> dt.date:
    """The first day of the period of a day."""
    return {
        "day": day,
        "week": day - dt.timedelta(days=day.weekday()),
        "month": day.replace(day=1),
        "quarter": day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1),
        "year": day.replace(month=1, day=1),
    }[grain]


Cell = tuple[str, dt.date, str, str]


def cells(answers: list[Answer], policy: str, own_brands: Sequence[str] = ()) -> dict[Cell, list[Answer]]:
    """The answers that count in each grain, period, dimension and value; those about brands of others by brand only."""
    ours = {*own_brands, "unknown"} if own_brands else None
    found: dict[Cell, list[Answer]] = defaultdict(list)
    for grain in ("day", "week", "month", "quarter", "year"):
        periods: dict[dt.date, list[Answer]] = defaultdict(list)
        for answer in answers:
            periods[period_start(grain, answer.day)].append(answer)
        for start, members in periods.items():
            for answer in latest(members) if policy == "latest" else members:
                for dimension, value in answer.values.items():
                    if dimension != "brand" and ours is not None and answer.values["brand"] not in ours:
                        continue
                    found[grain, start, dimension, value].append(answer)
    return found


def latest(answers: Iterable[Answer]) -> Iterator[Answer]:
    """Of each customer's answers to the same, the last."""
    kept: dict[tuple[object, ...], Answer] = {}
    for number, answer in enumerate(sorted(answers, key=lambda each: each.order)):
        kept[answer.repeat_key or (number,)] = answer
    return iter(kept.values())


Figures = tuple[float, float, float, float]


def mean_with_interval(values: list[float]) -> Figures:
    """Mean, Student t bounds and n; no bounds for a single value."""
    mean, n = float(np.mean(values)), len(values)
    if n == 1:
        return mean, nan, nan, n
    half = stats.t.ppf(0.975, n - 1) * float(np.std(values, ddof=1)) / sqrt(n)
    return mean, mean - half, mean + half, n


def own_importances(answers: list[Answer]) -> dict[tuple[object, ...], float]:
    """The importance given to each parameter in each response."""
    return {(each.response, each.parameter): each.of_maximum for each in answers if each.measure == "csi_importance"}


def respondent_indices(answers: list[Answer], weigh: Callable[[Answer], float | None]) -> list[float]:
    """The index of each respondent, whose satisfaction answers `weigh` gives weights to."""
    products: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for each in answers:
        weight = weigh(each)
        if each.measure == "csi_satisfaction" and weight is not None:
            products[each.respondent].append((weight, each.share))
    return [sum(w * s for w, s in pairs) / sum(w for w, _ in pairs) for pairs in products.values()]


class Index:
    """The weighted index of a cell as a function of how much each respondent counts."""

    def __init__(self, answers: list[Answer], weights: dict[str, float], *, of_maximum: bool = False) -> None:
        satisfied = {each.parameter for each in answers if each.measure == "csi_satisfaction"}
        asked = {each.parameter for each in answers if each.measure == "csi_importance"}
        weighed = asked & satisfied if not weights else satisfied & {*weights}
        self.parameters = sorted(str(each) for each in weighed)
        self.fixed = weights
        kept = [each for each in answers if each.parameter in self.parameters and each.measure in CSI_MEASURES]
        self.respondents = sorted({each.respondent for each in kept})
        position = {respondent: number for number, respondent in enumerate(self.respondents)}
        self.sums = {}
        for parameter in self.parameters:
            for measure in CSI_MEASURES:
                totals = np.zeros((2, len(self.respondents)))
                for each in kept:
                    if (each.parameter, each.measure) == (parameter, measure):
                        share = each.share if measure == "csi_satisfaction" and not of_maximum else each.of_maximum
                        totals[:, position[each.respondent]] += (share, 1)
                self.sums[parameter, measure] = totals

    def value(self, counts: np.ndarray) -> complex:
        """The index where respondent i counts `counts[i]` times."""
        total = importance_sum = 0j
        for parameter in self.parameters:
            sums = self.sums[parameter, "csi_importance"] @ counts
            importance = self.fixed[parameter] if self.fixed else sums[0] / sums[1]
            scores = self.sums[parameter, "csi_satisfaction"] @ counts
            total += importance * scores[0] / scores[1]
            importance_sum += importance
        return complex(total / importance_sum)

    def figures(self) -> Figures:
        """Value, bounds and n: derivatives by each respondent's count, through a step in the imaginary direction."""
        n = len(self.respondents)
        value = self.value(np.ones(n, dtype=complex)).real
        if n == 1:
            return value, nan, nan, n
        step = 1e-30
        influences = [self.value(np.ones(n) + 1j * step * np.eye(n)[each]).imag / step for each in range(n)]
        half = stats.t.ppf(0.975, n - 1) * sqrt(n / (n - 1) * float(np.sum(np.square(influences))))
        return value, value - half, value + half, n
