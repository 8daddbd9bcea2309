"""A customer who left a trace wherever one can be left, in a small company that the command line runs."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl

from assets.contracts import load_contract, polars_schema
from tests.flow.small_company import HISTORY_START, SmallCompany, found_company
from tests.flow.small_records import Row

MARK = "zq7person"
PERSON = f"{MARK}-5e0b1c93-customer"
AMOUNT = Decimal("98765.4321")
# Traces: every text that is the person's own holds the mark, and numbers are looked for as DuckDB and JSON print them.
TRACES = (MARK, str(AMOUNT), "98765.43")
MORE_ENTITIES = ("survey_invitations", "shipments", "support_requests", "usage_events", "unit_drivers")
NOON = dt.datetime.combine(HISTORY_START, dt.time(12))


def company_of_traces(folder: Path, *, with_person: bool) -> SmallCompany:
    """A company with a `loyalty.yaml`; without the person it is the same company that never had that customer."""
    company = found_company(folder)
    company.rows |= {entity: {} for entity in MORE_ENTITIES}
    for entity, key, row in _rows_of_others(company):
        company.rows[entity][key] = row
    if with_person:
        for entity, key, row in person_rows():
            company.rows[entity][key] = row
    company.write_sources()
    write_settings(company)
    return company


def write_settings(company: SmallCompany, sections: Mapping[str, object] | None = None, **limits: float) -> None:
    """Write `loyalty.yaml`, with further sections; `limits` are the shares of bad rows above which an entity stops."""
    settings = {
        "company": {
            "name": "Small",
            "timezone": "Europe/London",
            "currency": "GBP",
            "history_start": HISTORY_START.isoformat(),
        },
        "sources": {entity: {"file": f"{entity}.parquet"} for entity in company.entities},
        "quarantine": {"max_share": 1, "entities": limits},
        "privacy": {"minimum_n": 3},
        **(sections or {}),
    }
    (company.folder / "loyalty.yaml").write_text(json.dumps(settings))


def _rows_of_others(company: SmallCompany) -> Iterator[tuple[str, str, Row]]:
    for number in range(8):
        customer, moment = ["ada", "ben", "cleo", "dan"][number % 4], NOON + dt.timedelta(days=number * 5)
        yield "survey_invitations", f"i{number}", _invitation(f"i{number}", customer, moment, f"r{number}")
        yield "shipments", f"s{number}", _shipment(f"s{number}", customer, moment, Decimal(10))
        yield "support_requests", f"q{number}", _request(f"q{number}", customer, moment, "parcel", "web")
        yield "usage_events", f"e{number}", _event(f"e{number}", customer, moment, "session", 10.0 + number)
    # Two customers buy on a channel on which only the person buys besides: without the person they are too few.
    for number, customer in enumerate(("ada", "ben")):
        _order(company.rows, f"rare{number}", customer, NOON + dt.timedelta(days=60), "fax", Decimal(3))


def person_rows() -> Iterator[tuple[str, object, Row]]:
    """The person's rows: good ones, ones for quarantine, and ones that name the person only by what they hang on."""
    rows: dict[str, dict[object, Row]] = {name: {} for name in ("orders", "order_lines")}
    for number in range(3):
        moment = NOON + dt.timedelta(days=58 + number)
        _order(rows, f"o-{MARK}-{number}", PERSON, moment, "fax", AMOUNT)
    _order(rows, f"o-{MARK}-bad", PERSON, NOON, "fax", AMOUNT, status=f"status-{MARK}")
    for entity, found in rows.items():
        yield from ((entity, key, row) for key, row in found.items())
    yield "customers", PERSON, {"customer_id": PERSON, "segment": f"new-{MARK}", "region": "north"}
    yield "customers", "twice", {"customer_id": PERSON, "segment": f"other-{MARK}", "region": "south"}
    for number, period in enumerate(("month", f"period-{MARK}")):
        yield "contracts", f"person {number}", _contract(f"c-{MARK}-{number}", period)
    yield from _person_answers()
    for number, moment in enumerate([NOON, None]):
        name = f"{MARK}-{number}"
        yield "shipments", name, _shipment(name, PERSON, moment, AMOUNT)
        yield "support_requests", name, _request(name, PERSON, moment, f"topic-{MARK}", f"channel-{MARK}")
        yield "usage_events", name, _event(name, PERSON, moment, f"action-{MARK}", 98765.4321)
    yield "unit_drivers", "person", _driver(PERSON, f"driver-{MARK}")


def _person_answers() -> Iterator[tuple[str, object, Row]]:
    """Answers that name the person, that came from an invitation, that are about an order; one off its scale."""
    hanging = {"own": {"customer_id": PERSON}, "invited": {}, "ordered": {"order_id": f"o-{MARK}-1"}}
    for number, (kind, told) in enumerate(hanging.items()):
        for question, score in (("recommend", 9.0), ("taste", 6.0), ("taste_matters", 99.0)):
            response = f"r-{MARK}-{kind}"
            yield (
                "survey_responses",
                (response, question),
                {
                    "response_id": response,
                    "survey_id": "relationship",
                    "question_id": question,
                    "answered_at": NOON + dt.timedelta(days=60 + number),
                    "score": score,
                    "reason_code": f"reason-{MARK}",
                    "channel": f"channel-{MARK}",
                    **told,
                },
            )
    yield "survey_invitations", "own", _invitation(f"i-{MARK}-1", PERSON, NOON, f"r-{MARK}-invited")
    yield "survey_invitations", "hanging", _invitation(f"i-{MARK}-2", None, NOON, f"r-{MARK}-own")
    yield "survey_invitations", "bad", _invitation(f"i-{MARK}-3", PERSON, None, None)


def _order(
    rows: dict[str, dict[object, Row]],
    order_id: str,
    customer: str,
    moment: dt.datetime,
    channel: str,
    amount: Decimal,
    status: str = "completed",
) -> None:
    rows["orders"][order_id] = {
        "order_id": order_id,
        "customer_id": customer,
        "ordered_at": moment,
        "status": status,
        "channel": channel,
    }
    rows["order_lines"][order_id, 0] = {
        "order_id": order_id,
        "line_no": 1,
        "product_id": "milk",
        "quantity": Decimal(1),
        "net_amount": amount,
        "offer_type": None,
    }


def _contract(contract_id: str, period: str) -> Row:
    return {
        "contract_id": contract_id,
        "term_no": 1,
        "customer_id": PERSON,
        "plan_id": f"plan-{MARK}",
        "billing_period": period,
        "recurring_amount": AMOUNT,
        "started_on": HISTORY_START,
    }


def _invitation(invitation_id: str, customer: str | None, moment: dt.datetime | None, response: str | None) -> Row:
    return {
        "invitation_id": invitation_id,
        "survey_id": "relationship",
        "customer_id": customer,
        "channel": "email",
        "sent_at": moment,
        "response_id": response,
    }


def _shipment(shipment_id: str, customer: str, moment: dt.datetime | None, quantity: Decimal) -> Row:
    return {
        "shipment_id": shipment_id,
        "customer_id": customer,
        "product_id": "milk",
        "shipped_on": moment.date() if moment else None,
        "shipped_quantity": quantity,
    }


def _request(request_id: str, customer: str, moment: dt.datetime | None, topic: str, channel: str) -> Row:
    return {
        "request_id": request_id,
        "customer_id": customer,
        "channel": channel,
        "topic": topic,
        "opened_at": moment,
    }


def _event(event_id: str, customer: str, moment: dt.datetime | None, kind: str, minutes: float) -> Row:
    return {
        "event_id": event_id,
        "customer_id": customer,
        "occurred_at": moment,
        "event_type": kind,
        "duration_minutes": minutes,
    }


def _driver(customer: str, driver: str) -> Row:
    return {
        "unit_kind": "customer",
        "unit_id": customer,
        "period_start": HISTORY_START,
        "driver": driver,
        "value": 98765.4321,
    }


def traces(folder: Path, sources: Path) -> list[str]:
    """Where a trace of the person is found: in the bytes of any file but the sources, in its name, and in the values
    that Parquet and DuckDB files compress."""
    found = []
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.is_symlink() or path.parent == sources:
            continue
        name = str(path.relative_to(folder))
        if MARK in name:
            found.append(f"{name}: its name")
        content = path.read_bytes()
        found += [f"{name}: {trace} in its bytes" for trace in TRACES if trace.encode() in content]
        if content[:4] == b"PAR1":
            found += [f"{name}: {trace}" for trace in _in_frame(pl.read_parquet(path))]
        elif content[8:12] == b"DUCK":
            found += [f"{name}: {trace}" for trace in _in_database(path)]
    return found


def _in_database(path: Path) -> Iterator[str]:
    with duckdb.connect(str(path), read_only=True) as connection:
        tables = connection.execute("select schema_name, table_name from duckdb_tables()").fetchall()
        for schema, table in tables:
            rows = connection.execute(f'from "{schema}"."{table}"').fetchall()
            yield from (f"{trace} in {schema}.{table}" for trace in TRACES if trace in repr(rows))


def _in_frame(frame: pl.DataFrame) -> Iterator[str]:
    text = repr(frame.rows())
    yield from (trace for trace in TRACES if trace in text)


def schema_of(entity: str) -> dict[str, pl.DataType]:
    """The columns of an entity's source."""
    return dict(polars_schema(load_contract(entity)))
