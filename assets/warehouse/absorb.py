"""Brings into the warehouse exactly what differs in the lake, in one transaction.

The ledger says which version of each partition the warehouse holds; the lake's manifests say which it should hold as of
a day. A nightly run, a backfill, late data, corrections, deletions, an earlier as-of date and recovery from a crash all
differ only in how large the difference is. Customers whose orders are touched are noted until a build of the marts has
come to its end.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from assets.configuration import Configuration
from assets.contracts import Contract, duckdb_columns, entities, load_contract
from assets.errors import WarehouseError
from assets.lake.load import FIRST_RATE_DAY
from assets.lake.manifest import Lake, Manifest, current_partitions, locked, read_manifest
from assets.sources import Window
from assets.warehouse.changes import note_arrivals
from assets.warehouse.control import (
    BuildState,
    read_build_state,
    settings_digest,
    write_build_state,
    write_counts,
    write_settings,
)
from assets.warehouse.database import transaction
from assets.warehouse.quarantined import write_quarantined_answers

SNAPSHOT = "snapshot"


@dataclass(frozen=True)
class Difference:
    """The partitions of an entity to bring over (with their files) and to drop."""

    entity: str
    versions: dict[str, str]
    files: list[Path]
    dropped: list[str]

    @property
    def partitions(self) -> list[str]:
        """All partitions that differ."""
        return sorted({*self.versions, *self.dropped})


@dataclass(frozen=True)
class Absorbed:
    """What a run found to do: partitions that differed by entity, and whether the marts are to be built, or anew."""

    partitions: dict[str, int]
    is_build_needed: bool
    is_rebuild: bool


def absorb(
    connection: duckdb.DuckDBPyConnection, lake: Lake, configuration: Configuration, as_of: dt.date, models: str
) -> Absorbed:
    """Make the warehouse's entity tables equal the lake as of `as_of`, and say what the build has to do.

    `models` is a digest of the dbt project: with other models, or other settings, everything is computed anew.
    """
    lake.accepted.mkdir(parents=True, exist_ok=True)
    with locked(lake.accepted, exclusive=False), transaction(connection):
        manifests = {entity: read_manifest(lake, entity) for entity in entities()}
        reset = _create_entity_tables(connection)
        window = Window(configuration.company.history_start, as_of)
        differences = _differences(connection, lake, manifests, window)
        settings = settings_digest(configuration)
        old = read_build_state(connection)
        is_rebuild = bool(reset) or old.is_rebuild or (old.settings, old.models) != (settings, models)
        for difference in differences:
            _bring_over(connection, difference, note_touched=not is_rebuild)
        write_settings(connection, configuration, as_of)
        states = [entity for entity in entities() if load_contract(entity).kind == "state"]
        counts_changed = write_counts(connection, manifests, states)
        answers_changed = write_quarantined_answers(connection, lake, manifests["survey_responses"], window)
        is_same_build = old.is_complete and old.as_of_date == as_of and not is_rebuild
        is_build_needed = bool(differences) or counts_changed or answers_changed or not is_same_build
        if is_build_needed:
            write_build_state(connection, BuildState(as_of, settings, models, is_complete=False, is_rebuild=is_rebuild))
        _refuse_missing_rates(connection, configuration.company.currency, as_of)
    return Absorbed({d.entity: len(d.partitions) for d in differences}, is_build_needed, is_rebuild)


def complete_build(connection: duckdb.DuckDBPyConnection) -> None:
    """Note that the marts now equal what was absorbed; only then are touched customers forgotten."""
    with transaction(connection):
        connection.execute("delete from control.touched_customers")
        connection.execute("update control.build_state set is_complete = true, is_rebuild = false")


def require_rebuild(connection: duckdb.DuckDBPyConnection) -> None:
    """Have the next run absorb every partition again and compute everything anew.

    The rows stay until then: only beside them can it be told which ones a restated number is owed to.
    """
    with transaction(connection):
        connection.execute("update control.ledger set version = ''")
        connection.execute("delete from control.build_state")


def _create_entity_tables(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Create each entity's table from its contract; those whose contract changed are made anew, to be filled again."""
    connection.execute("create schema if not exists lake")
    known = dict(connection.execute("select entity, definition from control.entity_tables").fetchall())
    changed = []
    for entity in entities():
        columns = duckdb_columns(load_contract(entity))
        definition = json.dumps(columns)
        if known.get(entity) == definition:
            continue
        body = ", ".join(f'"{name}" {type_}' for name, type_ in columns.items())
        connection.execute(f'create or replace table lake."{entity}" ({body})')
        connection.execute("delete from control.ledger where entity = ?", [entity])
        connection.execute("insert or replace into control.entity_tables values (?, ?)", [entity, definition])
        changed.append(entity)
    return changed


def _differences(
    connection: duckdb.DuckDBPyConnection, lake: Lake, manifests: dict[str, Manifest], window: Window
) -> list[Difference]:
    held: dict[str, dict[str, str]] = {}
    for entity, partition, version in connection.execute("from control.ledger").fetchall():
        held.setdefault(entity, {})[partition] = version
    differences = []
    for entity, manifest in manifests.items():
        is_state = load_contract(entity).kind == "state"
        first_day = FIRST_RATE_DAY if entity == "fx_rates" else window.first_day
        wanted = current_partitions(manifest, is_state=is_state, days=Window(first_day, window.last_day))
        # A state entity has one partition in the warehouse, whichever day its newest snapshot was taken.
        keys = {(SNAPSHOT if is_state else key): (key, p.version) for key, p in wanted.items() if p.version}
        own = held.get(entity, {})
        changed = {
            name: (key, version) for name, (key, version) in keys.items() if version and own.get(name) != version
        }
        dropped = sorted(own.keys() - keys.keys())
        if changed or dropped:
            files = [lake.accepted_file(entity, key, str(version)) for key, version in changed.values()]
            versions = {name: str(version) for name, (_, version) in changed.items()}
            differences.append(Difference(entity, versions, files, dropped))
    return differences


def _bring_over(connection: duckdb.DuckDBPyConnection, difference: Difference, *, note_touched: bool) -> None:
    contract = load_contract(difference.entity)
    partitions = pl.DataFrame({"partition": difference.partitions}, schema={"partition": pl.String})
    connection.register("differing", partitions.to_arrow())
    note_arrivals(connection, contract, difference.files)
    if note_touched:
        _note_touched(connection, contract, difference)
    where = "" if contract.kind == "state" else "where business_day in (select cast(partition as date) from differing)"
    connection.execute(f'delete from lake."{contract.entity}" {where}')
    if difference.files:
        columns = ", ".join(f'"{name}"' for name in duckdb_columns(contract))
        connection.execute(
            f'insert into lake."{contract.entity}" ({columns}) select {columns} from read_parquet(?)',
            [[str(path) for path in difference.files]],
        )
    if note_touched and contract.kind == "event":
        _note_touched(connection, contract, difference)
    connection.execute(
        "delete from control.ledger where entity = ? and partition in (select partition from differing)",
        [contract.entity],
    )
    if difference.versions:
        versions = {"partition": list(difference.versions), "version": list(difference.versions.values())}
        connection.register("absorbed", pl.DataFrame(versions).to_arrow())
        connection.execute("insert into control.ledger select ?, partition, version from absorbed", [contract.entity])
        connection.unregister("absorbed")
    connection.unregister("differing")


# Whose order facts change with the rows of an entity: those who ordered on a day whose orders, lines or rates changed
# (asked before
# and after the change), and those who bought a product that changed.
ORDERED_ON_DIFFERING_DAYS = """
select customer_id from lake.orders where business_day in (select cast(partition as date) from differing)
"""
BOUGHT_CHANGED_PRODUCTS = """
with new as (select * from read_parquet(?, union_by_name = true)),
changed as (
    (select {columns} from lake.products except select {columns} from new)
    union
    (select {columns} from new except select {columns} from lake.products)
)
select orders.customer_id
from lake.order_lines as lines
inner join lake.orders as orders on lines.order_id = orders.order_id
where lines.product_id in (select product_id from changed)
"""


def _note_touched(connection: duckdb.DuckDBPyConnection, contract: Contract, difference: Difference) -> None:
    parameters: list[list[str]] = []
    if contract.entity in {"orders", "order_lines", "fx_rates"}:
        customers = ORDERED_ON_DIFFERING_DAYS
    elif contract.entity == "products" and difference.files:
        customers = BOUGHT_CHANGED_PRODUCTS.format(columns=", ".join(f'"{name}"' for name in duckdb_columns(contract)))
        parameters = [[str(path) for path in difference.files]]
    elif contract.entity == "products":
        customers = "select customer_id from lake.orders"
    else:
        return
    note = "insert or ignore into control.touched_customers select distinct customer_id from"
    connection.execute(f"{note} ({customers})", parameters)


MISSING_RATES = """
with needed as (
    select currency, business_day from lake.orders
    union
    select currency, min(started_on) over (partition by contract_id) from lake.contracts where started_on <= $as_of
    union
    select currency, month from lake.retention_costs where month <= $as_of
)
select needed.currency, needed.business_day
from needed
left join lake.fx_rates as rates on needed.currency = rates.currency and needed.business_day = rates.rate_on
where needed.currency <> $currency and rates.rate is null
order by all
"""


def _refuse_missing_rates(connection: duckdb.DuckDBPyConnection, currency: str, as_of: dt.date) -> None:
    missing = connection.execute(MISSING_RATES, {"currency": currency, "as_of": as_of}).fetchall()
    if not missing:
        return
    code, day = missing[0]
    more = f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""
    advice = "Add it to the source of fx_rates and run again."
    raise WarehouseError(f"fx_rates holds no rate of {code} to {currency} for {day}{more}. {advice}")
