"""Publishes the marts to Postgres: what the files of the current version hold, in views whose names never change.

The version is loaded aside (postgres_load), shown in one step (postgres_switch), and those that no reader needs any
more are dropped. Killed at any moment it leaves whole versions only, and the next load goes on from there.
"""

from __future__ import annotations

import logging
import re
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from assets.configuration import Configuration
from assets.errors import PublicationError
from assets.publication.postgres_load import is_loaded, load_version, tables_of
from assets.publication.postgres_session import (
    NEEDED_BY_OTHERS,
    Target,
    execute,
    in_short_locks,
    keep_others_out,
    postgres_session,
    postgres_target,
    quoted,
    rows,
)
from assets.publication.postgres_switch import (
    Shown,
    analyze_anew,
    create_schemas,
    is_any_version_missed,
    show_version,
    shown_version,
)
from assets.publication.postgres_version import open_version
from assets.publication.publish import read_publication

log = logging.getLogger("loyalty.publication")
# For all that a load drops; what is in use then is left to the next one.
DROP_PATIENCE = 0.5
UNHARMED = "The files are published, and Postgres shows what it showed before. The next run loads it again."


@dataclass(frozen=True)
class Loaded:
    """What a load did: the version that Postgres shows now, whether it is new there, and its rows by mart."""

    version: int
    is_new: bool
    row_counts: dict[str, int]


def publish_to_postgres(target: Target, folder: Path) -> Loaded:
    """Load the current version of the publication in `folder`, unless Postgres shows it, and drop what is outdated.

    Raises PublicationError where nothing is published, or Postgres fails; what it showed before then stays.
    """
    publication = read_publication(folder)
    if publication is None:
        raise PublicationError(f"There is no publication under {folder} to load into Postgres. Run `loyalty run`.")
    with open_version(publication.folder) as (published, version), postgres_session(target, UNHARMED) as connection:
        keep_others_out(connection, target)
        shown = shown_version(connection, target)
        is_new = shown is None or (shown.number, shown.published_at) != (version.number, version.published_at)
        if is_new:
            create_schemas(connection, target)
            _drop_outdated(connection, target, kept={version.shadow(target)})
            if not is_loaded(connection, target, version):
                _drop(connection, version.shadow(target), time.monotonic() + DROP_PATIENCE)
                load_version(connection, target, version, published)
            show_version(connection, target, version)
    return Loaded(version.number, is_new, {mart.name: mart.row_count or 0 for mart in version.marts.values()})


def version_in_postgres(target: Target) -> Shown | None:
    """The version that Postgres shows; null where it shows none. Raises PublicationError where it does not answer."""
    with postgres_session(target) as connection:
        return shown_version(connection, target)


def is_behind(configuration: Configuration) -> bool:
    """Whether Postgres, where it is configured, shows another version than the files, or does not answer."""
    target, publication = postgres_target(configuration), read_publication(configuration.paths.publish)
    if target is None or publication is None:
        return False
    try:
        shown = version_in_postgres(target)
    except PublicationError:
        return True
    return shown is None or (shown.number, shown.published_at) != (publication.version, publication.published_at)


def drop_older_versions(target: Target, patience: float = 60.0) -> list[str]:
    """Drop all versions but the one that Postgres shows, and what its planner noted of their rows.

    Returns the schemas and tables where something stays, because for all of `patience`, in seconds, a reader had a
    transaction open.
    """
    deadline = time.monotonic() + patience
    with postgres_session(target) as connection:
        keep_others_out(connection, target)
        while left := _drop_outdated(connection, target, kept=set()) or analyze_anew(connection, target):
            if time.monotonic() > deadline:
                break
            time.sleep(1)
    return left


def _drop_outdated(connection: Any, target: Target, *, kept: set[str]) -> list[str]:
    """Drop the versions that are not shown, unless a transaction may look at them; returns the schemas that stay."""
    shown = shown_version(connection, target)
    outdated = [schema for schema in _shadows(connection, target) if shown and schema not in kept | {shown.shadow}]
    if not outdated:
        return []
    if is_any_version_missed(connection, target):
        log.info("Older versions stay in Postgres until the next load: a transaction that read them is open.")
        return outdated
    deadline = time.monotonic() + DROP_PATIENCE
    return [schema for schema in outdated if not _drop(connection, schema, deadline)]


def _shadows(connection: Any, target: Target) -> list[str]:
    """The schemas of loaded versions, known by their name and owner."""
    query = "select nspname::text from pg_namespace where pg_get_userbyid(nspowner) = current_user order by nspname"
    name = re.compile(re.escape(target.schema) + r"_v\d{6,}_\d{14}")
    return [schema for (schema,) in rows(connection, query) if name.fullmatch(schema)]


def _drop(connection: Any, schema: str, deadline: float) -> bool:
    """Drop a schema with its tables, each table for itself; false where one is in use or others stand on it."""
    import adbc_driver_postgresql.dbapi as postgres

    try:
        for table in tables_of(connection, schema):
            if time.monotonic() < deadline:
                # A table in use is passed over: the next load finds fewer of them.
                drop = partial(execute, connection, f"drop table {quoted(schema, table)}")
                in_short_locks(connection, drop, deadline=time.monotonic())
        if tables_of(connection, schema):
            return False
        execute(connection, f"drop schema if exists {quoted(schema)}")
        connection.commit()
    except postgres.Error as error:
        connection.rollback()
        if error.sqlstate != NEEDED_BY_OTHERS:
            raise
        return False
    return True
