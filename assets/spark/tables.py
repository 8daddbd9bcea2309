"""Moves tables between the lake, the pipeline's own file and Spark.

Spark and the pipeline must see the same files under the same paths: one machine, or a file system that all share.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import unquote, urlparse

import duckdb

from assets.contracts import duckdb_columns, entities, load_contract
from assets.errors import WarehouseError
from assets.lake.manifest import Lake, current_partitions, read_manifest
from assets.publication.cells import text as duckdb_text
from assets.spark.connection import Spark, quoted, text
from assets.warehouse.absorb import SNAPSHOT
from assets.warehouse.catalogue import columns_of, description_of, published_marts

SCHEMAS = ("lake", "control", "analysis", "reference", "staging", "intermediate", "marts")
# Tables that only the pipeline reads stay with it.
READ_BY_MODELS = ("control", "analysis")
TYPES = {"varchar": "string", "integer": "int", "timestamp": "timestamp_ntz"}
HELD = "loyalty.partitions"


def spark_type(duckdb_type: str) -> str:
    """The name that Spark has for a type of a contract."""
    return TYPES.get(duckdb_type.lower(), duckdb_type.lower())


def bring_lake(spark: Spark, connection: duckdb.DuckDBPyConnection, lake: Lake) -> list[str]:
    """Make Spark's entity tables hold exactly those partitions that the ledger names; which were made anew.

    The caller holds the lake's lock since the ledger was written, so that no file is replaced meanwhile.
    """
    for schema in SCHEMAS:
        spark.execute(f"create schema if not exists {schema}")
    ledger: dict[str, dict[str, str]] = {entity: {} for entity in entities()}
    for entity, partition, version in connection.execute("from control.ledger order by all").fetchall():
        ledger[entity][partition] = version
    return [entity for entity, versions in ledger.items() if _bring_entity(spark, lake, entity, versions)]


def _bring_entity(spark: Spark, lake: Lake, entity: str, versions: Mapping[str, str]) -> bool:
    contract = load_contract(entity)
    columns = duckdb_columns(contract)
    held = hashlib.sha256(json.dumps([versions, columns], sort_keys=True).encode()).hexdigest()
    if _held(spark, entity) == held:
        return False
    days = dict(versions)
    if contract.kind == "state" and versions:
        (newest,) = current_partitions(read_manifest(lake, entity), is_state=True)
        days = {newest: versions[SNAPSHOT]}
    selected = ", ".join(f"cast({quoted(name)} as {spark_type(t)}) as {quoted(name)}" for name, t in columns.items())
    nothing = ", ".join(f"cast(null as {spark_type(t)}) as {quoted(name)}" for name, t in columns.items())
    rows = (
        f"select {selected} from parquet.{quoted(_pattern(lake, entity, days))}"
        if days
        else f"select {nothing} where false"
    )
    spark.execute(f"drop table if exists lake.{quoted(entity)}")
    spark.execute(
        f"create table lake.{quoted(entity)} using parquet tblproperties ({text(HELD)} = {text(held)}) as {rows}"
    )
    return True


def _held(spark: Spark, entity: str) -> str | None:
    """The digest of the partitions that Spark's table was made from; none where there is no table."""
    if not spark.rows(f"show tables in lake like {text(entity)}"):
        return None
    rows = spark.rows(f"show tblproperties lake.{quoted(entity)}")
    return dict(rows).get(HELD)


def _pattern(lake: Lake, entity: str, days: Mapping[str, str]) -> str:
    """A path that matches the file of each partition and no other, as Hadoop's file systems read patterns."""
    folder = lake.accepted.resolve() / entity
    if any(character in str(folder) for character in "{}[]*?,\\"):
        raise WarehouseError(f"Spark reads {folder} as a pattern: give paths.lake a name without any of {{}}[]*?,\\.")
    files = ",".join(f"{day}/{version}" for day, version in sorted(days.items()))
    return f"{folder}/{{{files}}}.parquet" if len(days) > 1 else f"{folder}/{files}.parquet"


def bring_tables(spark: Spark, connection: duckdb.DuckDBPyConnection, folder: Path, names: Iterable[str]) -> None:
    """Give Spark the small tables of that name (`schema.table`) of the pipeline's file, as files in `folder`."""
    for name in names:
        schema, table = name.split(".")
        file = folder / schema / f"{table}.parquet"
        file.parent.mkdir(parents=True, exist_ok=True)
        connection.execute(f'copy {schema}."{table}" to {duckdb_text(file)} (format parquet)')
        found = connection.execute(f'describe {schema}."{table}"').fetchall()
        columns = ", ".join(f"{quoted(column)} {spark_type(data_type)}" for column, data_type, *_ in found)
        spark.execute(f"drop table if exists {schema}.{quoted(table)}")
        options = f"path {text(str(file.resolve()))}"
        spark.execute(f"create table {schema}.{quoted(table)} ({columns}) using parquet options ({options})")


def tables_for_models(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """The tables of the pipeline's file that models read."""
    found = connection.execute(
        "select schema_name || '.' || table_name from duckdb_tables() where schema_name in ? order by all",
        [list(READ_BY_MODELS)],
    ).fetchall()
    return [name for (name,) in found]


def fetch_tables(spark: Spark, connection: duckdb.DuckDBPyConnection, names: Iterable[str]) -> None:
    """Bring tables of Spark (`schema.table`) into the pipeline's file, which then holds them as they are."""
    for name in names:
        schema, table = name.split(".")
        connection.execute(f"create schema if not exists {schema}")
        files = duckdb_text(_files(spark, schema, table))
        connection.execute(f'create or replace table {schema}."{table}" as from read_parquet({files})')


def fetch_marts(spark: Spark, connection: duckdb.DuckDBPyConnection) -> None:
    """Bring the marts into the pipeline's file, described as dbt describes them there."""
    marts = sorted(published_marts())
    fetch_tables(spark, connection, [f"marts.{mart}" for mart in marts])
    for mart in marts:
        comments = [f'comment on table marts."{mart}" is {duckdb_text(description_of(mart))}']
        for column, description in columns_of(mart).items():
            comments.append(f'comment on column marts."{mart}"."{column}" is {duckdb_text(description)}')
        connection.execute("; ".join(comments))


def _files(spark: Spark, schema: str, table: str) -> Path:
    """A pattern of the files of a table of Spark."""
    rows = spark.rows(f"describe formatted {schema}.{quoted(table)}")
    location = urlparse(next(str(row[1]) for row in rows if row[0] == "Location"))
    if location.scheme not in {"", "file"}:
        where = f"{location.scheme}://{location.netloc}{location.path}"
        raise WarehouseError(f"Spark keeps its tables at {where}, where this machine cannot read them.")
    return Path(unquote(location.path)) / "**" / "*.parquet"
