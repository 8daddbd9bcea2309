"""Extracts an entity, validates it and replaces its partitions of a window of business days in the lake."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import polars as pl

from assets.configuration import Configuration
from assets.contracts import BUSINESS_DAY, Contract, load_contract
from assets.errors import QuarantineLimitError
from assets.lake.batched import rows_by_batch
from assets.lake.coverage import followed_by, is_whole_history, source_digest
from assets.lake.extracted import accepted_rows, extracted_rows
from assets.lake.manifest import (
    UNKNOWN_DAY,
    Lake,
    Partition,
    current_partitions,
    day_key,
    has_key,
    locked,
    read_manifest,
)
from assets.lake.outcomes import write_outcomes
from assets.lake.quarantine import forget_refused_rows, keep_refused_rows
from assets.lake.tombstones import Refusal, read_tombstones
from assets.lake.writer import STAGING_PREFIX, PartitionWriter, lake_errors, replace_partitions
from assets.leftovers import held
from assets.sources import Window, number_lines
from assets.validation import (
    ExpectationOutcome,
    Validated,
    allowed_values,
    batches,
    check_quarantine_share,
    find_duplicate_keys,
    merge_expectations,
    validate,
)

# One bad row of a quiet night's ten is no sign of a broken source.
FEWEST_ROWS_TO_JUDGE = 100
# Contracts may be older than the reporting history, and their amounts need the rate of their first day.
FIRST_RATE_DAY = dt.date(1970, 1, 1)


@dataclass(frozen=True)
class Loaded:
    """What became of the rows of one entity, and the outcome of each expectation, summed over batches.

    `refused` are rows of erased customers: they do not count as extracted.
    """

    entity: str
    window: Window
    extracted: int
    accepted: int
    quarantined: int
    duplicates: int
    reasons: dict[str, int]
    expectations: list[ExpectationOutcome]
    refused: int = 0

    @property
    def is_conserved(self) -> bool:
        """Whether no row vanished: accepted, quarantined and exact duplicates make up what was extracted."""
        return self.accepted + self.quarantined + self.duplicates == self.extracted


def load_entity(
    entity: str,
    configuration: Configuration,
    window: Window,
    extracted_on: dt.date,
    progress: Callable[[str], None] = lambda _: None,
    cursor: str | None = None,
) -> Loaded:
    """Extract one entity and replace its partitions of `window`; of a state entity the snapshot of `extracted_on`.

    `cursor` is what to remember of the source's cursor, asked for before the window was made. It is remembered where
    the window holds all days that changed: all of history, or single days, which only a night by the cursor names.
    Raises SourceError, ContractError, QuarantineLimitError or LakeError; the lake is then as it was.
    """
    contract = load_contract(entity)
    lake = Lake(configuration.paths.lake, configuration.paths.quarantine)
    if entity == "fx_rates" and window.only is None and window.first_day <= configuration.company.history_start:
        window = Window(FIRST_RATE_DAY, window.last_day)
    old = read_manifest(lake, entity)
    is_whole = contract.kind == "state" or is_whole_history(window, old, configuration)
    followed = followed_by(lake, contract, old, window)
    # Whoever erases a customer waits for the end of extractions that do not know of it.
    with lake_errors(lake, entity), locked(lake.accepted, exclusive=False), _staging_file(lake, entity) as staging:
        refusal = Refusal(entity, read_tombstones(configuration.paths.erasures))
        rows = extracted_rows(contract, configuration, window, lake, refusal, staging)
        if contract.kind == "state":
            rows = rows.with_columns(pl.lit(extracted_on).alias(BUSINESS_DAY))
        replaced = _replaced_by(contract, window, extracted_on)
        source = source_digest(entity, configuration) if is_whole else old.source
        seen = cursor if is_whole or window.only is not None else None
        with replace_partitions(lake, entity, replaced, window.last_day, source, seen, followed) as writer:
            days_without_rows: list[dt.date | None] = [extracted_on] if contract.kind == "state" else []
            expectations = _stage_batches(writer, contract, configuration, rows, days_without_rows, progress)
            loaded = replace(_summarise(contract, window, writer, expectations), refused=refusal.rows)
            try:
                _check_share(writer, loaded, configuration)
            except QuarantineLimitError:
                keep_refused_rows(lake, entity, writer.staged)
                raise
            if contract.kind == "state":
                _keep_unchanged_snapshot(lake, writer)
        forget_refused_rows(lake, entity)
        write_outcomes(lake, entity, loaded.expectations)
    return loaded


def _stage_batches(
    writer: PartitionWriter,
    contract: Contract,
    configuration: Configuration,
    rows: pl.LazyFrame,
    days_without_rows: list[dt.date | None],
    progress: Callable[[str], None],
) -> list[ExpectationOutcome]:
    """Validate and stage all rows in batches of whole days; without rows the expectations are held against none.

    A state entity that may be empty, and is, has an empty snapshot of `days_without_rows`; the old one must not stay.
    """
    with _staging_file(writer.lake, contract.entity) as scratch:
        duplicate_keys = find_duplicate_keys(rows, contract, scratch)
    allowed = allowed_values(contract, configuration)
    counts = rows.group_by(BUSINESS_DAY).len().collect(engine="streaming").sort(BUSINESS_DAY, nulls_last=True)
    outcomes: list[list[ExpectationOutcome]] = []
    extracted: dict[dt.date | None, int] = dict(counts.iter_rows())
    done, total = 0, counts["len"].sum()
    groups = batches(extracted.items()) or [days_without_rows]
    parts = rows_by_batch(rows, groups, partial(_staging_file, writer.lake, contract.entity))
    for days, batch in zip(groups, parts, strict=True):
        numbered = number_lines(batch) if "line_no" in contract.key else batch
        validated = validate(numbered, contract, _references(writer.lake, contract, days), allowed, duplicate_keys)
        _stage_days(writer, validated, {day: extracted.get(day, 0) for day in days}, is_state=contract.kind == "state")
        outcomes.append(validated.expectations)
        done += batch.height
        progress(f"{contract.entity}: {_span(contract, days)}{done:,} of {total:,} rows validated")
    return merge_expectations(outcomes)


def _span(contract: Contract, days: list[dt.date | None]) -> str:
    """The days of a batch, as a line of progress begins; nothing of a snapshot, which is of no day of its rows."""
    known = [day for day in days if day is not None]
    if contract.kind == "state" or not days:
        return ""
    if not known:
        return "rows without a day, "
    return f"{known[0]} to {known[-1]}, " if len(known) > 1 else f"{known[0]}, "


def _stage_days(
    writer: PartitionWriter, validated: Validated, extracted: dict[dt.date | None, int], *, is_state: bool
) -> None:
    """Stage the partitions of a batch, whose rows were counted by day as they were extracted.

    A state entity's batch is its one snapshot, whose rows have no day.
    """
    if is_state:
        ((day, rows),) = extracted.items()
        duplicates = int(validated.duplicates["row_count"].sum())
        writer.stage(day_key(day), validated.accepted, validated.quarantined, duplicates=duplicates, extracted=rows)
        return
    accepted = validated.accepted.partition_by(BUSINESS_DAY, as_dict=True)
    quarantined = validated.quarantined.partition_by(BUSINESS_DAY, as_dict=True)
    duplicates_by_day = dict(validated.duplicates.iter_rows())
    for day, rows in extracted.items():
        writer.stage(
            day_key(day),
            accepted.get((day,), validated.accepted.clear()),
            quarantined.get((day,), validated.quarantined.clear()),
            duplicates=duplicates_by_day.get(day, 0),
            extracted=rows,
        )


def _replaced_by(contract: Contract, window: Window, extracted_on: dt.date) -> Callable[[str], bool]:
    """Which partitions an extraction replaces: those of its window, and always the rows whose day is not known."""
    if contract.kind == "state":
        return lambda key: key == day_key(extracted_on)
    return lambda key: key == UNKNOWN_DAY or has_key(window, key)


def _keep_unchanged_snapshot(lake: Lake, writer: PartitionWriter) -> None:
    """Keep an unchanged snapshot under the day on which it was first seen, so that history holds changes only."""
    ((key, partition),) = writer.staged.items()
    newest = current_partitions(read_manifest(lake, writer.entity), is_state=True)
    for old_key, old in newest.items():
        if (old.version, old.quarantine_version) == (partition.version, partition.quarantine_version) and old_key < key:
            del writer.staged[key]
            writer.staged[old_key] = partition


def _references(lake: Lake, contract: Contract, days: list[dt.date | None]) -> dict[str, pl.DataFrame]:
    """The accepted rows that a batch may refer to: those of its days, where the day is the reference's own."""
    references = {}
    for reference in contract.references:
        if reference.entity == contract.day_of:
            rows = accepted_rows(lake, load_contract(reference.entity), days).select(reference.target_columns)
        else:
            rows = accepted_rows(lake, load_contract(reference.entity))
        references[reference.entity] = rows.collect(engine="streaming")
    return references


def _summarise(
    contract: Contract, window: Window, writer: PartitionWriter, expectations: list[ExpectationOutcome]
) -> Loaded:
    partitions = writer.staged.values()
    reasons: Counter[str] = Counter()
    for partition in partitions:
        reasons.update(partition.reasons)
    return Loaded(
        entity=contract.entity,
        window=window,
        extracted=sum(partition.extracted for partition in partitions),
        accepted=sum(partition.accepted for partition in partitions),
        quarantined=sum(partition.quarantined for partition in partitions),
        duplicates=sum(partition.duplicates for partition in partitions),
        reasons=dict(reasons.most_common()),
        expectations=expectations,
    )


def _check_share(writer: PartitionWriter, loaded: Loaded, configuration: Configuration) -> None:
    """Stop where too many rows are bad: of the run, or of the whole entity where the run saw only a few.

    Rows without a day come again with every extraction of a file; only those that were not there before are the run's.
    """
    known_before = _count(read_manifest(writer.lake, loaded.entity).partitions.get(UNKNOWN_DAY))
    repeated = min(known_before, _count(writer.staged.get(UNKNOWN_DAY)))
    extracted, quarantined = loaded.extracted - repeated, loaded.quarantined - repeated
    if extracted < FEWEST_ROWS_TO_JUDGE:
        partitions = {**read_manifest(writer.lake, loaded.entity).partitions, **writer.staged}.values()
        extracted = sum(partition.extracted for partition in partitions)
        quarantined = sum(partition.quarantined for partition in partitions)
    max_share = configuration.quarantine.entities.get(loaded.entity, configuration.quarantine.max_share)
    check_quarantine_share(loaded.entity, extracted, quarantined, max_share, loaded.reasons)


def _count(partition: Partition | None) -> int:
    return partition.quarantined if partition else 0


@contextmanager
def _staging_file(lake: Lake, entity: str) -> Iterator[Path]:
    """A file beside the lake for rows of which there may be more than memory holds."""
    folder = lake.accepted / entity
    folder.mkdir(parents=True, exist_ok=True)
    with held(folder / f"{STAGING_PREFIX}{uuid.uuid4().hex}.parquet") as path:
        yield path
