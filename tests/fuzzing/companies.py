"""Small valid sources in every format, and what must hold of whatever becomes of them once they are mutated."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter

from assets.configuration import Configuration
from assets.contracts import Contract, load_contract
from assets.errors import LoyaltyError
from assets.lake.load import Loaded, load_entity
from assets.lake.manifest import Lake, current_partitions, read_manifest
from assets.lake.writer import partition_files
from assets.sources import Window
from tests.fuzzing.mutations import Mutation, mutated, mutated_table
from tests.fuzzing.plain_reading import Raw, canonical, raw_rows

ALWAYS = Window(dt.date(1, 1, 1), dt.date(9999, 12, 31))
EXTRACTED_ON = dt.date(2024, 12, 1)
SECONDS_PER_EXAMPLE = 10
LONGEST_MESSAGE = 2_000
# fmt: off
TABLES: dict[str, tuple[list[str], list[list[Any]]]] = {
    "orders": (
        ["order_id", "customer_id", "ordered_at", "status", "currency", "channel"],
        [
            ["o1", "c1", "2024-01-05 10:00", "completed", "GBP", "web"],
            ["o2", "c2", "2024-01-06T11:30:00", "completed", None, "shop"],
            ["o3", "c1", "2024-07-06T23:30:00Z", "cancelled", "EUR", None],
            ["007", "c3", "2024-03-31", "pending", None, "Café, main"],
            ["o5", "c4", "2024-02-29 12:00:00.5", "completed", "GBP", 'the "old" shop'],
        ],
    ),
    "order_lines": (
        ["order_id", "line_no", "product_id", "quantity", "net_amount", "unit_cost", "is_return"],
        [
            ["o1", "1", "milk", "2", "4.70", "1.10", "false"],
            ["o1", "2", "soap", "0.5", "1.00005", None, "no"],
            ["o2", "1", "milk", "1", "2.35", "1.10", None],
            ["o2", "2", "cheese", "-1", "-9.99", None, "true"],
            ["o3", "1", "soap", "12", "1234567.89", "0", "0"],
        ],
    ),
    "contracts": (
        ["contract_id", "term_no", "customer_id", "plan_id", "plan_tier", "billing_period", "recurring_amount",
         "started_on", "ended_on", "is_trial"],
        [
            ["k1", "1", "c1", "basic", "0", "month", "10", "2024-01-01", "2024-06-01", "false"],
            ["k1", "2", "c1", "pro", "1", "month", "20.5", "2024-06-01", None, "false"],
            ["k2", "1", "c2", "pro", "1", "year", "199.99", "2023-05-05", None, None],
            ["k3", "1", "c3", "basic", None, "quarter", "0", "2024-02-29", "2024-05-29", "true"],
        ],
    ),
    "survey_questions": (
        ["survey_id", "question_id", "measure", "parameter", "scale_min", "scale_max", "direction"],
        [
            ["s", "nps", "nps", None, "0", "10", "higher_is_better"],
            ["s", "taste", "csi_satisfaction", "taste", "1", "5", "higher_is_better"],
            ["s", "weight", "csi_importance", "taste", "1", "5", "higher_is_better"],
            ["t", "effort", "ces", None, "1", "7", "lower_is_better"],
        ],
    ),
    "survey_responses": (
        ["response_id", "survey_id", "question_id", "customer_id", "answered_at", "score", "reason_code"],
        [
            ["r1", "s", "nps", "c1", "2024-01-05 10:00", "9", "price"],
            ["r1", "s", "taste", "c1", "2024-01-05 10:00", "4.5", None],
            ["r2", "s", "nps", None, "2024-07-01T12:00:00+02:00", "0", "late; rude"],
            ["r3", "t", "effort", "c3", "2024-03-10", "7", None],
        ],
    ),
}
# fmt: on
REFERENCES = {"order_lines": "orders", "survey_responses": "survey_questions"}
ENDINGS = {"csv": "csv", "ndjson": "ndjson", "parquet": "parquet", "excel": "xlsx"}


@dataclass(frozen=True)
class Example:
    """A source of one entity in one format, and what is done to its values, its text and its bytes."""

    entity: str
    file_format: str
    values: Sequence[Mutation] = ()
    text: Sequence[Mutation] = ()
    encoding: str = "utf-8"
    bytes: Sequence[Mutation] = ()


def content_of(example: Example) -> tuple[bytes, list[str], list[list[Any]]]:
    """The mutated file, and the table that was written into it."""
    names, rows = list(TABLES[example.entity][0]), [list(row) for row in TABLES[example.entity][1]]
    mutated_table(names, rows, example.values)
    if example.file_format in ("csv", "ndjson"):
        text = _csv_text(names, rows) if example.file_format == "csv" else _ndjson_text(names, rows)
        content = mutated(text, example.text).encode(example.encoding, "replace")
    else:
        content = _parquet_bytes(names, rows) if example.file_format == "parquet" else _excel_bytes(names, rows)
    return mutated(content, example.bytes), names, rows


def _csv_text(names: list[str], rows: list[list[Any]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([names, *rows])
    return text.getvalue()


def _ndjson_text(names: list[str], rows: list[list[Any]]) -> str:
    return "".join(json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False) + "\n" for row in rows)


def _parquet_bytes(names: list[str], rows: list[list[Any]]) -> bytes:
    content = io.BytesIO()
    columns = {name: [row[number] for row in rows] for number, name in enumerate(names)}
    series = []
    for name, values in columns.items():
        kinds = {type(value) for value in values if value is not None}
        told = values if len(kinds) == 1 else [None if value is None else str(value) for value in values]
        series.append(pl.Series(name, told))
    pl.DataFrame(series).write_parquet(content)
    return content.getvalue()


def _excel_bytes(names: list[str], rows: list[list[Any]]) -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet("Data")
        for number, cells in enumerate([names, *rows]):
            for column, cell in enumerate(cells):
                _write_cell(sheet, number, column, cell)
    return content.getvalue()


def _write_cell(sheet: Any, row: int, column: int, cell: Any) -> None:
    is_number = isinstance(cell, int | float) and not isinstance(cell, bool) and abs(cell) < 1e300
    if is_number:
        sheet.write_number(row, column, cell)
    elif isinstance(cell, bool):
        sheet.write_boolean(row, column, cell)
    elif cell is not None:
        sheet.write_string(row, column, str(cell))


@dataclass
class Workshop:
    """A folder with lakes that hold what the fuzzed entities refer to, and the counts of all outcomes."""

    folder: Path
    outcomes: Counter[str]

    def prepare(self) -> None:
        """Load the entities that others refer to, into a lake of their own that examples only read."""
        for entity in set(REFERENCES.values()):
            self._write(Example(entity, "csv"), "lines")
            load_entity(entity, self._configuration(Example(entity, "csv"), "lines"), ALWAYS, EXTRACTED_ON)

    def _write(self, example: Example, lake: str) -> tuple[bytes, list[str], list[list[Any]]]:
        content, names, rows = content_of(example)
        path = self.folder / lake / f"{example.entity}.{ENDINGS[example.file_format]}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return content, names, rows

    def _configuration(self, example: Example, lake: str) -> Configuration:
        folder = self.folder / lake
        sources = {example.entity: {"file": str(folder / f"{example.entity}.{ENDINGS[example.file_format]}")}}
        if example.entity in REFERENCES:
            reference = REFERENCES[example.entity]
            sources[reference] = {"file": str(self.folder / "lines" / f"{reference}.csv")}
        return Configuration.model_validate(
            {
                "company": {
                    "name": "Fuzz",
                    "timezone": "Europe/London",
                    "currency": "GBP",
                    "history_start": "2020-01-01",
                },
                "paths": {"lake": folder / "lake", "quarantine": folder / "quarantine"},
                "sources": sources,
                "quarantine": {"max_share": 1},
            }
        )

    def run(self, example: Example) -> None:
        """Load a mutated source, and assert that it is a clear error, or that every row is where it belongs."""
        lake = "lines" if example.entity in REFERENCES else "other"
        content, names, rows = self._write(example, lake)
        configuration = self._configuration(example, lake)
        started = time.process_time()
        try:
            loaded = load_entity(example.entity, configuration, ALWAYS, EXTRACTED_ON)
        except LoyaltyError as error:
            assert_clear(str(error), example.entity)
            self.outcomes["error"] += 1
        else:
            self.outcomes["quarantined" if loaded.quarantined else "clean"] += 1
            accepted = accepted_rows(example.entity, configuration)
            assert_right(example, loaded, accepted, content, names, rows)
        took = time.process_time() - started
        assert took < SECONDS_PER_EXAMPLE, f"took {took:.0f} s"


def assert_clear(message: str, entity: str) -> None:
    """One line, not too long, that names the place."""
    assert len(message.splitlines()) == 1, message
    assert len(message) < LONGEST_MESSAGE, message
    assert entity in message, message
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]|Traceback|panick", message), repr(message)


def accepted_rows(entity: str, configuration: Configuration) -> pl.DataFrame:
    contract = load_contract(entity)
    lake = Lake(configuration.paths.lake, configuration.paths.quarantine)
    current = current_partitions(read_manifest(lake, entity), is_state=contract.kind == "state")
    files = partition_files(lake, entity, current)
    return pl.read_parquet(files) if files else pl.DataFrame()


def assert_right(
    example: Example, loaded: Loaded, accepted: pl.DataFrame, content: bytes, names: list[str], rows: list[list[Any]]
) -> None:
    """No row vanished, every accepted row passes its contract, and has the values that are in the file."""
    contract = load_contract(example.entity)
    assert loaded.is_conserved
    assert loaded.accepted == accepted.height
    for row in accepted.iter_rows(named=True):
        assert_passes(row, contract)
    raw = plain_rows(example, content, names, rows)
    assert loaded.extracted == len(raw), f"{loaded.extracted} rows of {len(raw)}"
    readings = [canonical(row, contract) for row in raw]
    for row in accepted.iter_rows(named=True):
        assert any(_same(row, reading, contract) for reading in readings), f"{row} is none of {readings}"


def plain_rows(example: Example, content: bytes, names: list[str], rows: list[list[Any]]) -> Sequence[Raw]:
    """What a plain reading finds in a file that the product has read."""
    if example.file_format == "excel":
        # A cell holds no list or object: what is written is its text.
        texts = [[str(cell) if isinstance(cell, list | dict) else cell for cell in row] for row in rows]
        return table_rows(names, texts)
    try:
        return raw_rows(content, example.file_format)
    except ValueError:
        if example.file_format != "parquet":
            raise
        # Of two readers of Parquet one may step over a damage; then what was written must have come out of it.
        return table_rows(names, rows)


def table_rows(names: list[str], rows: list[list[Any]]) -> list[dict[str, Any]]:
    """The rows of a workbook, of whose cells the values are known."""
    table = [dict(reversed(list(zip(names, row, strict=True)))) for row in rows]
    return [row for row in table if any(value is not None for value in row.values())]


def _same(row: dict[str, Any], reading: dict[str, Any], contract: Contract) -> bool:
    """Whether an accepted row has the values of a plain reading; numbers of lines and terms may be given anew."""
    numbered = {"line_no", "term_no"}
    return all(
        reading[column.name] == row[column.name] or (column.name in numbered and reading[column.name] is None)
        for column in contract.columns
    )


def assert_passes(row: dict[str, Any], contract: Contract) -> None:
    """Whether a row meets what its contract says of single columns."""
    for column in contract.columns:
        value = row[column.name]
        if value is None or (isinstance(value, str) and not value.strip()):
            assert not column.required, f"{column.name} is missing in {row}"
            continue
        assert column.minimum is None or value >= column.minimum, f"{column.name} in {row}"
        assert column.maximum is None or value <= column.maximum, f"{column.name} in {row}"
        assert not column.allowed_values or value in column.allowed_values, f"{column.name} in {row}"
        assert column.pattern is None or re.search(column.pattern, value), f"{column.name} in {row}"
