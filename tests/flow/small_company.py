"""A company of a few customers whose sources change under the pipeline: the ground of the tests of the flow."""

from __future__ import annotations

import datetime as dt
import math
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from assets.configuration import Configuration
from assets.contracts import entities, load_contract, polars_schema
from assets.lake.load import load_entity
from assets.lake.manifest import Lake, read_manifest
from assets.sources import Window
from assets.warehouse.absorb import absorb, complete_build
from assets.warehouse.build import build_models, refuse_failures
from assets.warehouse.database import open_warehouse
from tests.flow.small_records import CUSTOMERS, PRODUCTS, RECORDS, Row, survey_questions

HISTORY_START = dt.date(2023, 11, 1)
FIRST_AS_OF = dt.date(2024, 1, 20)
EXTRACTED_ON = dt.date(2024, 6, 1)
OWN_BRAND = "ours"
# As many rows there are of each entity beside orders, contracts and answers.
RECORD_COUNT = 8


@dataclass
class SmallCompany:
    """Source rows by entity and key, the folder for them and for the pipeline's files, and the entities it has.

    Its marts are built with dbt's data tests, or without: they would take most of the time.
    """

    folder: Path
    rows: dict[str, dict[Any, Row]] = field(default_factory=dict)
    entities: Sequence[str] = field(default_factory=entities)
    with_tests: bool = field(default=False, kw_only=True)

    def configuration(self) -> Configuration:
        """A configuration that reads the sources as canonical Parquet files."""
        return Configuration.model_validate(
            {
                "company": {
                    "name": "Small",
                    "timezone": "Europe/London",
                    "currency": "GBP",
                    "history_start": HISTORY_START,
                },
                "paths": {
                    "lake": self.folder / "lake",
                    "quarantine": self.folder / "quarantine",
                    "warehouse": self.folder / "warehouse.duckdb",
                    "publish": self.folder / "publish",
                },
                "sources": {entity: {"file": str(self.folder / f"{entity}.parquet")} for entity in self.entities},
                # What is tested is that nothing depends on the order of runs, not the limit.
                "quarantine": {"max_share": 1},
                "privacy": {"minimum_n": 0},
                "surveys": {"own_brands": [OWN_BRAND], "weighting": {"dimensions": ["segment"]}},
                "affinity": {"minimum_n": 1},
            }
        )

    def write_sources(self) -> None:
        """Write each entity's rows as they are now."""
        for entity in self.entities:
            schema = polars_schema(load_contract(entity))
            rows = [{**dict.fromkeys(schema), **row} for row in self.rows[entity].values()]
            pl.DataFrame(rows, schema=schema, orient="row").write_parquet(self.folder / f"{entity}.parquet")

    def extract(self, window: Window, only: Sequence[str] = ()) -> None:
        """Extract the entities of a window into the lake: all of them, or `only` some."""
        self.write_sources()
        configuration = self.configuration()
        for entity in only or self.entities:
            load_entity(entity, configuration, window, EXTRACTED_ON)

    def build(self, as_of: dt.date, *, warehouse: Path | None = None) -> bool:
        """Absorb the lake and build the marts; whether there was anything to build."""
        configuration = self.configuration()
        path = warehouse or configuration.paths.warehouse
        lake = Lake(configuration.paths.lake, configuration.paths.quarantine)
        with open_warehouse(path) as connection:
            absorbed = absorb(connection, lake, configuration, as_of, "models")
        if absorbed.is_build_needed:
            results = build_models(path, full_refresh=absorbed.is_rebuild, with_tests=self.with_tests)
            refuse_failures(results)
            with open_warehouse(path) as connection:
                complete_build(connection)
        return absorbed.is_build_needed

    def lake_versions(self) -> dict[str, dict[str, str | None]]:
        """The content version of each partition of each entity that holds rows."""
        configuration = self.configuration()
        lake = Lake(configuration.paths.lake, configuration.paths.quarantine)
        return {
            entity: {
                key: partition.version
                for key, partition in read_manifest(lake, entity).partitions.items()
                if partition.version
            }
            for entity in self.entities
        }

    def copy_to(self, folder: Path) -> SmallCompany:
        """The same company in another folder, with all that the pipeline made for it."""
        shutil.copytree(self.folder, folder)
        rows = {entity: {key: dict(row) for key, row in rows.items()} for entity, rows in self.rows.items()}
        return SmallCompany(folder, rows, self.entities, with_tests=self.with_tests)


def found_company(folder: Path) -> SmallCompany:
    """A company as it stands on the first as-of day."""
    folder.mkdir(parents=True, exist_ok=True)
    company = SmallCompany(folder, {entity: {} for entity in entities()})
    company.rows["customers"] = {
        c: {"customer_id": c, "segment": "consumer" if i % 2 else "business", "region": "north"}
        for i, c in enumerate(CUSTOMERS[:-1])
    }
    paths = ["Dairy > Milk", "Dairy > Milk", "Dairy > Cheese", "Home > Soap", None]
    company.rows["products"] = {
        p: {"product_id": p, "category_path": path, "tier": i % 3 if i < 4 else None}
        for i, (p, path) in enumerate(zip(PRODUCTS, paths, strict=True))
    }
    day = HISTORY_START
    while day <= dt.date(2024, 3, 31):
        company.rows["fx_rates"][day] = {"rate_on": day, "currency": "EUR", "rate": 0.85}
        day += dt.timedelta(days=1)
    for number in range(24):
        place_order(company, number, number * 7 + 3, number * 5)
    for number, customer in enumerate(CUSTOMERS[:4]):
        start_contract(company, number, customer, number * 11)
    company.rows["survey_questions"] = {(row["survey_id"], row["question_id"]): row for row in survey_questions()}
    for number in range(12):
        answer_survey(company, number, number * 13, number * 4)
    for entity in RECORDS:
        for number in range(RECORD_COUNT):
            record(company, entity, number, number * 13 + 1, number * 11)
    return company


def place_order(company: SmallCompany, number: int, choice: int, day: int) -> None:
    """Place or replace an order of one to three lines; `choice` decides all that is not its number or day."""
    order_id = f"o{number}"
    cancel_order(company, number)
    ordered_at = dt.datetime.combine(HISTORY_START, dt.time(choice % 24, 30)) + dt.timedelta(days=day % 120)
    company.rows["orders"][order_id] = {
        "order_id": order_id,
        "customer_id": CUSTOMERS[choice % len(CUSTOMERS)],
        "ordered_at": ordered_at,
        "status": "cancelled" if choice % 11 == 0 else "completed",
        "currency": "EUR" if choice % 5 == 0 else None,
        "channel": ["web", "shop"][choice % 2],
    }
    for line in range(1 + choice % 3):
        quantity = Decimal(1 + (choice + line) % 4)
        company.rows["order_lines"][order_id, line] = {
            "order_id": order_id,
            "line_no": line + 1,
            "product_id": PRODUCTS[(choice + line * 2) % len(PRODUCTS)],
            "quantity": quantity,
            "net_amount": quantity * Decimal("2.35"),
            "unit_cost": Decimal(choice % 3),
        }


def return_goods(company: SmallCompany, number: int, choice: int, day: int) -> None:
    """Return a product, in an order of its own that may name an earlier one."""
    place_order(company, number, choice, day)
    order_id = f"o{number}"
    named = f"o{choice % 30}" if choice % 2 else None
    for key in [key for key in company.rows["order_lines"] if key[0] == order_id]:
        line = company.rows["order_lines"][key]
        line.update(quantity=-line["quantity"], net_amount=-line["net_amount"], is_return=True, returned_order_id=named)


def cancel_order(company: SmallCompany, number: int) -> None:
    """Delete an order and its lines at the source."""
    company.rows["orders"].pop(f"o{number}", None)
    for key in [key for key in company.rows["order_lines"] if key[0] == f"o{number}"]:
        del company.rows["order_lines"][key]


def start_contract(company: SmallCompany, number: int, customer: str, day: int) -> None:
    """Start a contract, or a further term of it that ends the one before."""
    contract_id = f"c{number % 6}"
    terms = [key for key in company.rows["contracts"] if key[0] == contract_id]
    started_on = HISTORY_START + dt.timedelta(days=day % 120)
    if terms:
        last = company.rows["contracts"][max(terms)]
        started_on = max(started_on, last["started_on"])
        last["ended_on"] = started_on
        customer = last["customer_id"]
    company.rows["contracts"][contract_id, len(terms) + 1] = {
        "contract_id": contract_id,
        "term_no": len(terms) + 1,
        "customer_id": customer,
        "plan_id": ["basic", "pro"][day % 2],
        "plan_tier": day % 2,
        "billing_period": ["month", "quarter", "year"][number % 3],
        "recurring_amount": Decimal(10 + day % 50),
        "currency": None,
        "started_on": started_on,
        "cancelled_on": started_on if day % 7 == 0 else None,
        "is_trial": day % 9 == 0,
    }


def answer_survey(company: SmallCompany, number: int, choice: int, day: int) -> None:
    """Answer a survey, or change the answer of that number."""
    response_id = f"r{number}"
    for key in [key for key in company.rows["survey_responses"] if key[0] == response_id]:
        del company.rows["survey_responses"][key]
    answered_at = dt.datetime.combine(HISTORY_START, dt.time(12)) + dt.timedelta(days=day % 120, minutes=choice % 60)
    for offset, ((survey, question), asked) in enumerate(company.rows["survey_questions"].items()):
        if (choice + offset) % 7 == 0:
            continue
        company.rows["survey_responses"][response_id, question] = {
            "response_id": response_id,
            "survey_id": survey,
            "question_id": question,
            "customer_id": CUSTOMERS[choice % len(CUSTOMERS)] if choice % 5 else None,
            "answered_at": answered_at,
            # A choice now and then is off the scale, so that quarantine takes part.
            "score": (choice * 5 + offset) % (asked["scale_max"] + 1),
            "reason_code": [None, "price", "taste"][choice % 3],
            "channel": ["web", "phone"][choice % 2],
            "employee_id": ["kim", None][choice % 2],
            "location_id": ["harbour", "market", None][choice % 3],
            "product_id": [*PRODUCTS, None][choice % 6],
            "brand": [None, OWN_BRAND, "rival"][choice % 3],
        }


def record(company: SmallCompany, entity: str, number: int, choice: int, day: int) -> None:
    """Record a row of an entity beside orders, contracts and answers, or change the row of that number."""
    on = HISTORY_START + dt.timedelta(days=day % 120)
    company.rows[entity][number] = RECORDS[entity](number, choice, on)


def read_marts(warehouse: Path) -> dict[str, pl.DataFrame]:
    """Every mart, in the order of its exact columns: doubles may differ in their last digits."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        names = [name for (name,) in connection.execute("show tables from marts").fetchall()]
        frames = {name: pl.from_arrow(connection.execute(f'from marts."{name}"').to_arrow_table()) for name in names}
    return {name: in_order(frame) for name, frame in frames.items() if isinstance(frame, pl.DataFrame)}


def differences(left: dict[str, pl.DataFrame], right: dict[str, pl.DataFrame], tolerance: float = 1e-12) -> list[str]:
    """What differs between two sets of marts, cell by cell; doubles may differ by the tolerance, relative."""
    found = [f"{name} is in one only" for name in left.keys() ^ right.keys()]
    for name in left.keys() & right.keys():
        one, other = left[name], right[name]
        if one.height != other.height:
            found.append(f"{name} has {one.height} and {other.height} rows")
            continue
        for column in one.columns:
            pairs = zip(one[column].to_list(), other[column].to_list(), strict=True)
            unequal = [(row, pair) for row, pair in enumerate(pairs) if not _equal(*pair, tolerance)]
            found += [f"{name}.{column}: {pair[0]!r} and {pair[1]!r} in {one.row(row)}" for row, pair in unequal[:2]]
    return found


def in_order(frame: pl.DataFrame) -> pl.DataFrame:
    """The rows of a mart in the order of its exact columns."""
    exact = [name for name, dtype in frame.schema.items() if not dtype.is_float() and not dtype.is_nested()]
    return frame.sort(exact, nulls_last=True)


def _equal(one: Any, other: Any, tolerance: float) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=tolerance, abs_tol=1e-12)
    return bool(one == other)
