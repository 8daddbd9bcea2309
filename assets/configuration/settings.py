"""The typed form of `loyalty.yaml`: one file, one source of truth for every setting."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from assets.configuration.services import Section
from assets.configuration.sources import Connection, Days, Source

Dimension = Literal["segment", "region", "channel", "product_category", "product", "employee", "brand"]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
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
Hours = Annotated[int, Field(ge=1)]
# As Dagster writes it: an address of electronic mail, or a team.
Owner = Annotated[str, Field(pattern=r"^(team:[A-Za-z0-9_]+|[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,})$")]


class Company(Section):
    """Whose data it is, and in which time zone, currency and week its periods are cut."""

    name: str
    timezone: str
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    week_start: Weekday = "monday"
    history_start: dt.date


class Paths(Section):
    """Where things are kept; relative paths are relative to the folder of `loyalty.yaml`."""

    lake: Path = Path(".loyalty/lake")
    quarantine: Path = Path(".loyalty/quarantine")
    erasures: Path = Path(".loyalty/erasures")
    warehouse: Path = Path(".loyalty/warehouse.duckdb")
    publish: Path = Path(".loyalty/publish")
    dagster: Path = Path(".loyalty/dagster")
    data_docs: Path = Path(".loyalty/data_docs")


class Orders(Section):
    """Which orders count, and what one purchase occasion is.

    A status in neither list is bad input: its order is quarantined, for a misspelt status must not hide sales.
    """

    valid_statuses: list[str] = ["completed"]
    other_statuses: list[str] = ["cancelled", "canceled", "pending", "processing", "refunded", "failed"]
    purchase_occasion: Literal["day", "order"] = "day"


class Retention(Section):
    """Windows of the retention metrics, in days."""

    rolling_days: Days = 30
    activity_window_days: Days = 365


class Contracts(Section):
    """How long after a term's end a renewal still counts as one, in days."""

    grace_days: Annotated[int, Field(ge=0)] = 0


class Repurchase(Section):
    """Observation windows in days, and whether `the same` means product or category."""

    window_days: list[Days] = [365, 90, 180]
    level: Literal["product", "category"] = "product"


class Upsell(Section):
    """Whether a `different` purchase means another product or another category."""

    level: Literal["product", "category"] = "product"


class Affinity(Section):
    """Which products count as bought together: within `window_days` after the first, by `minimum_n` customers."""

    window_days: Days = 30
    minimum_n: Days = 10


class Offers(Section):
    """How many products a customer is offered, and how far above their usual best price one may lie."""

    per_customer: Days = 3
    budget_factor: Annotated[float, Field(gt=0)] = 1.5


class Weighting(Section):
    """Non-response weights: answers are raked to the active customers over `dimensions`; off where none is named.

    No answer weighs more than `trim` times the average, or less than the average over it.
    """

    dimensions: list[Literal["segment", "region"]] = []
    trim: Annotated[float, Field(ge=1)] = 5.0


class Surveys(Section):
    """Which of several answers count, whose brands are ours, and the weights of composite scores.

    Where `own_brands` are named, answers about another brand are about competitors and count under dimension brand
    only; where none are, every brand is ours. `acsi_weights` are those of its three questions, `servqual_points` the
    importance points of its dimensions, which sum to 100. Who has not answered within `response_window_days` of an
    invitation counts as one who did not answer.
    """

    repeat_policy: Literal["latest", "all"] = "latest"
    own_brands: list[str] = []
    acsi_weights: dict[str, Decimal] = {}
    servqual_points: dict[str, Decimal] = {}
    weighting: Weighting = Weighting()
    event_window_days: Days = 30
    response_window_days: Days = 30


class Csi(Section):
    """Target and weights of the customer satisfaction index.

    `weights` fixes parameter weights (sum 1) in place of asked importances; `satisfied_from` gives the
    lowest satisfied answer per scale maximum, by default the top two answers. `report_weights` are those of the
    indicators of the combined report, by default an eighth each; `quality_weights` those of the indicators of product
    quality, by default all the same.
    """

    target: Share = 0.95
    report_weights: dict[str, Decimal] = {}
    quality_weights: dict[str, Decimal] = {}
    weights: dict[str, Decimal] = {}
    satisfied_from: dict[int, float] = {}


class Abc(Section):
    """The shares of a trailing year's sales up to which customers and products belong to group A, and to B."""

    a: Share = 0.80
    b: Share = 0.95


class Competition(Section):
    """The competitor beside whom prices and product quality are shown; of several, each where it is left out."""

    main_competitor: str | None = None


class Support(Section):
    """Days in which a further contact on the same topic tells that the first did not resolve it."""

    repeat_window_days: Days = 7


class Engagement(Section):
    """The event types that count as core actions; all but `session` where it is empty."""

    core_actions: list[str] = []


class Privacy(Section):
    """Below `minimum_n` respondents, customers or events a value is not shown."""

    minimum_n: Annotated[int, Field(ge=0)] = 5


class Quarantine(Section):
    """The share of bad rows above which a run stops, by default and per entity."""

    max_share: Share = 0.05
    entities: dict[str, Share] = {}


class RetentionPeriods(Section):
    """Days after which quarantined rows, and replaced snapshots of state entities, are removed; never where left out.

    Quarantined rows count from the extraction that last found them, a snapshot from the day on which another replaced
    it. The newest snapshot always stays, and so do all counts.
    """

    quarantine_days: Days | None = None
    snapshot_days: Days | None = None


class PostgresTarget(Section):
    """A Postgres schema that the marts are also loaded into."""

    connection: str
    # The names of its versions' schemas are 23 characters longer, and Postgres cuts names at 63 bytes.
    schema_name: str = Field(alias="schema", default="loyalty", pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,39}$")
    grant_select_to: list[str] = []


class Publish(Section):
    """How many published versions stay, for how long it is told what each restated, and where else they go."""

    keep_versions: Annotated[int, Field(ge=1)] = 7
    keep_restatements_days: Days = 730
    postgres: PostgresTarget | None = None


class Schedule(Section):
    """When the nightly job starts, in the company's time zone, as HH:MM."""

    nightly: str = Field(default="02:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    lookback_days: Days = 7


class Retries(Section):
    """How often a source that does not answer is asked in all, and how long the first wait is; later ones double."""

    attempts: Annotated[int, Field(ge=1)] = 3
    first_wait_seconds: Annotated[float, Field(ge=0)] = 2


class Freshness(Section):
    """How many hours may pass since the end of the newest business day, of the publication and of single entities.

    Days without rows are normal for some entities, so that only those with a limit of their own are watched.
    """

    publication_hours: Hours = 36
    entities: dict[str, Hours] = {}


class Alerts(Section):
    """The address that is told of failed runs, too many bad rows and stale data; its path is as good as a password."""

    webhook: str | None = Field(default=None, repr=False)


class DagsterStorage(Section):
    """The Postgres that Dagster keeps its runs, events and schedules in."""

    connection: str


class Dagster(Section):
    """Where Dagster keeps its history, by default in SQLite files under `paths.dagster`, and whom it names as owners of
    the assets.
    """

    storage: DagsterStorage | None = None
    owners: list[Owner] = []


class SparkServer(Section):
    """The thrift server of Spark that computes the marts where `engine` is `spark`.

    It is asked every `poll_seconds` whether a statement is done; 0 asks without a pause, which suits a server nearby.
    """

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 10000
    user: str = "loyalty"
    auth: Literal["NONE", "NOSASL"] = "NONE"
    poll_seconds: Annotated[int, Field(ge=0)] = 0
    threads: Annotated[int, Field(ge=1)] = 2


class Configuration(Section):
    """The whole of `loyalty.yaml`."""

    company: Company
    paths: Paths = Paths()
    connections: dict[str, Connection] = {}
    sources: dict[str, Source]
    orders: Orders = Orders()
    retention: Retention = Retention()
    contracts: Contracts = Contracts()
    repurchase: Repurchase = Repurchase()
    upsell: Upsell = Upsell()
    affinity: Affinity = Affinity()
    offers: Offers = Offers()
    surveys: Surveys = Surveys()
    csi: Csi = Csi()
    abc: Abc = Abc()
    competition: Competition = Competition()
    support: Support = Support()
    engagement: Engagement = Engagement()
    privacy: Privacy = Privacy()
    quarantine: Quarantine = Quarantine()
    retention_periods: RetentionPeriods = RetentionPeriods()
    dimensions: list[Dimension] = ["segment", "region", "channel", "product_category", "product", "employee", "brand"]
    publish: Publish = Publish()
    schedule: Schedule = Schedule()
    retries: Retries = Retries()
    freshness: Freshness = Freshness()
    alerts: Alerts = Alerts()
    dagster: Dagster = Dagster()
    engine: Literal["duckdb", "spark"] = "duckdb"
    spark: SparkServer = SparkServer()
