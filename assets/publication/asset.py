"""The publication as a Dagster asset, made after the marts were built and every test held."""

import datetime as dt
import logging
from collections.abc import Sequence
from dataclasses import asdict

import dagster as dg

from assets.configuration import Configuration
from assets.errors import PublicationError, without_secrets
from assets.freshness import PUBLICATION, freshness_check_results, freshness_check_specs
from assets.lake.erasure import ERASURE_TAG
from assets.lake.retention_periods import apply_retention_periods
from assets.publication.postgres import drop_older_versions, publish_to_postgres
from assets.publication.postgres_session import Target
from assets.publication.publish import is_published, publish, read_publication
from assets.warehouse.database import open_warehouse

log = logging.getLogger("loyalty.publication")


def publication_asset(
    configuration: Configuration, partitions: dg.PartitionsDefinition, marts: Sequence[dg.AssetKey], pool: str
) -> dg.AssetsDefinition:
    """The published version: Parquet files and a DuckDB file that BI tools read."""

    @dg.asset(
        key=dg.AssetKey(["publication"]),
        group_name="publication",
        kinds={"duckdb", "parquet"},
        deps=list(marts),
        partitions_def=partitions,
        backfill_policy=dg.BackfillPolicy.single_run(),
        pool=pool,
        check_specs=freshness_check_specs(PUBLICATION, configuration),
    )
    def publication(context: dg.AssetExecutionContext) -> dg.MaterializeResult:  # type: ignore[type-arg]
        """One version of all marts: a folder of Parquet files and one DuckDB file, which `current` points to."""
        folder = configuration.paths.publish
        with without_secrets(), open_warehouse(configuration.paths.warehouse) as connection:
            current = read_publication(folder) if is_published(connection, folder) else None
            # Older versions cannot be rewritten without who was erased, and what they said tells what the person did.
            is_erasure = ERASURE_TAG in context.run.tags
            published = current or publish(
                connection,
                folder,
                run_id=context.run.run_id,
                published_at=dt.datetime.now(dt.UTC),
                keep_versions=1 if is_erasure else configuration.publish.keep_versions,
                keep_restatements_days=None if is_erasure else configuration.publish.keep_restatements_days,
            )
        removed = apply_retention_periods(configuration, dt.datetime.now(dt.UTC), log.info)
        rows = sum(published.row_counts.values())
        said = "stays, for nothing is new" if current else "published"
        log.info("Version %s %s: %s marts, %s rows", published.version, said, len(published.row_counts), f"{rows:,}")
        return dg.MaterializeResult(
            metadata={
                "dagster/row_count": rows,
                "version": published.version,
                "as_of_date": published.as_of_date.isoformat(),
                "folder": dg.MetadataValue.path(str(published.folder)),
                "past_retention_period": dg.MetadataValue.json(asdict(removed)),
                "rows_by_mart": dg.MetadataValue.json(published.row_counts),
            },
            check_results=freshness_check_results(PUBLICATION, configuration),
        )

    return publication


def postgres_publication_asset(
    configuration: Configuration, target: Target, partitions: dg.PartitionsDefinition, pool: str
) -> dg.AssetsDefinition:
    """The published version once more, in Postgres."""

    @dg.asset(
        key=dg.AssetKey(["publication_postgres"]),
        group_name="publication",
        kinds={"postgres"},
        deps=[dg.AssetKey(["publication"])],
        partitions_def=partitions,
        backfill_policy=dg.BackfillPolicy.single_run(),
        pool=pool,
    )
    def publication_postgres(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        """What the files of the current version hold, in Postgres: one view per mart, and grants for its readers."""
        loaded = publish_to_postgres(target, configuration.paths.publish)
        if ERASURE_TAG in context.run.tags and (left := drop_older_versions(target)):
            raise PublicationError(
                f"Older versions left traces in Postgres, for a transaction that read them is open: {', '.join(left)}. "
                "End it, then call `loyalty forget` again."
            )
        rows = sum(loaded.row_counts.values())
        log.info(
            "Version %s %s Postgres: %s rows",
            loaded.version,
            "loaded into" if loaded.is_new else "stays in",
            f"{rows:,}",
        )
        return dg.MaterializeResult(
            metadata={"dagster/row_count": rows, "version": loaded.version, "schema": target.schema}
        )

    return publication_postgres
