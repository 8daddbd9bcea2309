"""What the demo company is declared to be like: every planted effect has its number here and nowhere else.

The truths that tests recover are computed from these numbers, not from the rows that were drawn with them.
"""

from __future__ import annotations

from dataclasses import dataclass

BLOCK_CUSTOMERS = 1_000
"""Customers that share one random stream; chunks are whole blocks, so chunking never changes a row."""

PANEL_CUSTOMERS = 20_000
"""Only the first customers are surveyed and observed in service, so that a large demo is large in orders."""

UNPUBLISHED_SHARE = 0.01
"""Share of customers who order without being in `customers`, as guests do."""

DO_NOT_CONTACT_SHARE = 0.05

SEGMENTS = ("consumer", "business", "wholesale")
SEGMENT_SHARES = (0.70, 0.20, 0.10)
REGIONS = ("North", "South", "East", "West", "Europe")
REGION_SHARES = (0.25, 0.30, 0.15, 0.20, 0.10)
EURO_REGION = REGIONS.index("Europe")

# Latent loyalty decides how long a customer stays, how often they buy and which group they answer NPS in.
GROUPS = ("detractor", "passive", "promoter")
GROUP_SHARES = {
    "consumer": (0.30, 0.35, 0.35),
    "business": (0.20, 0.30, 0.50),
    "wholesale": (0.35, 0.40, 0.25),
}
DETRACTOR_MONTHLY_HAZARD = 0.10
HAZARD_RATIOS = (1.0, 0.6, 0.3)
"""Of each group against detractors, for leaving as a buyer and for ending a contract alike."""

MONTHLY_PURCHASE_PROBABILITY = (0.35, 0.45, 0.55)
"""Per group, in each later month in which the customer has not left."""

# How those who buy again choose products.
CHOICES = ("same", "different", "both")
CHOICE_SHARES = (0.30, 0.30, 0.40)

TWO_ORDERS_SHARE = 0.06
CANCELLED_SHARE = 0.03
PENDING_SHARE = 0.02
VOIDED_SHARE = 0.02
NAMED_RETURN_SHARE = 0.03
UNNAMED_RETURN_SHARE = 0.02
UNMATCHED_RETURN_SHARE = 0.002
EXPLICIT_OFFER_SHARE = 0.02
QUANTITY_MEANS = (1.0, 3.0, 12.0)
ORDER_CHANNELS = ("web", "store", "phone")
ORDER_CHANNEL_SHARES = (0.45, 0.45, 0.10)

# Contracts.
CONTRACT_SHARES = (0.25, 0.50, 0.30)
TRIAL_SHARE = 0.20
TRIAL_CONVERSION = 0.75
ADD_ON_SHARE = 0.10
REACTIVATION_SHARE = 0.35
BILLING_MONTHS = (1, 3, 12)
BILLING_PERIODS = ("month", "quarter", "year")
BILLING_SHARES = (0.55, 0.25, 0.20)
PLAN_IDS = ("basic", "standard", "plus")
PLAN_UNITS = ((20, 50, 120), (1, 2, 4))
"""Monthly price per plan, in units of 1 GBP and of 100 EUR: so a rate of four digits gives whole pence."""

UPGRADE_SHARE, DOWNGRADE_SHARE, PRICE_RISE_SHARE, PRICE_CUT_SHARE = 0.05, 0.03, 0.05, 0.02

# Where and by whom customers are served.
LOCATION_COUNT = 8
EMPLOYEES_PER_LOCATION = 2
TURNOVER_EFFECT = -0.8
"""Change of the satisfaction probability with staff per unit of the location's monthly staff turnover."""

TRAINING_HOURS_EFFECT = 0.015
"""Change of the satisfaction probability of csat per hour of the employee's monthly training."""

# Events.
TRAINING_EFFECT = 0.08
"""Change of the satisfaction probability with staff and delivery from the first day of the service training."""

TRAINING_CONVERSION = 0.30
"""Share of passives who answer NPS as promoters from the first day of the service training."""

# Service.
SUPPORT_RATE = 0.06
REPEAT_CONTACT_SHARE = 0.20
SUPPORT_CHANNELS = ("phone", "email", "chat")
SUPPORT_TOPICS = ("delivery", "billing", "product", "account")
DEFECTIVE_SHARE = 0.02
SHORT_SHARE = 0.015
LATE_SHARE = 0.08
SESSIONS_PER_MONTH = 3.0
SESSION_MINUTES = 12.0
CORE_ACTION_SHARE = 0.40
PRICE_LEVEL_CATEGORY = "Dairy > Milk > Pasteurised"
PRICE_LEVEL = 97.6

# Surveys: the probability that each further point of the scale is given; the mean is min + probability * width.
SURVEY_CHANNELS = ("email", "sms", "phone", "in_app")
SURVEY_CHANNEL_SHARES = (0.5, 0.2, 0.1, 0.2)
RESPONSE_RATES = (0.35, 0.25, 0.60, 0.45)
QUARTERLY_INVITATION_SHARE = 0.40
YEARLY_INVITATION_SHARE = 0.25
VISIT_INVITATION_SHARE = 0.80
REPEAT_RESPONSE_SHARE = 0.04
MISSING_ANSWER_SHARE = 0.05


@dataclass(frozen=True)
class Parameter:
    """One asked parameter of the satisfaction index: its block, and how it is rated."""

    name: str
    block: str
    satisfaction: float
    importance: float


CSI_PARAMETERS = (
    Parameter("price", "price", 0.50, 0.85),
    Parameter("discounts", "price", 0.45, 0.55),
    Parameter("freshness", "quality", 0.68, 0.90),
    Parameter("packaging", "quality", 0.60, 0.45),
    Parameter("delivery", "logistics", 0.55, 0.75),
    Parameter("staff", "service", 0.62, 0.65),
    Parameter("ordering", "client", 0.66, 0.60),
)
GROUP_SATISFACTION = (-0.10, 0.0, 0.10)
SEGMENT_SATISFACTION = (0.0, 0.03, -0.04)
MOOD_SPREAD = 0.08
"""Half-width of what one respondent adds to all their answers; its mean is 0."""

COMPETITOR_SATISFACTION = -0.07
CSAT_DRIVERS = {"staff": 0.5, "delivery": 0.3, "price": 0.2}
SERVQUAL = {
    "reliability": (0.85, 0.70),
    "assurance": (0.75, 0.72),
    "tangibles": (0.55, 0.62),
    "empathy": (0.65, 0.58),
    "responsiveness": (0.80, 0.66),
}
"""Per dimension: expectation and perception."""

QUALITY_INDICES = {
    "taste": (0.75, 0.70),
    "freshness": (0.72, 0.74),
    "naturalness": (0.65, 0.60),
    "packaging integrity": (0.80, 0.78),
    "design": (0.50, 0.62),
    "convenience": (0.60, 0.55),
}
"""Per index of product quality: ours and the main competitor's."""

REASONS = ("quality", "service", "price", "delivery")
REASON_SHARES = ((0.10, 0.20, 0.35, 0.35), (0.25, 0.25, 0.30, 0.20), (0.50, 0.30, 0.10, 0.10))
"""Per group in the order of GROUPS."""

OWN_BRAND, COMPETITOR_BRAND = "Own Brand", "Competitor A"
