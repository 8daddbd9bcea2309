"""Telling the truths: from what is declared, and from the sums that the plans of all blocks add up to."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from typing import Any

import numpy as np

from assets.sample import parameters as declared
from assets.sample import people
from assets.sample.blocks import SIDE_NAMES, Company, Tally
from assets.sample.market import BRANDS, market_probability, panel_probability
from assets.sample.questionnaires import MARKET, PRODUCT_PANEL, RELATIONSHIP, SERVICE_QUALITY, STORE_VISIT, Question
from assets.sample.streams import Floats, Integers
from assets.sample.truths import CsiTruth, SampleTruths, csi_truth

MOVEMENTS = ("new", "reactivation", "expansion", "contraction", "churn")
NPS_PARTS = ("total", *declared.SEGMENTS, "before_training", "after_training")


def tell_truths(
    company: Company, tally: Tally, years: int, row_counts: dict[str, int], bad_rows: dict[str, dict[str, int]]
) -> SampleTruths:
    """Put the truths of a demo together."""
    calendar = company.calendar
    return SampleTruths(
        seed=company.seed,
        customers=company.customers,
        years=years,
        first_day=calendar.first_day,
        last_day=calendar.last_day,
        row_counts=row_counts,
        bad_rows=bad_rows,
        **_purchase_truths(company, tally),
        **_revenue_truths(company, tally),
        **_opinion_truths(company, tally),
        **_service_truths(),
    )


def _purchase_truths(company: Company, tally: Tally) -> dict[str, Any]:
    calendar = company.calendar
    hazards = people.monthly_hazards()
    return {
        "unpublished_customers": tally.counts["unpublished"],
        "cohort_sizes": {calendar.month_start(m): int(n) for m, n in enumerate(tally.months["cohort"])},
        "retention_curve": people.retention_curve(calendar.month_count).tolist(),
        "one_time_shares": [people.one_time_share(months) for months in range(calendar.month_count)],
        "choice_shares": dict(zip(declared.CHOICES, declared.CHOICE_SHARES, strict=True)),
        "group_hazards": dict(zip(declared.GROUPS, hazards.tolist(), strict=True)),
        "promoter_hazard_ratio": declared.HAZARD_RATIOS[-1],
        "purchase_probabilities": dict(zip(declared.GROUPS, declared.MONTHLY_PURCHASE_PROBABILITY, strict=True)),
        "orders_by_kind": {kind: tally.counts[kind] for kind in ("planned", *SIDE_NAMES)},
        "net_revenue": _amounts(company, tally.months["revenue"], Decimal(1_000_000)),
    }


def _revenue_truths(company: Company, tally: Tally) -> dict[str, Any]:
    calendar = company.calendar
    return {
        "mrr": _amounts(company, tally.months["mrr"], Decimal(100)),
        "mrr_customers": {
            calendar.month_start(m): int(tally.months["mrr_customers"][m]) for m in calendar.complete_months
        },
        "mrr_movements": {kind: _amounts(company, tally.months[kind], Decimal(100)) for kind in MOVEMENTS},
        "trial_conversion": declared.TRIAL_CONVERSION,
    }


def _opinion_truths(company: Company, tally: Tally) -> dict[str, Any]:
    calendar = company.calendar
    means = question_means(tally)
    widths = {"relationship": 9, "store_visit": 4}
    return {
        "question_means": means,
        "csi": csi_truths(means),
        "nps": nps_truths(tally),
        "response_rates": dict(zip(declared.SURVEY_CHANNELS, declared.RESPONSE_RATES, strict=True)),
        "repeat_responses": tally.counts["repeat_responses"],
        "reason_shares": {
            group: dict(zip(declared.REASONS, shares, strict=True))
            for group, shares in zip(declared.GROUPS, declared.REASON_SHARES, strict=True)
        },
        "servqual_gaps": {name: 6 * (perceived - wanted) for name, (wanted, perceived) in declared.SERVQUAL.items()},
        "training_day": calendar.training_day,
        "training_effect_points": {name: width * declared.TRAINING_EFFECT for name, width in widths.items()},
        "training_effect_nps": 100 * declared.TRAINING_CONVERSION,
        "newsletter_day": calendar.newsletter_day,
        "turnover_effect_points": widths["store_visit"] * declared.TURNOVER_EFFECT,
        "training_hours_effect_points": widths["store_visit"] * declared.TRAINING_HOURS_EFFECT,
    }


def _service_truths() -> dict[str, Any]:
    return {
        "first_contact_rate": 1 / (1 + declared.REPEAT_CONTACT_SHARE),
        "defective_share": declared.DEFECTIVE_SHARE,
        "short_share": declared.SHORT_SHARE,
        "late_share": declared.LATE_SHARE,
        "price_level_category": declared.PRICE_LEVEL_CATEGORY,
        "price_level": declared.PRICE_LEVEL,
        "sessions_per_month": declared.SESSIONS_PER_MONTH,
        "session_minutes": declared.SESSION_MINUTES,
        "core_action_share": declared.CORE_ACTION_SHARE,
    }


def _amounts(company: Company, values: Integers, unit: Decimal) -> dict[dt.date, Decimal]:
    """Name the sums of complete months by their first day, in GBP."""
    calendar = company.calendar
    return {calendar.month_start(month): int(values[month]) / unit for month in calendar.complete_months}


def question_means(tally: Tally) -> dict[str, dict[str, float]]:
    """Give the expected mean of each question; questions that nobody answered are left out."""
    asked = {"relationship": RELATIONSHIP, "store_visit": STORE_VISIT, "service_quality": SERVICE_QUALITY}
    means = {name: _named(questions, tally.expected[name].mean) for name, questions in asked.items()}
    for position, brand in enumerate(BRANDS):
        which = _one(position)
        means[f"market/{brand}"] = _named(MARKET, _points(MARKET, market_probability(which)[0]))
        means[f"product_panel/{brand}"] = _named(PRODUCT_PANEL, _points(PRODUCT_PANEL, panel_probability(which)[0]))
    return means


def _one(position: int) -> Integers:
    return np.array([position], dtype=np.int64)


def _points(questions: tuple[Question, ...], probability: Floats) -> list[float]:
    return [q.scale_min + q.width * float(p) for q, p in zip(questions, probability, strict=True)]


def _named(questions: tuple[Question, ...], means: Floats | list[float]) -> dict[str, float]:
    pairs = zip(questions, means, strict=True)
    return {question.question_id: float(mean) for question, mean in pairs if not math.isnan(mean)}


def csi_truths(means: dict[str, dict[str, float]]) -> dict[str, CsiTruth]:
    """Compute the index per survey in which every parameter was answered."""
    scales = {"relationship": 10, "store_visit": 5, **{f"market/{brand}": 10 for brand in BRANDS}}
    asked = 2 * len(declared.CSI_PARAMETERS)
    complete = {
        name: scale
        for name, scale in scales.items()
        if sum(q.startswith(("satisfaction_", "importance_")) for q in means[name]) == asked
    }
    return {name: csi_truth(means[name], 1, scale) for name, scale in complete.items()}


def nps_truths(tally: Tally) -> dict[str, float]:
    """Give the expected NPS in total and by part, where anybody answered."""
    means = tally.expected["nps"].mean
    return {name: 100 * float(mean) for name, mean in zip(NPS_PARTS, means, strict=True) if not math.isnan(mean)}
