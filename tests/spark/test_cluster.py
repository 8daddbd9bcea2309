"""A cluster loses machines: what was computed on them is computed again, and nobody sees it in the numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from assets.lake.manifest import Lake
from assets.spark.build import bring_sources
from assets.spark.connection import connected
from assets.spark.server import FOR_SMALL_TABLES, running_server
from assets.spark.tables import fetch_tables
from assets.warehouse.absorb import absorb
from assets.warehouse.build import invoke
from assets.warehouse.database import open_warehouse
from tests.flow.small_company import differences, read_marts
from tests.spark.both_engines import TOLERANCE, BothEngines
from tests.spark.standalone_cluster import kill, standalone_cluster

MARTS = ("cohort_retention", "mrr_movements")
NODES_BEFORE_THE_KILL = 12
SETTINGS = {
    **FOR_SMALL_TABLES,
    "spark.executor.memory": "512m",
    "spark.executor.cores": "1",
    "spark.cores.max": "2",
}


def test_a_worker_killed_in_the_middle_changes_nothing(both: BothEngines, tmp_path: Path) -> None:
    """Else a lost machine at night would be lost rows in the morning, or rows counted twice."""
    warehouse = tmp_path / "warehouse.duckdb"
    finished: list[str] = []
    with (
        standalone_cluster(tmp_path) as (master, workers),
        running_server(tmp_path / "server", memory="1g", master=master, more=SETTINGS) as server,
    ):

        def kill_one(event: Any) -> None:
            if event.info.name == "NodeFinished":
                finished.append(event.data.node_info.unique_id)
                if len(finished) == NODES_BEFORE_THE_KILL:
                    kill(workers[0])

        configuration = both.on_spark
        with open_warehouse(warehouse) as connection:
            lake = Lake(configuration.paths.lake, configuration.paths.quarantine)
            absorb(connection, lake, configuration, both.as_of, "models")
            bring_sources(server, connection, lake, warehouse)
        selected = ["--exclude-resource-type", "unit_test", "test", "--select", *(f"+{mart}" for mart in MARTS)]
        outcome = invoke(warehouse, ["build", *selected], [kill_one], spark=server)
        assert outcome.success, outcome.exception
        assert len(finished) > NODES_BEFORE_THE_KILL
        assert [worker.poll() is None for worker in workers] == [False, True]
        with open_warehouse(warehouse) as connection, connected(server) as session:
            fetch_tables(session, connection, [f"marts.{mart}" for mart in MARTS])
    ours = read_marts(both.company.configuration().paths.warehouse)
    assert differences({mart: ours[mart] for mart in MARTS}, read_marts(warehouse), TOLERANCE) == []
