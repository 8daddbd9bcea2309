"""Guards the marts as a public interface: what BI tools rely on goes away only where its version says so.

A new column is no break. One that is removed, or has another type, breaks reports; so does a mart that is gone. The
version of a mart is `config.meta.version` in its YAML, 1 where it is not written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import duckdb

from assets.errors import PublicationError

Columns = dict[str, dict[str, str]]


def refuse_breaking_changes(
    connection: duckdb.DuckDBPyConnection, published: Path, declared: Mapping[str, int]
) -> None:
    """Compare the marts of the attached database `publication` with those of the published file, if there is one.

    Raises PublicationError where a mart lost or retyped a column and its `declared` version is not above the published
    one; it names mart, column, old and new type of each.
    """
    if not published.exists():
        return
    path = str(published).replace("'", "''")
    try:
        connection.execute(f"attach '{path}' as published (read_only)")
    except duckdb.Error as error:
        advice = "Remove the link `current` to publish without comparing with it."
        raise PublicationError(f"The published {published} cannot be read: {error}. {advice}") from error
    try:
        old, new = _columns(connection, "published"), _columns(connection, "publication")
        versions = _versions(connection, are_recorded="mart_version" in old.get("publication", {}))
    finally:
        connection.execute("detach published")
    broken = [
        f"{mart}, version {versions.get(mart, 1)}: {', '.join(changes)}"
        for mart, columns in old.items()
        if declared.get(mart, 1) <= versions.get(mart, 1) and (changes := list(_changes(columns, new.get(mart))))
    ]
    if broken:
        advice = "Take the change back, or raise config.meta.version in the YAML of the mart."
        raise PublicationError(f"What BI tools rely on would break. {'; '.join(broken)}. {advice}")


def _changes(old: Mapping[str, str], new: Mapping[str, str] | None) -> Iterator[str]:
    if new is None:
        yield "the mart is gone"
        return
    for column, data_type in old.items():
        if column not in new:
            yield f"column {column} ({data_type}) is gone"
        elif new[column] != data_type:
            yield f"column {column} was {data_type} and is {new[column]}"


def _columns(connection: duckdb.DuckDBPyConnection, database: str) -> Columns:
    query = "select table_name, column_name, data_type from duckdb_columns() where database_name = ? order by all"
    columns: Columns = {}
    for mart, column, data_type in connection.execute(query, [database]).fetchall():
        columns.setdefault(mart, {})[column] = data_type
    return columns


def _versions(connection: duckdb.DuckDBPyConnection, *, are_recorded: bool) -> dict[str, int]:
    """The published version of each mart; before versions were recorded there was only the first."""
    if not are_recorded:
        return {}
    return dict(connection.execute("select mart, mart_version from published.marts.publication").fetchall())
