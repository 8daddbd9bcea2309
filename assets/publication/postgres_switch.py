"""Shows a loaded version: the views of all marts show the rows of one version, and one updated row says of which.

Each mart is a partitioned table, whose partitions are the tables of the loaded versions, and a view on top that picks
the rows of the current version. A statement or a transaction of a reader sees that row, and so the version, as of its
own snapshot. The switch needs no lock that a reader would notice or could withhold; docs/decisions/publication.md tells
why views that are replaced would.

Only where a mart's columns changed are views replaced, under a lock that no open transaction of a reader may stand
against.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from assets.errors import PublicationError
from assets.publication.postgres_load import KEY
from assets.publication.postgres_session import (
    Target,
    execute,
    execute_all,
    in_short_locks,
    literal,
    quoted,
    rows,
)
from assets.publication.postgres_version import Mart, Version, column_list, comments

SWITCH_PATIENCE = 60.0
REPLACED, EMPTY = "replaced", "empty"


@dataclass(frozen=True)
class Shown:
    """The version that the views show, and its schema."""

    number: int
    published_at: dt.datetime
    shadow: str


def shown_version(connection: Any, target: Target) -> Shown | None:
    """The version that the views show; null where none was ever loaded."""
    current = quoted(target.versions_schema, "current")
    if not rows(connection, "select to_regclass($1) is not null", [current])[0][0]:
        return None
    told = rows(connection, f"select version, {KEY}, shadow from {current}")
    return Shown(*told[0]) if told else None


def create_schemas(connection: Any, target: Target) -> None:
    """Create the schema of the views and that of the tables below them, where they are not there."""
    for schema in (target.schema, target.versions_schema):
        if not rows(connection, "select to_regnamespace($1) is not null", [quoted(schema)])[0][0]:
            execute(connection, f"create schema {quoted(schema)}")
    columns = f"version integer not null, {KEY} timestamp not null, shadow text not null, readers text"
    only = "is_current boolean primary key default true check (is_current)"
    execute(connection, f"create table if not exists {quoted(target.versions_schema, 'current')} ({columns}, {only})")
    connection.commit()


def show_version(connection: Any, target: Target, version: Version) -> None:
    """Let the views show a loaded version, in one transaction; PublicationError where readers withhold a lock."""
    there = {schema: _columns(connection, schema) for schema in (target.schema, target.versions_schema)}
    bases = {name: columns for name, columns in there[target.versions_schema].items() if name != "current"}
    replaced = sorted(
        name
        for name, columns in bases.items()
        if name not in version.marts or _without_key(columns) != version.marts[name].columns
    )
    locked = [quoted(target.schema, name) for name in replaced if name in there[target.schema]]
    statements = [*_shown(connection, target, version, there[target.schema], bases.keys() - set(replaced), replaced)]

    def switch() -> None:
        if replaced:
            relations = ", ".join([*locked, quoted(target.versions_schema, "current")])
            execute(connection, f"lock table {relations} in access exclusive mode")
        execute_all(connection, statements)

    if not in_short_locks(connection, switch, deadline=time.monotonic() + SWITCH_PATIENCE):
        what = f"the columns of {', '.join(replaced)} changed, and a" if replaced else "a"
        advice = "End it and run again; the files are published, and Postgres shows the version before."
        message = f"publish.postgres: {what} session holds the tables of {target.schema} in an open transaction."
        raise PublicationError(f"{message} {advice}")
    _note_readers(connection, target)
    _analyze_bases(connection, target)


def is_any_version_missed(connection: Any, target: Target) -> bool:
    """Whether a transaction is still open that had read a mart when the shown version came: it may look at others."""
    current = quoted(target.versions_schema, "current")
    told = f"select readers from {current}"
    known = f"({told}) is null or virtualtransaction = any (string_to_array(({told}), ' '))"
    return bool(rows(connection, f"select exists ({READERS} and ({known}))", [current])[0][0])


def _note_readers(connection: Any, target: Target) -> None:
    """Note which transactions have read a mart: each holds a lock on the row's table until it ends."""
    current = quoted(target.versions_schema, "current")
    readers = READERS.replace("$1", literal(current))
    noted = f"select coalesce(string_agg(distinct virtualtransaction, ' '), '') from ({readers}) as reader"
    execute(connection, f"update {current} set readers = ({noted})")
    connection.commit()


READERS = """
select virtualtransaction from pg_locks
where
    relation = to_regclass($1) and pid <> pg_backend_pid()
    and database = (select oid from pg_database where datname = current_database())
"""


def _shown(
    connection: Any,
    target: Target,
    version: Version,
    views: Mapping[str, dict[str, str]],
    kept: set[str],
    replaced: list[str],
) -> Iterator[str]:
    """All statements of the switch, in the order in which they are executed."""
    attached = {name for (name,) in rows(connection, ATTACHED, [quoted(version.shadow(target))])}
    for name in replaced:
        yield f"alter table {quoted(target.versions_schema, name)} rename to {quoted(f'{name} {REPLACED}')}"
    for name, mart in version.marts.items():
        base = quoted(target.versions_schema, name)
        if name not in kept:
            key = f"{KEY} timestamp not null"
            yield f"create table {base} ({column_list(mart)}, {key}) partition by list ({KEY})"
        if name not in kept or name not in attached:
            table = quoted(version.shadow(target), name)
            yield f"alter table {base} attach partition {table} for values in ({version.key})"
        if name not in kept or name not in views:
            yield from _view(connection, target, mart, views.get(name))
        yield from comments(mart, "view", quoted(target.schema, name))
    for name in replaced:
        if name not in version.marts and name in views:
            yield f"drop view {quoted(target.schema, name)}"
        yield f"drop table {quoted(target.versions_schema, f'{name} {REPLACED}')}"
    yield from _grants(target, version)
    yield _pointer(target, version)


ATTACHED = """
select table_.relname::text from pg_class as table_
where table_.relnamespace = to_regnamespace($1) and table_.relispartition
"""


def _view(connection: Any, target: Target, mart: Mart, old: Mapping[str, str] | None) -> Iterator[str]:
    """The statements that make a mart's view, or make it anew.

    Where no column went away or changed its type the view is replaced in place, new columns last, and all that stands
    on it stays. Else it is dropped and created, which Postgres refuses where something stands on it, and its grants are
    given again.
    """
    view = quoted(target.schema, mart.name)
    is_extended = old is not None and all(mart.columns.get(name) == data_type for name, data_type in old.items())
    names = [*old, *(name for name in mart.columns if name not in old)] if old and is_extended else [*mart.columns]
    columns = ", ".join(quoted(name) for name in names)
    versions = target.versions_schema
    picked = f"{KEY} = (select {KEY} from {quoted(versions, 'current')})"
    body = f"select {columns} from {quoted(versions, mart.name)} where {picked}"
    if old is not None and not is_extended:
        yield f"drop view {view}"
    yield f"create or replace view {view} as {body}"
    if old is not None and not is_extended:
        for grantee, privilege, is_grantable in rows(connection, GRANTS, [view]):
            option = " with grant option" if is_grantable else ""
            yield f"grant {privilege} on {view} to {grantee}{option}"


GRANTS = """
select
    case grantee when 0 then 'public' else quote_ident(pg_get_userbyid(grantee)) end, privilege_type, is_grantable
from pg_class, aclexplode(relacl)
where pg_class.oid = to_regclass($1) and grantee <> relowner
"""


def _grants(target: Target, version: Version) -> Iterator[str]:
    if not target.readers:
        return
    readers = ", ".join(quoted(role) for role in target.readers)
    views = ", ".join(quoted(target.schema, mart) for mart in version.marts)
    yield f"grant usage on schema {quoted(target.schema)} to {readers}"
    yield f"grant select on {views} to {readers}"


def _pointer(target: Target, version: Version) -> str:
    values = f"{version.number}, {version.key}, {literal(version.shadow(target))}"
    return (
        f"insert into {quoted(target.versions_schema, 'current')} (version, {KEY}, shadow) values ({values}) "
        f"on conflict (is_current) do update set version = excluded.version, {KEY} = excluded.{KEY}, "
        "shadow = excluded.shadow, readers = null"
    )


def _columns(connection: Any, schema: str) -> dict[str, dict[str, str]]:
    """The columns of each table and view of a schema, with their types, in their order."""
    found: dict[str, dict[str, str]] = {}
    for relation, column, data_type in rows(connection, COLUMNS, [quoted(schema)]):
        found.setdefault(relation, {})[column] = data_type
    return found


COLUMNS = """
select relation.relname::text, attribute.attname::text, format_type(attribute.atttypid, attribute.atttypmod)
from pg_class as relation inner join pg_attribute as attribute on attribute.attrelid = relation.oid
where
    relation.relnamespace = to_regnamespace($1) and relation.relkind in ('v', 'p', 'r')
    and attribute.attnum > 0 and not attribute.attisdropped
order by relation.relname, attribute.attnum
"""


def _without_key(columns: Mapping[str, str]) -> dict[str, str]:
    return {name: data_type for name, data_type in columns.items() if name != KEY}


def _analyze_bases(connection: Any, target: Target) -> None:
    """Let the planner know each mart as a whole once; what changes by version it knows from the versions' tables."""
    for (name,) in rows(connection, UNKNOWN_TO_PLANNER, [target.versions_schema]):
        execute(connection, f"analyze {quoted(target.versions_schema, name)}")
    connection.commit()


# Where all that is known is that columns are empty, the mart had no rows when it was looked at.
UNKNOWN_TO_PLANNER = f"""
select relname::text from pg_class as base
where
    relnamespace = to_regnamespace(quote_ident($1)) and relkind = 'p'
    and not exists (
        select 1 from pg_stats
        where schemaname = $1 and tablename = base.relname and inherited and attname <> '{KEY}' and null_frac < 1
    )
order by relname
"""


def analyze_anew(connection: Any, target: Target) -> list[str]:
    """Have the planner's notes on each mart written anew, for they quote rows of the versions that they were made of.

    Returns the tables whose notes stay, because a reader's open transaction holds them.
    """
    bases = rows(connection, BASES, [quoted(target.versions_schema)])
    return [
        quoted(target.versions_schema, name)
        for (name,) in bases
        if not in_short_locks(connection, partial(_analyze_anew, connection, target, name), deadline=time.monotonic())
    ]


def _analyze_anew(connection: Any, target: Target, name: str) -> None:
    """Analyse a mart; one without rows with a row of nulls in it, as Postgres else keeps the notes that it has."""
    base, row_of_nulls = (quoted(target.versions_schema, table) for table in (name, f"{name} {EMPTY}"))
    if rows(connection, f"select exists (select from {base})")[0][0]:
        execute(connection, f"analyze {base}")
        return
    statements = [
        f"create table {row_of_nulls} (like {base})",
        f"insert into {row_of_nulls} ({quoted(KEY)}) values ('-infinity')",
        f"alter table {base} attach partition {row_of_nulls} for values in ('-infinity')",
        f"analyze {base}",
        f"drop table {row_of_nulls}",
    ]
    execute_all(connection, statements)


BASES = "select relname::text from pg_class where relnamespace = to_regnamespace($1) and relkind = 'p' order by relname"
