"""The lake as Dagster assets: one per configured entity.

The lake itself is partitioned by business day. Its assets are partitioned by year, because Dagster stores two events
per asset and partition: three years by day, or even by month, would take longer to note than to load.
"""

import datetime as dt
import logging

import dagster as dg

from assets.business_day import yesterday_in
from assets.configuration import Configuration
from assets.contracts import load_contract
from assets.errors import ContractError, LoyaltyError, QuarantineLimitError, SourceError, without_secrets
from assets.freshness import freshness_check_results, freshness_check_specs
from assets.lake.load import Loaded, load_entity
from assets.lake.manifest import Lake
from assets.lake.outcomes import build_site
from assets.lake.tombstones import hangs_on
from assets.lake.wanted import no_longer_want, want
from assets.lake.window import night_of, nightly_window, told_window
from assets.sources import Window, cursor_now

log = logging.getLogger("loyalty.lake")
LAKE_GROUP = "lake"
CONTRACT_CHECK = "data_contract"
CONSERVATION_CHECK = "no_row_vanishes"
ANSWERS_CHECK = "source_answers"
MOST_SPANS_SHOWN = 20


def lake_asset(entity: str, configuration: Configuration, partitions: dg.PartitionsDefinition) -> dg.AssetsDefinition:
    """The lake partitions of one entity: extracted, held against the contract, bad rows in quarantine."""
    contract = load_contract(entity)
    key = dg.AssetKey(["lake", entity])
    is_optional = configuration.sources[entity].optional
    answers = dg.AssetCheckSpec(ANSWERS_CHECK, asset=key, description="The optional source could be read.")

    @dg.asset(
        key=key,
        group_name=LAKE_GROUP,
        kinds={"polars", "parquet"},
        description=contract.description,
        deps=[dg.AssetKey(["lake", before]) for before in _extracted_before(entity, configuration)],
        partitions_def=partitions,
        backfill_policy=dg.BackfillPolicy.single_run(),
        check_specs=[
            dg.AssetCheckSpec(CONTRACT_CHECK, asset=key, description="Rows that break an expectation of the contract."),
            dg.AssetCheckSpec(CONSERVATION_CHECK, asset=key, description="Accepted, quarantined and duplicates."),
            *([answers] if is_optional else []),
            *freshness_check_specs(entity, configuration),
        ],
        metadata={
            "dagster/column_schema": _column_schema(entity),
            "data_docs": dg.MetadataValue.path(str(configuration.paths.data_docs / "index.html")),
        },
    )
    def lake(context: dg.AssetExecutionContext) -> dg.MaterializeResult:  # type: ignore[type-arg]
        try:
            with without_secrets():
                loaded = load_for_run(entity, configuration, context.run, years_of(context))
        except LoyaltyError as error:
            error.entity = entity
            if not (is_optional and isinstance(error, SourceError)):
                raise
            log.warning("%s. It is optional: the lake keeps what it holds of %s.", error, entity)
            kept = [*_kept_results(str(error)), *freshness_check_results(entity, configuration)]
            return dg.MaterializeResult(metadata={"kept": True}, check_results=kept)
        log.info("%s", _summary(loaded))
        checks = [*_check_results(loaded), *freshness_check_results(entity, configuration)]
        if is_optional:
            checks.append(dg.AssetCheckResult(check_name=ANSWERS_CHECK, passed=True))
        return dg.MaterializeResult(metadata=_metadata(loaded), check_results=checks)

    return lake


def _extracted_before(entity: str, configuration: Configuration) -> list[str]:
    """What the rows refer to, and what tells whether they hang on somebody who was erased."""
    referred = [reference.entity for reference in load_contract(entity).references]
    return list(dict.fromkeys([*referred, *(owner for owner in hangs_on(entity) if owner in configuration.sources)]))


def load_for_run(
    entity: str, configuration: Configuration, run: dg.DagsterRun, years: tuple[dt.date, dt.date] | None
) -> Loaded:
    """Extract the days of an entity that the run was told, or in a night those that may have changed.

    Days whose rows the contract refuses are not tried again every night: who backfills them has to mend them first.
    """
    yesterday = yesterday_in(configuration.company.timezone)
    lake = Lake(configuration.paths.lake, configuration.paths.quarantine)
    window = told_window(run.tags, years, configuration, yesterday)
    # Who names single days has not asked for all that changed.
    is_told_days = window is not None and window.only is not None
    cursor = None if is_told_days else cursor_now(entity, configuration, dt.datetime.now(dt.UTC))
    if window is None:
        window = nightly_window(lake, configuration, entity, night_of(run.tags, yesterday))
    else:
        want(lake, run.run_id, window, _entities_of(run, configuration))
    try:
        loaded = load_entity(entity, configuration, window, yesterday + dt.timedelta(days=1), log.info, cursor)
    except (ContractError, QuarantineLimitError):
        no_longer_want(lake, entity, window)
        raise
    no_longer_want(lake, entity, window)
    return loaded


def _entities_of(run: dg.DagsterRun, configuration: Configuration) -> list[str]:
    """The entities that a run extracts; all where none were chosen, which Dagster tells by no or by an empty choice."""
    chosen = run.asset_selection
    return [entity for entity in configuration.sources if not chosen or dg.AssetKey(["lake", entity]) in chosen]


def data_docs_asset(configuration: Configuration, partitions: dg.PartitionsDefinition) -> dg.AssetsDefinition:
    """The site of Great Expectations that shows how each expectation of each contract did."""

    @dg.asset(
        key=dg.AssetKey(["data_docs"]),
        group_name=LAKE_GROUP,
        kinds={"great_expectations"},
        deps=[dg.AssetKey(["lake", entity]) for entity in configuration.sources],
        partitions_def=partitions,
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    def data_docs(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        """Data Docs: a page per contract with its expectations and how many rows did not meet them, without values."""
        index = build_site(configuration, context.run.run_id, dt.datetime.now(dt.UTC))
        return dg.MaterializeResult(metadata={"page": dg.MetadataValue.path(str(index))})

    return data_docs


def years_of(context: dg.AssetExecutionContext) -> tuple[dt.date, dt.date] | None:
    """The years of a partitioned run, half-open; null where the run has no partitions."""
    if not (context.has_partition_key or context.has_partition_key_range):
        return None
    time_window = context.partition_time_window
    return time_window.start.date(), time_window.end.date()


def _summary(loaded: Loaded) -> str:
    parts = [f"{loaded.accepted:,} rows accepted"]
    parts += [f"{loaded.quarantined:,} quarantined"] if loaded.quarantined else []
    parts += [f"{loaded.duplicates:,} exact duplicates dropped"] if loaded.duplicates else []
    parts += [f"{loaded.refused:,} of erased customers refused"] if loaded.refused else []
    return f"{loaded.entity}: {', '.join(parts)}"


def _metadata(loaded: Loaded) -> dict[str, dg.MetadataValue]:
    return {
        "dagster/row_count": dg.MetadataValue.int(loaded.accepted),
        "window": dg.MetadataValue.text(_told(loaded.window)),
        "extracted": dg.MetadataValue.int(loaded.extracted),
        "quarantined": dg.MetadataValue.int(loaded.quarantined),
        "duplicates": dg.MetadataValue.int(loaded.duplicates),
        "refused_of_erased_customers": dg.MetadataValue.int(loaded.refused),
        "reasons": dg.MetadataValue.json(loaded.reasons),
    }


def _told(window: Window) -> str:
    spans = [f"{first} to {last}" if first < last else f"{first}" for first, last in window.spans]
    shown = spans if len(spans) <= MOST_SPANS_SHOWN else [*spans[:MOST_SPANS_SHOWN], "..."]
    return f"{window.day_count:,} days: {', '.join(shown)}"


def _kept_results(reason: str) -> list[dg.AssetCheckResult]:
    """Of an optional source that could not be read: a warning; nothing was extracted that a contract could judge."""
    nothing = "Nothing was extracted."
    return [
        dg.AssetCheckResult(
            check_name=ANSWERS_CHECK, passed=False, severity=dg.AssetCheckSeverity.WARN, description=reason
        ),
        dg.AssetCheckResult(check_name=CONTRACT_CHECK, passed=True, description=nothing),
        dg.AssetCheckResult(check_name=CONSERVATION_CHECK, passed=True, description=nothing),
    ]


def _check_results(loaded: Loaded) -> list[dg.AssetCheckResult]:
    """Rows in quarantine are a warning: the run goes on, and stops above the configured share only."""
    unmet = [outcome for outcome in loaded.expectations if not outcome.success]
    counts = {outcome.reason: outcome.unexpected for outcome in unmet}
    return [
        dg.AssetCheckResult(
            check_name=CONTRACT_CHECK,
            passed=not unmet,
            severity=dg.AssetCheckSeverity.WARN,
            metadata={
                "expectations": len(loaded.expectations),
                "unmet": len(unmet),
                "rows": loaded.extracted,
                "unexpected_rows_by_reason": dg.MetadataValue.json(counts),
            },
        ),
        dg.AssetCheckResult(
            check_name=CONSERVATION_CHECK,
            passed=loaded.is_conserved,
            metadata={
                "extracted": loaded.extracted,
                "accepted": loaded.accepted,
                "quarantined": loaded.quarantined,
                "duplicates": loaded.duplicates,
            },
        ),
    ]


def _column_schema(entity: str) -> dg.TableSchema:
    columns = load_contract(entity).columns
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                column.name, column.type, column.description, dg.TableColumnConstraints(nullable=not column.required)
            )
            for column in columns
        ]
    )
