"""Publishes the marts: a folder per version with Parquet files and one DuckDB file, and `current`, which points to the
newest.

A version is written whole beside the others before `current` moves to it by one rename. A reader who has files of an
older version open keeps them; nobody waits for anybody.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
from dataclasses import astuple, dataclass
from pathlib import Path

import duckdb
import polars as pl

from assets.disk import disk_errors
from assets.errors import PublicationError
from assets.lake.manifest import locked
from assets.publication import restatements
from assets.publication.cells import text
from assets.publication.interface import refuse_breaking_changes
from assets.publication.restatements import Label, forget_arrivals, write_restatements
from assets.warehouse.catalogue import published_marts
from assets.warehouse.control import read_build_state

DATABASE_NAME = "loyalty.duckdb"
# BI drivers lag behind the warehouse's DuckDB; files in this format are read by drivers from 1.5 on.
STORAGE_VERSION = "v1.5.0"
DIGEST_LENGTH = 16


@dataclass(frozen=True)
class Publication:
    """One published version: its number, folder, as-of date, moment in UTC and rows by mart."""

    version: int
    folder: Path
    as_of_date: dt.date
    published_at: dt.datetime
    row_counts: dict[str, int]


def publish(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    *,
    run_id: str,
    published_at: dt.datetime,
    keep_versions: int,
    keep_restatements_days: int | None = 730,
) -> Publication:
    """Publish the warehouse's marts as a new version under `folder`, and remove all but the last `keep_versions`.

    `published_at` is in UTC. Without `keep_restatements_days` nothing is told of the versions before. Raises
    PublicationError where the last build did not come to its end, or the disk refuses.
    """
    state = read_build_state(connection)
    if not state.is_complete or state.as_of_date is None:
        raise PublicationError(
            "The marts are not complete: the last build failed or was stopped. Run `loyalty run` again."
        )
    refused = disk_errors(PublicationError, f"The marts cannot be published under {folder}")
    with refused, locked(folder, exclusive=True):
        version = max(published_versions(folder), default=0) + 1
        definitions = hashlib.sha256(f"{state.settings} {state.models}".encode()).hexdigest()[:DIGEST_LENGTH]
        label = Label(version, state.as_of_date, run_id, published_at.replace(tzinfo=None), definitions)
        counts = _write_version(connection, folder, label, keep_restatements_days)
        _point_current_to(folder, version)
        _note_published(connection, version)
        _remove_old_versions(folder, keep_versions)
    return Publication(version, _version_folder(folder, version), label.as_of_date, label.published_at, counts)


def is_published(connection: duckdb.DuckDBPyConnection, folder: Path) -> bool:
    """Whether the marts as last built were published; not so where a run was stopped in between, or `folder` is new."""
    noted = connection.execute("select version from control.published").fetchall()
    return bool(noted) and (folder / "current").exists()


def forget_published(connection: duckdb.DuckDBPyConnection) -> None:
    """Note that the marts are about to differ from what is published."""
    connection.execute("delete from control.published")


def _note_published(connection: duckdb.DuckDBPyConnection, version: int) -> None:
    connection.execute("delete from control.published")
    forget_arrivals(connection, version)
    connection.execute("insert into control.published values (?)", [version])


def read_publication(folder: Path) -> Publication | None:
    """The version that `current` points to; null where nothing was published. Does not lock anything."""
    current = folder / "current"
    if not current.exists():
        return None
    rows = pl.read_parquet(current / "marts" / "publication.parquet")
    first = rows.row(0, named=True)
    counts = dict(rows.select("mart", "row_count").iter_rows())
    return Publication(first["version"], current.resolve(), first["as_of_date"], first["published_at"], counts)


def _write_version(
    connection: duckdb.DuckDBPyConnection, folder: Path, label: Label, keep_restatements_days: int | None
) -> dict[str, int]:
    """Write all files of a version beside its final place, then rename the folder."""
    beside = folder / "versions" / f".{label.version:06d}.new"
    shutil.rmtree(beside, ignore_errors=True)
    (beside / "marts").mkdir(parents=True)
    _attach_new_database(connection, beside / DATABASE_NAME)
    try:
        versions = {mart: declared.version for mart, declared in published_marts().items()}
        marts = _marts(connection)
        for mart, (description, columns) in marts.items():
            connection.execute(f'create table publication.marts."{mart}" as select * from marts."{mart}" order by all')
            # BI tools show them beside the numbers.
            _describe(connection, mart, description, columns)
        current = (folder / "current").resolve() if (folder / "current").exists() else None
        write_restatements(connection, label, list(marts), current, keep_restatements_days)
        _describe(connection, restatements.MART, restatements.DESCRIPTION, _descriptions(restatements.COLUMNS))
        rows = []
        for mart in sorted([*marts, restatements.MART]):
            count, checksum = _count_and_checksum(connection, mart)
            rows.append((*astuple(label), mart, count, checksum, versions.get(mart, 1)))
        body = ", ".join(f"{name} {data_type}" for name, (data_type, _) in PUBLICATION_COLUMNS.items())
        connection.execute(f"create table publication.marts.{PUBLICATION} ({body})")
        _describe(connection, PUBLICATION, PUBLICATION_DESCRIPTION, _descriptions(PUBLICATION_COLUMNS))
        connection.executemany(f"insert into publication.marts.{PUBLICATION} values (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
        refuse_breaking_changes(connection, folder / "current" / DATABASE_NAME, versions)
        for mart in [*(row[5] for row in rows), PUBLICATION]:
            path = text(beside / "marts" / f"{mart}.parquet")
            connection.execute(f'copy publication.marts."{mart}" to {path} (format parquet, compression zstd)')
    finally:
        connection.execute("detach publication")
    beside.rename(_version_folder(folder, label.version))
    return {row[5]: row[6] for row in rows}


PUBLICATION = "publication"
PUBLICATION_DESCRIPTION = "What this version is, and how its marts can be checked. One row per mart."
PUBLICATION_COLUMNS = {
    "version": ("integer", "Number of the version; it counts up."),
    "as_of_date": ("date", "The last business day that the numbers take into account."),
    "run_id": ("varchar", "The run that published the version."),
    "published_at": ("timestamp", "When it was published, in UTC."),
    "definitions": (
        "varchar",
        "A digest of the settings and models; where it differs, numbers may differ by definition.",
    ),
    "mart": ("varchar", "Name of the mart."),
    "row_count": ("bigint", "Rows of the mart."),
    "checksum": (
        "varchar",
        "Sum over the rows of a hash of each, modulo 1000000007; whoever has the files can compute it again.",
    ),
    "mart_version": ("integer", "Version of the mart's columns; it grows where one was removed or changed its type."),
}


def _attach_new_database(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    connection.execute(f"attach {text(path)} as publication (storage_version '{STORAGE_VERSION}')")
    connection.execute("create schema publication.marts")


def _marts(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[str, dict[str, str]]]:
    """The warehouse's marts by name, each with its description and those of its columns."""
    ours = "where schema_name = 'marts' and database_name = current_database()"
    tables = connection.execute(f"select table_name, coalesce(comment, '') from duckdb_tables() {ours} order by all")
    marts: dict[str, tuple[str, dict[str, str]]] = {name: (description, {}) for name, description in tables.fetchall()}
    columns = f"select table_name, column_name, comment from duckdb_columns() {ours} and comment is not null"
    for mart, column, description in connection.execute(columns).fetchall():
        if mart in marts:
            marts[mart][1][column] = description
    return marts


def _descriptions(columns: dict[str, tuple[str, str]]) -> dict[str, str]:
    return {name: description for name, (_, description) in columns.items()}


def _describe(connection: duckdb.DuckDBPyConnection, mart: str, table: str, columns: dict[str, str]) -> None:
    """Comment a mart and its columns in one transaction, for each statement of its own would be written through."""
    name = f'publication.marts."{mart}"'
    comments = [
        f"comment on table {name} is {text(table)}",
        *(f'comment on column {name}."{column}" is {text(description)}' for column, description in columns.items()),
    ]
    connection.execute("; ".join(["begin", *comments, "commit"]))


def _count_and_checksum(connection: duckdb.DuckDBPyConnection, mart: str) -> tuple[int, str]:
    """Rows of a published mart and a checksum of them in any order, which a reader can compute again."""
    checksum = "coalesce(sum(md5_number_lower(cast(m as varchar)) % 1000000007), 0)"
    rows = connection.execute(f'select count(*), {checksum} from publication.marts."{mart}" as m').fetchall()
    return int(rows[0][0]), str(rows[0][1])


def _version_folder(folder: Path, version: int) -> Path:
    return folder / "versions" / f"{version:06d}"


def published_versions(folder: Path) -> list[int]:
    """The numbers of the versions that are there, the oldest first."""
    return sorted(int(path.name) for path in (folder / "versions").glob("[0-9]*"))


def _point_current_to(folder: Path, version: int) -> None:
    beside = folder / ".current.new"
    beside.unlink(missing_ok=True)
    beside.symlink_to(_version_folder(folder, version).relative_to(folder), target_is_directory=True)
    beside.replace(folder / "current")


def _remove_old_versions(folder: Path, keep: int) -> None:
    for version in published_versions(folder)[:-keep]:
        shutil.rmtree(_version_folder(folder, version), ignore_errors=True)
    for unfinished in (folder / "versions").glob(".*.new"):
        shutil.rmtree(unfinished, ignore_errors=True)
