"""The typed form of `loyalty.yaml`: one file, one source of truth for every setting."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from assets.configuration.metrics import (
    Abc,
    Affinity,
    Competition,
    Contracts,
    Csi,
    Engagement,
    Offers,
    Orders,
    Privacy,
    Repurchase,
    Retention,
    Share,
    Support,
    Surveys,
    Upsell,
)
from assets.configuration.services import Section
from assets.configuration.sources import Connection, Days, Source

Dimension = Literal["segment", "region", "channel", "product_category", "product", "employee", "brand"]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
Hours = Annotated[int, Field(ge=1)]
# As Dagster writes it: an address of electronic mail, or a team.
Owner = Annotated[str, Field(pattern=r"^(team:[A-Za-z0-9_]+|[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,})$")]


class Company(Section):
    """Whose data it is, and in which time zone, currency and week its periods are cut."""

    name: str
    """What the company is called on the report."""
    timezone: str
    """The time zone in which business days begin and end, such as Europe/London."""
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    """The currency of all amounts in the marts, as three capital letters such as GBP."""
    week_start: Weekday = "monday"
    """The day on which weeks begin."""
    history_start: dt.date
    """The first day that there are data of; what lies before it is left out."""


class Paths(Section):
    """Where things are kept; relative paths are relative to the folder of `loyalty.yaml`."""

    lake: Path = Path(".loyalty/lake")
    """The folder of the accepted rows, one Parquet file per entity and business day."""
    quarantine: Path = Path(".loyalty/quarantine")
    """The folder of the rows that broke their contract, with their reasons."""
    erasures: Path = Path(".loyalty/erasures")
    """The folder that notes who was forgotten, without their names."""
    warehouse: Path = Path(".loyalty/warehouse.duckdb")
    """The DuckDB file in which the models are built."""
    publish: Path = Path(".loyalty/publish")
    """The folder of the published versions; `current` in it is the newest."""
    dagster: Path = Path(".loyalty/dagster")
    """The folder of Dagster's history and logs."""
    data_docs: Path = Path(".loyalty/data_docs")
    """The folder of the pages that Great Expectations writes of each validation."""


class Quarantine(Section):
    """The share of bad rows above which a run stops, by default and per entity."""

    max_share: Share = 0.05
    """The share of bad rows of an entity above which a run stops."""
    entities: dict[str, Share] = {}
    """The same share for single entities, by their names."""


class RetentionPeriods(Section):
    """Days after which quarantined rows, and replaced snapshots of state entities, are removed; never where left out.

    Quarantined rows count from the extraction that last found them, a snapshot from the day on which another replaced
    it. The newest snapshot always stays, and so do all counts.
    """

    quarantine_days: Days | None = None
    """How many days quarantined rows are kept, counted from the extraction that last found them; for good where left
    out.
    """
    snapshot_days: Days | None = None
    """How many days a replaced snapshot of an entity of states is kept, counted from its replacement; for good where
    left out.
    """


class PostgresTarget(Section):
    """A Postgres schema that the marts are also loaded into."""

    connection: str
    """The connection of the Postgres, by its name under `connections`."""
    # The names of its versions' schemas are 23 characters longer, and Postgres cuts names at 63 bytes.
    schema_name: str = Field(alias="schema", default="loyalty", pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,39}$")
    """The schema in which readers find the marts."""
    grant_select_to: list[str] = []
    """The roles that may read the marts."""


class Publish(Section):
    """How many published versions stay, for how long it is told what each restated, and where else they go."""

    keep_versions: Annotated[int, Field(ge=1)] = 7
    """How many published versions are kept."""
    keep_restatements_days: Days = 730
    """How many days the history of restated numbers is kept."""
    postgres: PostgresTarget | None = None
    """A Postgres schema that the marts are loaded into as well."""


class Schedule(Section):
    """When the nightly job starts, in the company's time zone, as HH:MM."""

    nightly: str = Field(default="02:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    """When the nightly run starts, as HH:MM in the company's time zone."""
    lookback_days: Days = 7
    """How many recent days each night extracts again for late rows, of sources that say nothing else."""


class Retries(Section):
    """How often a source that does not answer is asked in all, and how long the first wait is; later ones double."""

    attempts: Annotated[int, Field(ge=1)] = 3
    """How often in all a source that does not answer is asked."""
    first_wait_seconds: Annotated[float, Field(ge=0)] = 2
    """How many seconds the first wait is; each later one is twice as long."""


class Freshness(Section):
    """How many hours may pass since the end of the newest business day, of the publication and of single entities.

    Days without rows are normal for some entities, so that only those with a limit of their own are watched.
    """

    publication_hours: Hours = 36
    """How many hours after the end of the newest business day the publication counts as stale."""
    entities: dict[str, Hours] = {}
    """How many hours after the end of its newest business day an entity counts as stale, by its name; those not named
    are not watched.
    """


class Alerts(Section):
    """The address that is told of failed runs, too many bad rows and stale data; its path is as good as a password."""

    webhook: str | None = Field(default=None, repr=False)
    """The https:// address that is told; it is as good as a password, so write it as ${NAME}."""


class DagsterStorage(Section):
    """The Postgres that Dagster keeps its runs, events and schedules in."""

    connection: str
    """The connection of the Postgres, by its name under `connections`."""


class Dagster(Section):
    """Where Dagster keeps its history, by default in SQLite files under `paths.dagster`, and whom it names as owners of
    the assets.
    """

    storage: DagsterStorage | None = None
    """A Postgres for Dagster's history in place of files."""
    owners: list[Owner] = []
    """Who owns the assets, each as an address of electronic mail or as team:NAME."""


class SparkServer(Section):
    """The thrift server of Spark that computes the marts where `engine` is `spark`."""

    host: str = "127.0.0.1"
    """The name or address of the server's machine."""
    port: Annotated[int, Field(ge=1, le=65535)] = 10000
    """The port that the server listens on."""
    user: str = "loyalty"
    """The user as whom its sessions run."""
    auth: Literal["NONE", "NOSASL"] = "NONE"
    """How the server knows its users, as its own `hive.server2.authentication` says."""
    poll_seconds: Annotated[int, Field(ge=0)] = 0
    """How many seconds pass before it is asked again whether a statement is done; 0, without a pause, suits a server
    nearby.
    """
    threads: Annotated[int, Field(ge=1)] = 2
    """How many models are built at the same time."""


class Configuration(Section):
    """The whole of `loyalty.yaml`."""

    company: Company
    """Whose data it is, and how its periods are cut."""
    paths: Paths = Paths()
    """Where things are kept."""
    connections: dict[str, Connection] = {}
    """Databases, each under a name of its own."""
    sources: dict[str, Source]
    """Where the rows of each entity come from, by the entity's name."""
    orders: Orders = Orders()
    """Which orders count."""
    retention: Retention = Retention()
    """Windows of the retention metrics."""
    contracts: Contracts = Contracts()
    """What a renewal is."""
    repurchase: Repurchase = Repurchase()
    """Windows of the repurchase metrics."""
    upsell: Upsell = Upsell()
    """What a different purchase is."""
    affinity: Affinity = Affinity()
    """What is bought together."""
    offers: Offers = Offers()
    """What customers are offered."""
    surveys: Surveys = Surveys()
    """Which answers count, and how."""
    csi: Csi = Csi()
    """The customer satisfaction index."""
    abc: Abc = Abc()
    """Groups of customers and products by sales."""
    competition: Competition = Competition()
    """With whom the company is compared."""
    support: Support = Support()
    """When a request is resolved at first contact."""
    engagement: Engagement = Engagement()
    """What active customers do."""
    privacy: Privacy = Privacy()
    """What is too little to be shown."""
    quarantine: Quarantine = Quarantine()
    """How many bad rows a run goes on with."""
    retention_periods: RetentionPeriods = RetentionPeriods()
    """How long what is no longer needed is kept."""
    dimensions: list[Dimension] = ["segment", "region", "channel", "product_category", "product", "employee", "brand"]
    """The dimensions along each of which metrics are published beside their total."""
    publish: Publish = Publish()
    """Which versions stay, and where else they go."""
    schedule: Schedule = Schedule()
    """When a night begins and how far it looks back."""
    retries: Retries = Retries()
    """How often a silent source is asked."""
    freshness: Freshness = Freshness()
    """When data count as stale."""
    alerts: Alerts = Alerts()
    """Who is told when something is wrong."""
    dagster: Dagster = Dagster()
    """Dagster's history and owners."""
    engine: Literal["duckdb", "spark"] = "duckdb"
    """What computes the marts: DuckDB on this machine, or Apache Spark."""
    spark: SparkServer = SparkServer()
    """The Spark server, where `engine` is spark."""
