"""Steps of the product that no command runs alone: the first load of the lake, and a first build as of a day.

Both run the product's own jobs on its own Dagster instance, as the command line does.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path

SECONDS = "seconds"


def first_load(config: Path, as_of: dt.date) -> None:
    """Extract, validate and write all entities of all history into the lake: the nightly job up to the lake."""
    import dagster as dg

    from assets.configuration.file import load_configuration
    from assets.lake.asset import LAKE_GROUP
    from assets.lake.window import night_tags
    from pipelines.definitions import NIGHTLY, as_of_window, build_definitions, year_tags
    from pipelines.instance import open_instance, prepare_instance

    configuration = load_configuration(config)
    prepare_instance(configuration, config)
    definitions = build_definitions(configuration)
    window = as_of_window(configuration, as_of)
    lake = dg.AssetSelection.groups(LAKE_GROUP).resolve(definitions.resolve_asset_graph())
    with open_instance(configuration) as instance:
        definitions.resolve_job_def(NIGHTLY).execute_in_process(
            instance=instance,
            tags={**year_tags(window), **night_tags(as_of)},
            asset_selection=list(lake),
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )


def full_refresh(config: Path, as_of: dt.date) -> None:
    """Compute everything anew from the lake and publish, as `loyalty full-refresh` does, as of a day."""
    from assets.configuration.file import load_configuration
    from assets.sources import Window
    from assets.warehouse.asset import AS_OF_TAG
    from assets.warehouse.graph import LEDGER
    from pipelines.instance import open_instance
    from pipelines.runs import run_job

    configuration = load_configuration(config)
    run_job(configuration, config, "full_refresh", Window(as_of, as_of), {AS_OF_TAG: as_of.isoformat()})
    with open_instance(configuration) as instance:
        event = instance.get_latest_materialization_event(LEDGER)
    if event is not None and event.asset_materialization is not None:
        told = event.asset_materialization.metadata
        print(SECONDS, json.dumps({name: told[name].value for name in ("seconds_of_models", "seconds_of_tests")}))


if __name__ == "__main__":
    import logging

    logger = logging.getLogger("loyalty")
    logger.addHandler(logging.StreamHandler())
    logger.handlers[0].setFormatter(logging.Formatter("%(asctime)s  %(message)s"))
    logger.setLevel(logging.INFO)
    STEPS = {"first_load": first_load, "full_refresh": full_refresh}
    STEPS[sys.argv[1]](Path(sys.argv[2]), dt.date.fromisoformat(sys.argv[3]))
