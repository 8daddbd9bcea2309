"""What a build on Spark needs beside dbt: sources before it, tables of analyses in between, marts after it."""

from __future__ import annotations

from pathlib import Path

import duckdb

from assets.analysis.catalogue import Analysis
from assets.configuration import SparkServer
from assets.lake.manifest import Lake
from assets.spark.connection import connected
from assets.spark.tables import bring_lake, bring_tables, fetch_marts, fetch_tables, tables_for_models
from assets.warehouse.database import open_warehouse


def bring_sources(server: SparkServer, connection: duckdb.DuckDBPyConnection, lake: Lake, warehouse: Path) -> list[str]:
    """Give Spark what the models read, as of the ledger; the entities whose tables were made anew."""
    with connected(server) as spark:
        anew = bring_lake(spark, connection, lake)
        bring_tables(spark, connection, exchange(warehouse), tables_for_models(connection))
    return anew


def analyse_for_spark(analysis: Analysis, warehouse: Path, server: SparkServer) -> int:
    """Make an analysis of Spark's models in this process and give Spark its table; the number of its rows."""
    with open_warehouse(warehouse) as connection, connected(server) as spark:
        fetch_tables(spark, connection, [f"intermediate.{model}" for model in analysis.reads])
    rows = analysis.write(warehouse)
    with open_warehouse(warehouse) as connection, connected(server) as spark:
        bring_tables(spark, connection, exchange(warehouse), [f"analysis.{analysis.table}"])
    return rows


def take_marts(server: SparkServer, warehouse: Path) -> None:
    """Bring the marts into the pipeline's file, from which they are published."""
    with open_warehouse(warehouse) as connection, connected(server) as spark:
        fetch_marts(spark, connection)


def environment(server: SparkServer) -> dict[str, str]:
    """What dbt's profile learns of the server."""
    return {
        "LOYALTY_ENGINE": "spark",
        "LOYALTY_SPARK_HOST": server.host,
        "LOYALTY_SPARK_PORT": str(server.port),
        "LOYALTY_SPARK_USER": server.user,
        "LOYALTY_SPARK_AUTH": server.auth,
        "LOYALTY_SPARK_POLL_SECONDS": str(server.poll_seconds),
        "LOYALTY_THREADS": str(server.threads),
    }


def exchange(warehouse: Path) -> Path:
    """The folder of the small tables that Spark reads from the pipeline."""
    return warehouse.parent / "spark"
