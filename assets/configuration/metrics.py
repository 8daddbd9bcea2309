"""The settings of metrics: which rows count, windows in days, weights and targets."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from assets.configuration.services import Section
from assets.configuration.sources import Days

ACSI_QUESTIONS = ("overall", "expectations", "ideal")
REPORT_INDICATORS = (
    "price_satisfaction",
    "price_level",
    "defect_level",
    "product_quality_index",
    "deficit_level",
    "logistics_satisfaction",
    "sales_dynamics",
    "client_base_dynamics",
)
Share = Annotated[float, Field(ge=0, le=1)]


class Orders(Section):
    """Which orders count, and what one purchase occasion is.

    A status in neither list is bad input: its order is quarantined, for a misspelt status must not hide sales.
    """

    valid_statuses: list[str] = ["completed"]
    """The statuses of orders that count as purchases."""
    other_statuses: list[str] = ["cancelled", "canceled", "pending", "processing", "refunded", "failed"]
    """The statuses of orders that are known and do not count."""
    purchase_occasion: Literal["day", "order"] = "day"
    """What one purchase is for repeat measures: all orders of a customer on one day, or each order."""


class Retention(Section):
    """Windows of the retention metrics, in days."""

    rolling_days: Days = 30
    """The length in days of the windows of rolling cohort retention, counted from each customer's first purchase."""
    activity_window_days: Days = 365
    """How many days after a purchase its customer counts as active."""


class Contracts(Section):
    """How long after a term's end a renewal still counts as one, in days."""

    grace_days: Annotated[int, Field(ge=0)] = 0
    """How many days after a term's end a renewal still counts as one."""


class Repurchase(Section):
    """Observation windows in days, and whether `the same` means product or category."""

    window_days: list[Days] = [365, 90, 180]
    """The windows in days, each counted from a customer's first purchase, in which a repurchase is looked for."""
    level: Literal["product", "category"] = "product"
    """Whether buying the same again means the same product or the same category."""


class Upsell(Section):
    """Whether a `different` purchase means another product or another category."""

    level: Literal["product", "category"] = "product"
    """Whether buying something different means another product or another category."""


class Affinity(Section):
    """Which products count as bought together: within `window_days` after the first, by `minimum_n` customers."""

    window_days: Days = 30
    """How many days after a product another one may be bought to count as bought together with it."""
    minimum_n: Days = 10
    """How many customers must have bought a pair for it to be published."""


class Offers(Section):
    """How many products a customer is offered, and how far above their usual best price one may lie."""

    per_customer: Days = 3
    """How many products a customer is offered at most."""
    budget_factor: Annotated[float, Field(gt=0)] = 1.5
    """How many times the 90th percentile of the prices that a customer has paid an offer may cost at most."""


class Weighting(Section):
    """Non-response weights: answers are raked to the active customers over `dimensions`; off where none is named."""

    dimensions: list[Literal["segment", "region"]] = []
    """The dimensions over which answers are weighted to the active customers; without any there are no weights."""
    trim: Annotated[float, Field(ge=1)] = 5.0
    """No answer weighs more than so many times the average, or less than the average divided by it."""


class Surveys(Section):
    """Which of several answers count, whose brands are ours, and the weights of composite scores."""

    repeat_policy: Literal["latest", "all"] = "latest"
    """Which answers count of a customer who answers the same question again in a period: the latest, or all."""
    own_brands: list[str] = []
    """The company's brands; answers about another brand then count under the dimension brand only, and without any
    named every brand is the company's.
    """
    acsi_weights: dict[str, Decimal] = {}
    """The weights of the ACSI's three questions (overall, expectations, ideal), summing to 1; equal where left out."""
    servqual_points: dict[str, Decimal] = {}
    """The importance points of SERVQUAL's dimensions, which sum to 100."""
    weighting: Weighting = Weighting()
    """Weights against non-response."""
    event_window_days: Days = 30
    """How many days before and after an event are compared."""
    response_window_days: Days = 30
    """After how many days an invitation without an answer counts as not answered."""


class Csi(Section):
    """Target and weights of the customer satisfaction index, and weights of the combined report."""

    target: Share = 0.95
    """The target of the satisfaction indices, from 0 to 1."""
    report_weights: dict[str, Decimal] = {}
    """The weights of the combined report's indicators, which sum to 1; an eighth each where left out."""
    quality_weights: dict[str, Decimal] = {}
    """The weights of the indicators of product quality, summing to 1; equal where left out."""
    weights: dict[str, Decimal] = {}
    """The weights of the parameters in the satisfaction index, which sum to 1, in place of importances that customers
    were asked for; without either there is no index.
    """
    satisfied_from: dict[int, float] = {}
    """The lowest answer that counts as satisfied, by the highest answer of the scale; the top two answers where left
    out.
    """


class Abc(Section):
    """The shares of a trailing year's sales up to which customers and products belong to group A, and to B."""

    a: Share = 0.80
    """The share of sales up to which customers and products belong to group A."""
    b: Share = 0.95
    """The share of sales up to which they belong to group B."""


class Competition(Section):
    """The competitor beside whom prices and product quality are shown; of several, each where it is left out."""

    main_competitor: str | None = None
    """The competitor with whom prices and product quality are compared, as the data name it; all of them where left
    out.
    """


class Support(Section):
    """Days in which a further contact on the same topic tells that the first did not resolve it."""

    repeat_window_days: Days = 7
    """In how many days a further request on the same topic tells that the first was not resolved at first contact."""


class Engagement(Section):
    """The event types that count as core actions; all but `session` where it is empty."""

    core_actions: list[str] = []
    """The event types of `usage_events` that count as core actions; all but `session` where left out."""


class Privacy(Section):
    """Below `minimum_n` respondents, customers or events a value is not shown."""

    minimum_n: Annotated[int, Field(ge=0)] = 5
    """Below so many respondents, customers or events a value is not shown."""
