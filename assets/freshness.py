"""Whether the publication and the watched entities are as recent as the company expects.

Recent is what the data are of, not when somebody last wrote them: a run that finds nothing new every night is on time,
and yet its numbers grow old. So Dagster's own freshness policies, which look at the time of the last materialization,
would not notice.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import dagster as dg

from assets.configuration import Configuration
from assets.contracts import load_contract
from assets.lake.manifest import UNKNOWN_DAY, Lake, read_manifest
from assets.publication.publish import read_publication

PUBLICATION = "publication"
FRESHNESS_CHECK = "is_fresh"
SECONDS_PER_HOUR = 3600
HOURS_PER_DAY = 24


@dataclass(frozen=True)
class Freshness:
    """The newest business day of the publication or an entity, and the hours since its end beside their limit."""

    subject: str
    newest_day: dt.date | None
    hours: float | None
    limit_hours: int

    @property
    def is_stale(self) -> bool:
        """Whether the limit is passed; also where there is no day at all."""
        return self.hours is None or self.hours > self.limit_hours

    def __str__(self) -> str:
        """One clause: what there is, how old it is, how old it may be."""
        if self.hours is None:
            return f"{self.subject}: holds no business day yet (limit {_told(self.limit_hours)})"
        age = f"ended {_told(self.hours)} ago (limit {_told(self.limit_hours)})"
        return f"{self.subject}: newest business day {self.newest_day} {age}"


def _told(hours: float) -> str:
    """Hours as people say them: in days where there are more than three."""
    return f"{hours:.0f} hours" if hours <= 3 * HOURS_PER_DAY else f"{hours / HOURS_PER_DAY:,.0f} days"


def all_freshness(configuration: Configuration, now: dt.datetime) -> list[Freshness]:
    """How fresh the publication and every watched entity are; `now` has a time zone."""
    subjects = [PUBLICATION, *configuration.freshness.entities]
    return [found for subject in subjects if (found := freshness_of(subject, configuration, now))]


def freshness_of(subject: str, configuration: Configuration, now: dt.datetime) -> Freshness | None:
    """How fresh the publication or an entity is; null where it has no limit."""
    if subject == PUBLICATION:
        limit: int | None = configuration.freshness.publication_hours
    else:
        limit = configuration.freshness.entities.get(subject)
    if limit is None:
        return None
    newest = _newest_day(subject, configuration)
    if newest is None:
        return Freshness(subject, None, None, limit)
    midnight = dt.datetime.combine(newest + dt.timedelta(days=1), dt.time(), ZoneInfo(configuration.company.timezone))
    return Freshness(subject, newest, (now - midnight).total_seconds() / SECONDS_PER_HOUR, limit)


def _newest_day(subject: str, configuration: Configuration) -> dt.date | None:
    """The as-of day of the publication, the last day with accepted rows of an event entity, the last day that a state
    entity was extracted through: its unchanged snapshot keeps its old day."""
    if subject == PUBLICATION:
        publication = read_publication(configuration.paths.publish)
        return publication.as_of_date if publication else None
    manifest = read_manifest(Lake(configuration.paths.lake, configuration.paths.quarantine), subject)
    if load_contract(subject).kind == "state":
        return manifest.extracted_through
    days = [key for key, partition in manifest.partitions.items() if key != UNKNOWN_DAY and partition.accepted]
    return dt.date.fromisoformat(max(days)) if days else None


def freshness_check_specs(subject: str, configuration: Configuration) -> list[dg.AssetCheckSpec]:
    """The check of an asset's freshness; none where it has no limit."""
    if subject != PUBLICATION and subject not in configuration.freshness.entities:
        return []
    return [
        dg.AssetCheckSpec(
            FRESHNESS_CHECK,
            asset=freshness_asset(subject),
            description="The newest business day is as recent as `freshness` in loyalty.yaml asks.",
        )
    ]


def freshness_check_results(subject: str, configuration: Configuration) -> list[dg.AssetCheckResult]:
    """The result of that check now; stale data are a warning, for the run that finds them may be about to mend them."""
    found = freshness_of(subject, configuration, dt.datetime.now(dt.UTC))
    if found is None:
        return []
    return [
        dg.AssetCheckResult(
            check_name=FRESHNESS_CHECK,
            passed=not found.is_stale,
            severity=dg.AssetCheckSeverity.WARN,
            description=str(found),
        )
    ]


def freshness_asset(subject: str) -> dg.AssetKey:
    """The asset that a subject's freshness is a check of."""
    return dg.AssetKey([PUBLICATION] if subject == PUBLICATION else ["lake", subject])
