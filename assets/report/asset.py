"""The report as a Dagster asset, made after the publication: a page that fails leaves the published numbers alone."""

import logging
from collections.abc import Iterator

import dagster as dg

from assets.configuration import Configuration
from assets.errors import printable
from assets.secrets import masked

log = logging.getLogger("loyalty.report")

REPORT = dg.AssetKey(["report"])
IS_MADE = "report_is_made"


def report_asset(configuration: Configuration, partitions: dg.PartitionsDefinition, pool: str) -> dg.AssetsDefinition:
    """The page of the published version."""

    @dg.asset(
        key=REPORT,
        group_name="publication",
        kinds={"altair", "html"},
        deps=[dg.AssetKey(["publication"])],
        partitions_def=partitions,
        backfill_policy=dg.BackfillPolicy.single_run(),
        pool=pool,
        output_required=False,
        check_specs=[
            dg.AssetCheckSpec(IS_MADE, asset=REPORT, description="Whether the page of the published version is there.")
        ],
    )
    def report() -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        """The published numbers as one page with charts, beside the marts of their version."""
        # Altair takes half a second to import, which only a run that publishes should pay.
        from assets.report.page import write_report

        try:
            path = write_report(configuration)
        except Exception as error:  # noqa: BLE001  (whatever it is, the run has published and is to end well)
            told = printable(masked(f"The report was not made: {error}"))
            log.warning("%s", told)
            yield dg.AssetCheckResult(passed=False, severity=dg.AssetCheckSeverity.WARN, description=told)
            return
        log.info("The report is %s", path)
        yield dg.MaterializeResult(
            metadata={"page": dg.MetadataValue.path(str(path)), "bytes": path.stat().st_size},
            check_results=[dg.AssetCheckResult(passed=True)],
        )

    return report
