"""A first look at files and tables that nobody has described: their format, encoding and how they write values."""

from __future__ import annotations

import codecs
import csv
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from assets.configuration import DatabaseSource, FileSource
from assets.errors import SourceError
from assets.sources.database import is_database, open_session, read_database
from assets.sources.files import format_of, paths_of, read_file
from assets.sources.object_store import fetched, is_address
from assets.sources.tables import Asked, reading

SAMPLE_ROWS = 2_000
DELIMITERS = ",;\t|"
COMMA_DECIMAL = re.compile(r"^[+-]?\d{1,3}(\.\d{3})*,\d+$|^[+-]?\d+,\d+$")
TOLD_DATE = re.compile(r"^(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})(?:[ T](\d{1,2}):(\d{2})(:\d{2})?( ?[AaPp][Mm])?)?$")
CONNECTION = "database"


@dataclass(frozen=True)
class Sample:
    """Rows of one file or table, the settings that read it, and what is doubtful about them.

    `rows` are the first ones, which show whether a key repeats; `spread` are from all over it.
    """

    name: str
    settings: dict[str, Any]
    rows: pl.DataFrame
    spread: pl.DataFrame
    date_format: str | None
    decimal_comma: bool
    doubts: tuple[str, ...]


def sample_of(address: str, folder: Path = Path()) -> list[Sample]:
    """Samples of a file, glob, or every table of a database's address; SourceError where they cannot be read.

    The settings tell a relative path as seen from `folder`, in which `loyalty.yaml` will stand.
    """
    if is_database(address):
        return [_table_sample(address, table) for table in _tables(address)]
    return [_file_sample(address, folder)]


def _tables(url: str) -> list[str]:
    with open_session(url, CONNECTION, "loyalty init") as session:
        return session.tables()


def _table_sample(url: str, table: str) -> Sample:
    source = DatabaseSource(connection=CONNECTION, table=table)
    found = read_database(source, url, Asked(first_rows=SAMPLE_ROWS), lambda names: names, "loyalty init")
    rows = found.rows.collect()
    settings = {"database": {"connection": CONNECTION, "table": table}}
    return Sample(table, settings, rows, rows, *_written(rows), doubts=())


def _file_sample(path: str, folder: Path) -> Sample:
    file = FileSource(path=path)
    doubts: list[str] = []
    told: dict[str, Any] = {}
    if format_of(file, "loyalty init") == "csv":
        first = paths_of(file, "loyalty init")[0]
        first = fetched(first, file, "loyalty init") if is_address(first) else first
        encoding = _encoding(first)
        if encoding != "utf-8":
            told["encoding"] = encoding
            doubts.append(f"encoding: the file is not UTF-8; {encoding} is a guess")
        delimiter = _delimiter(first, encoding)
        if delimiter != ",":
            told["delimiter"] = delimiter
    everything = read_file(FileSource(path=path, **told), "loyalty init").rows
    with reading(f"loyalty init ({path})"):
        rows = everything.head(SAMPLE_ROWS).collect()
        step = max(1, everything.select(pl.len()).collect(engine="streaming").item() // SAMPLE_ROWS)
        spread = everything.gather_every(step).collect(engine="streaming")
    date_format, decimal_comma = _written(spread)
    if decimal_comma:
        told["decimal_comma"] = True
    if date_format:
        told["date_format"] = date_format
        if not _is_certain(spread):
            doubts.append("date_format: every date would also be one with day and month the other way round")
    is_relative = not (is_address(path) or Path(path).is_absolute())
    seen = os.path.relpath(path, folder) if is_relative else path
    settings = {"file": {"path": seen, **told} if told else seen}
    return Sample(Path(path).stem, settings, rows, spread, date_format, decimal_comma, tuple(doubts))


def _encoding(path: str) -> str:
    with Path(path).open("rb") as reader:
        start = reader.read(4)
        if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            decoder.decode(start)
            while chunk := reader.read(1 << 20):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8"


def _delimiter(path: str, encoding: str) -> str:
    """The delimiter that splits the first rows into the most columns of which all rows have the same number."""
    with Path(path).open(encoding=encoding, errors="replace", newline="") as reader:
        lines = [line for _, line in zip(range(50), reader, strict=False)]
    if not lines:
        raise SourceError(f"loyalty init: the file '{path}' is empty")

    def columns(delimiter: str) -> int:
        widths = {len(row) for row in csv.reader(lines[:-1] or lines, delimiter=delimiter) if row}
        return widths.pop() if len(widths) == 1 else 0

    return max(DELIMITERS, key=columns)


def _written(rows: pl.DataFrame) -> tuple[str | None, bool]:
    """The date format that must be told, and whether decimals are written with a comma."""
    decimal_comma = False
    date_format = None
    for values in _texts(rows):
        if all(COMMA_DECIMAL.match(value) or value.lstrip("+-").isdigit() for value in values):
            decimal_comma |= any("," in value for value in values)
        matches = [TOLD_DATE.match(value) for value in values]
        if date_format is None and all(matches):
            date_format = _date_format([match for match in matches if match])
    return date_format, decimal_comma


def _texts(rows: pl.DataFrame) -> Iterator[list[str]]:
    for column in rows.iter_columns():
        if column.dtype == pl.String:
            values = [value.strip() for value in column.drop_nulls().unique() if value.strip()]
            if values:
                yield values


def _date_format(matches: list[re.Match[str]]) -> str:
    month_first = any(int(match[3]) > 12 for match in matches)
    mark, first = matches[0][2], matches[0]
    year = "%Y" if len(first[4]) == 4 else "%y"
    date = mark.join(["%m", "%d", year] if month_first else ["%d", "%m", year])
    if first[5] is None:
        return date
    clock = ("%I:%M" if first[8] else "%H:%M") + (":%S" if first[7] else "")
    return f"{date} {clock}" + (" %p" if first[8] else "")


def _is_certain(rows: pl.DataFrame) -> bool:
    """Whether some date can be read in one way only."""
    matches = [match for values in _texts(rows) for value in values if (match := TOLD_DATE.match(value))]
    return any(int(match[1]) > 12 or int(match[3]) > 12 for match in matches)
