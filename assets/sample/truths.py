"""The declared truths of a demo, as a record and as `truths.json`."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path


@dataclass(frozen=True)
class CsiTruth:
    """The satisfaction index that the expected answers give; means and weights are per parameter."""

    satisfaction: dict[str, float]
    importance: dict[str, float]
    weights: dict[str, float]
    csi_score: float
    csi_index: float
    csi_percent_of_max: float


@dataclass(frozen=True)
class SampleTruths:
    """What is true of the demo, by declaration or by plan; months are named by their first day."""

    seed: int
    customers: int
    years: int
    first_day: dt.date
    last_day: dt.date
    row_counts: dict[str, int]
    """Written rows per entity, the bad ones included."""
    bad_rows: dict[str, dict[str, int]]
    """Deliberately bad rows per entity and kind."""

    unpublished_customers: int
    """Customers with orders who are missing from `customers`."""
    cohort_sizes: dict[dt.date, int]
    """Customers by the month of their first purchase."""
    retention_curve: list[float]
    """Probability of a purchase in the month at each offset from the first."""
    one_time_shares: list[float]
    """Probability of a single purchase occasion, by the number of months observed after the first."""
    choice_shares: dict[str, float]
    """Of customers with several occasions: later bought only the same products, only different ones, both."""
    group_hazards: dict[str, float]
    """Rate of leaving per month, as a buyer and as a contract holder, by the group in which they answer NPS."""
    promoter_hazard_ratio: float
    """Of promoters against detractors."""
    purchase_probabilities: dict[str, float]
    """Of a purchase per later month while the customer has not left, by group."""
    orders_by_kind: dict[str, int]
    """Planned purchases, and what stands beside them: cancelled, pending, voided, returns."""
    net_revenue: dict[dt.date, Decimal]
    """Revenue per complete month in company currency, net of returns, before any rounding."""

    mrr: dict[dt.date, Decimal]
    """Recurring revenue in company currency at the end of each complete month."""
    mrr_customers: dict[dt.date, int]
    """Customers with recurring revenue at the end of each complete month."""
    mrr_movements: dict[str, dict[dt.date, Decimal]]
    """New, reactivation, expansion, contraction and churn of each complete month."""
    trial_conversion: float

    question_means: dict[str, dict[str, float]]
    """Expected mean of the answers given, per survey and question, the market surveys by brand as `survey/brand`."""
    csi: dict[str, CsiTruth]
    """Per survey, the market survey by brand as `survey/brand`."""
    nps: dict[str, float]
    """Expected NPS over all answers: total, by segment, before and after the training."""
    response_rates: dict[str, float]
    """By channel of the invitation."""
    repeat_responses: int
    """Second responses of a customer to the same invitation."""
    reason_shares: dict[str, dict[str, float]]
    """Per group, of the reasons given."""
    servqual_gaps: dict[str, float]
    """Perception minus expectation per dimension, in points."""

    training_day: dt.date
    training_effect_points: dict[str, float]
    """Change of the mean satisfaction with staff and delivery from that day, per survey."""
    training_effect_nps: float
    """Change of NPS per share of passives: multiply by their share."""
    newsletter_day: dt.date
    """The first day of an event without any effect."""
    turnover_effect_points: float
    """Change of satisfaction with staff in the shop survey per unit of the shop's staff turnover; parking has none."""
    training_hours_effect_points: float
    """Change of csat per hour of the employee's training; tenure has none."""

    first_contact_rate: float
    defective_share: float
    short_share: float
    late_share: float
    price_level_category: str
    price_level: float
    sessions_per_month: float
    session_minutes: float
    core_action_share: float

    def write(self, path: Path) -> None:
        """Write the truths as JSON: dates as ISO text, decimals as text."""
        path.write_text(json.dumps(_plain(asdict(self)), indent=2) + "\n", encoding="utf-8")


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, dt.date | Decimal) else value


def csi_truth(means: dict[str, float], scale_min: int, scale_max: int) -> CsiTruth:
    """Compute the index from expected means of `satisfaction_<name>` and `importance_<name>`."""
    names = [name.removeprefix("satisfaction_") for name in means if name.startswith("satisfaction_")]
    satisfaction = {name: means[f"satisfaction_{name}"] for name in names}
    importance = {name: means[f"importance_{name}"] for name in names}
    total = sum(importance.values())
    weights = {name: value / total for name, value in importance.items()}
    score = sum(weights[name] * satisfaction[name] for name in names)
    index = (score - scale_min) / (scale_max - scale_min) * 100
    return CsiTruth(satisfaction, importance, weights, score, index, score / scale_max * 100)
