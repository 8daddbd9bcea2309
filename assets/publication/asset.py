"""The publication as a Dagster asset, made after the marts were built and every test held."""

import datetime as dt
import logging
from collections.abc import Sequence

import dagster as dg

from assets.configuration import Configuration
from assets.freshness import PUBLICATION, freshness_check_results, freshness_check_specs
from assets.publication.publish import is_published, publish, read_publication
from assets.warehouse.absorb import open_warehouse

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
        with open_warehouse(configuration.paths.warehouse) as connection:
            current = read_publication(folder) if is_published(connection, folder) else None
            published = current or publish(
                connection,
                folder,
                run_id=context.run.run_id,
                published_at=dt.datetime.now(dt.UTC),
                keep_versions=configuration.publish.keep_versions,
            )
        rows = sum(published.row_counts.values())
        said = "stays, for nothing is new" if current else "published"
        log.info("Version %s %s: %s marts, %s rows", published.version, said, len(published.row_counts), f"{rows:,}")
        return dg.MaterializeResult(
            metadata={
                "dagster/row_count": rows,
                "version": published.version,
                "as_of_date": published.as_of_date.isoformat(),
                "folder": dg.MetadataValue.path(str(published.folder)),
                "rows_by_mart": dg.MetadataValue.json(published.row_counts),
            },
            check_results=freshness_check_results(PUBLICATION, configuration),
        )

    return publication
