"""The lake as Dagster assets: one per configured entity.

The lake itself is partitioned by business day. Its assets are partitioned by year, because Dagster stores two events
per asset and partition: three years by day, or even by month, would take longer to note than to load.
"""

import datetime as dt
import logging

import dagster as dg

from assets.configuration import Configuration
from assets.contracts import load_contract
from assets.errors import without_secrets
from assets.lake.load import Loaded, load_entity
from assets.lake.outcomes import build_site
from assets.lake.tombstones import hangs_on
from assets.lake.window import run_window, yesterday_in

log = logging.getLogger("loyalty.lake")
LAKE_GROUP = "lake"
CONTRACT_CHECK = "data_contract"
CONSERVATION_CHECK = "no_row_vanishes"


def lake_asset(entity: str, configuration: Configuration, partitions: dg.PartitionsDefinition) -> dg.AssetsDefinition:
    """The lake partitions of one entity: extracted, held against the contract, bad rows in quarantine."""
    contract = load_contract(entity)
    key = dg.AssetKey(["lake", entity])

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
        ],
        metadata={"dagster/column_schema": _column_schema(entity)},
    )
    def lake(context: dg.AssetExecutionContext) -> dg.MaterializeResult:  # type: ignore[type-arg]
        yesterday = yesterday_in(configuration.company.timezone)
        window = run_window(context.run.tags, years_of(context), configuration, yesterday)
        with without_secrets():
            loaded = load_entity(entity, configuration, window, yesterday + dt.timedelta(days=1), log.info)
        log.info("%s", _summary(loaded))
        return dg.MaterializeResult(metadata=_metadata(loaded), check_results=_check_results(loaded))

    return lake


def _extracted_before(entity: str, configuration: Configuration) -> list[str]:
    """What the rows refer to, and what tells whether they hang on somebody who was erased."""
    referred = [reference.entity for reference in load_contract(entity).references]
    return list(dict.fromkeys([*referred, *(owner for owner in hangs_on(entity) if owner in configuration.sources)]))


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
        "window": dg.MetadataValue.text(f"{loaded.window.first_day} to {loaded.window.last_day}"),
        "extracted": dg.MetadataValue.int(loaded.extracted),
        "quarantined": dg.MetadataValue.int(loaded.quarantined),
        "duplicates": dg.MetadataValue.int(loaded.duplicates),
        "refused_of_erased_customers": dg.MetadataValue.int(loaded.refused),
        "reasons": dg.MetadataValue.json(loaded.reasons),
    }


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
