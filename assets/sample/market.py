"""Surveys of people who are not known as customers: ours beside the main competitor's, a fixed number per period."""

from __future__ import annotations

import numpy as np
import polars as pl

from assets.sample import parameters as declared
from assets.sample.asking import answer_rows, draw_answers
from assets.sample.catalogue import Catalogue
from assets.sample.opinions import IMPORTANCE, SATISFACTION
from assets.sample.questionnaires import MARKET, PRODUCT_PANEL
from assets.sample.streams import Calendar, Floats, Integers, identifiers, labels, local_times, stream

BRANDS = (declared.OWN_BRAND, declared.COMPETITOR_BRAND)
MARKET_RESPONDENTS = 40
"""Per quarter and brand."""

PANEL_RESPONDENTS = 15
"""Per month and brand."""

PANEL_PRODUCTS = 3


def market_rows(seed: int, calendar: Calendar) -> pl.DataFrame:
    """Ask a fresh sample of the market per quarter and brand for satisfaction and importance."""
    rng = stream(seed, "market")
    quarter, brand = _cells(calendar.month_count // 3, MARKET_RESPONDENTS)
    return _answers(rng, calendar, "market", quarter * 3, brand, 3)


def market_probability(brand: Integers) -> Floats:
    """Probability behind satisfaction and importance per respondent: the competitor's satisfaction is lower."""
    shift = np.where(brand == 1, declared.COMPETITOR_SATISFACTION, 0.0)[:, None]
    return np.concatenate([SATISFACTION + shift, np.repeat(IMPORTANCE[None, :], len(brand), axis=0)], axis=1)


def panel_rows(seed: int, calendar: Calendar, catalogue: Catalogue) -> pl.DataFrame:
    """Let a panel rate three of our products and the competitor's like them, each month, by the quality indices."""
    rng = stream(seed, "product_panel")
    month, brand = _cells(calendar.month_count, PANEL_RESPONDENTS)
    product = np.arange(len(month)) % PANEL_PRODUCTS
    rows = _answers(rng, calendar, "product_panel", month, brand, 1)
    named = pl.DataFrame(
        {
            "response_id": identifiers("R-product_panel-", np.arange(len(month))),
            "product_id": catalogue.rows["product_id"].gather(product),
        }
    )
    joined = rows.drop("product_id").join(named, on="response_id", how="left", maintain_order="left")
    return joined.select(rows.columns)


def panel_probability(brand: Integers) -> Floats:
    """Probability behind each quality index per respondent."""
    return np.array(list(declared.QUALITY_INDICES.values())).T[brand]


def _cells(periods: int, respondents: int) -> tuple[Integers, Integers]:
    size = respondents * len(BRANDS)
    return np.repeat(np.arange(periods), size), np.tile(np.repeat(np.arange(len(BRANDS)), respondents), periods)


def _answers(
    rng: np.random.Generator, calendar: Calendar, survey_id: str, month: Integers, brand: Integers, months: int
) -> pl.DataFrame:
    questions = MARKET if survey_id == "market" else PRODUCT_PANEL
    probability = market_probability(brand) if survey_id == "market" else panel_probability(brand)
    month = month + rng.integers(0, months, len(month))
    day = calendar.starts[month] + (rng.random(len(month)) * calendar.lengths[month]).astype(np.int64)
    scores, _, given = draw_answers(rng, questions, probability)
    respondents = pl.DataFrame(
        {
            "response_id": identifiers(f"R-{survey_id}-", np.arange(len(month))),
            "answered_at": local_times(rng, day),
            "brand": labels(BRANDS, brand),
        }
    )
    rows = answer_rows(questions, respondents, scores, given)
    return rows.filter(pl.col("answered_at").dt.date() <= pl.lit(calendar.last_day))
