"""Tries the Postgres that the marts are published to, without writing: address, rights of the loader, readers."""

from __future__ import annotations

from assets.configuration import Configuration
from assets.errors import PublicationError
from assets.publication.postgres_session import postgres_session, postgres_target, rows
from assets.sources import Finding

PLACE = "publish.postgres"
MAY_CREATE = "select has_database_privilege(current_database(), 'create'), current_user::text, current_database()::text"


def check_postgres(configuration: Configuration) -> list[Finding]:
    """What stands in the way of loading; nothing where no Postgres is configured."""
    target = postgres_target(configuration)
    if target is None:
        return []
    try:
        with postgres_session(target) as connection:
            ((may_create, user, database),) = rows(connection, MAY_CREATE)
            there = {role for (role,) in rows(connection, "select rolname::text from pg_roles")}
    except PublicationError as error:
        return [Finding("error", PLACE, str(error).removeprefix(f"{PLACE}: "))]
    findings = []
    if not may_create:
        advice = f"as an administrator: grant create on database {database} to {user}"
        findings.append(Finding("error", PLACE, f"{user} may not create schemas in {database}; {advice}"))
    findings += [
        Finding(
            "error", f"{PLACE}.grant_select_to", f"there is no role {role}; as an administrator: create role {role}"
        )
        for role in target.readers
        if role not in there | {"public"}
    ]
    return findings or [Finding("info", PLACE, f"{user} may load the schema {target.schema} of {database}")]
