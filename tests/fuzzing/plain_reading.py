"""Reads a source file with nothing but Python's own modules, and says what its canonical values are.

It shares no line with the product: where both understand a file they must agree.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import math
import re
from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from pyarrow import parquet

from assets.contracts import Contract

ZONE = ZoneInfo("Europe/London")
# What Unicode calls white space; Python's own strip takes four control characters more.
BLANKS = "\t\n\x0b\x0c\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
MOMENT = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(\.\d+)?)? ?(Z|[+-]\d{2}:?\d{2})?)?", re.ASCII
)
WORDS = {"true": True, "t": True, "yes": True, "y": True, "1": True, "1.0": True,
         "false": False, "f": False, "no": False, "n": False, "0": False, "0.0": False}  # fmt: skip


class Unreadable:
    """Stands for a value that is there and is none of its type."""


UNREADABLE = Unreadable()
Raw = Mapping[str, Any]


def raw_rows(content: bytes, file_format: str) -> list[Raw]:
    """The rows of a file; ValueError where it cannot be read."""
    return {"csv": _csv, "ndjson": _ndjson, "parquet": _parquet}[file_format](content)


def _csv(content: bytes) -> list[Raw]:
    text = content.decode("utf-8-sig")
    try:
        lines = [cells for cells in csv.reader(io.StringIO(text, newline=""), strict=True) if cells]
    except csv.Error as error:
        raise ValueError(str(error)) from error
    names = lines[0] if lines else []
    if any(len(cells) != len(names) for cells in lines):
        raise ValueError("ragged")
    return [_first_of_each(names, cells) for cells in lines[1:]]


def _first_of_each(names: list[str], cells: list[Any]) -> Raw:
    return dict(reversed(list(zip(names, cells, strict=True))))


def _ndjson(content: bytes) -> list[Raw]:
    lines = [line for line in content.decode("utf-8").split("\n") if line.strip()]
    rows = [_json(line) for line in lines]
    if not all(isinstance(row, dict) for row in rows):
        raise ValueError("no objects")
    return rows


def _json(text: str) -> Any:
    return json.loads(text, parse_float=_NumberText, parse_int=_NumberText)


class _NumberText(str):
    """A number of a JSON text as it is written there."""

    __slots__ = ()


def _parquet(content: bytes) -> list[Raw]:
    try:
        rows: list[Raw] = parquet.read_table(io.BytesIO(content)).to_pylist()
    except Exception as error:
        raise ValueError(str(error)) from error
    return rows


def canonical(row: Raw, contract: Contract) -> dict[str, Any]:
    """The values that a raw row has under its contract; UNREADABLE where it has none of its type."""
    readers = {"text": _text, "integer": _integer, "decimal": _decimal, "number": _number, "boolean": _boolean,
               "date": _date, "timestamp": _timestamp}  # fmt: skip
    found = {}
    for column in contract.columns:
        value = row.get(column.name)
        if isinstance(value, str):
            value = None if not value.strip(BLANKS) else value
        if isinstance(value, float) and math.isnan(value):
            value = None
        found[column.name] = None if value is None else readers[column.type](value)
    return found


def _text(value: Any) -> Any:
    if isinstance(value, _NumberText):
        number = float(value)
        is_whole = abs(number) < 2**63 and number == int(number) if math.isfinite(number) else False
        return _Either({str(value), str(int(number)) if is_whole else repr(number)}, number)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | dict):
        return _Nested(value)
    if isinstance(value, float):
        return _Either({repr(value)}, value)
    return str(value) if isinstance(value, str | int | Decimal | dt.date) else UNREADABLE


class _Either:
    """A number as text: as it was written, or another form of the very same number."""

    def __init__(self, forms: set[str], number: float) -> None:
        self.forms, self.number = forms, number

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, str):
            return False
        try:
            return other in self.forms or float(other) == self.number
        except ValueError:
            return False

    __hash__ = None  # type: ignore[assignment]


class _Nested:
    """A list or object that stands beside texts: it is its JSON."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        try:
            return isinstance(other, str) and _json(other) == self.value
        except ValueError:
            return False

    __hash__ = None  # type: ignore[assignment]


def _digits(value: Any) -> Decimal | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        text = value.strip(BLANKS)
        return Decimal(text) if NUMBER.fullmatch(text) else None
    if isinstance(value, int | float | Decimal):
        number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
        return number if number.is_finite() else None
    return None


def _integer(value: Any) -> Any:
    number = _digits(value)
    return int(number) if number is not None and number == number.to_integral_value() else UNREADABLE


def _decimal(value: Any) -> Any:
    number = _digits(value)
    if number is None or abs(number) >= Decimal(10) ** 15:
        return UNREADABLE
    return number.quantize(Decimal("0.0001"), ROUND_HALF_EVEN)


def _number(value: Any) -> Any:
    number = _digits(value)
    return UNREADABLE if number is None else float(number)


def _boolean(value: Any) -> Any:
    if isinstance(value, bool):
        return value
    text = str(value).strip(BLANKS).lower()
    return WORDS.get(text, UNREADABLE)


def _moment(value: Any) -> dt.datetime | None:
    """A time: naive where it is local, else in UTC."""
    if isinstance(value, dt.datetime):
        return value
    if isinstance(value, dt.date):
        return dt.datetime.combine(value, dt.time())
    match = MOMENT.fullmatch(value.strip(BLANKS)) if isinstance(value, str) else None
    if not match:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    fraction = int(((match[7] or ".0")[1:] + "000000")[:6])
    try:
        local = dt.datetime(year, month, day, hour, minute, second, fraction)  # noqa: DTZ001  (local until told)
        return local if match[8] is None else local.replace(tzinfo=dt.datetime.strptime(match[8], "%z").tzinfo)
    except ValueError:
        return None


def _zone(moment: dt.datetime) -> dt.tzinfo:
    """The company's time zone; from 2100 on Polars knows of no summer time."""
    return ZONE if moment.year < 2100 else dt.UTC


def _timestamp(value: Any) -> Any:
    moment = _moment(value)
    if moment is None or moment.year < 1000:
        return UNREADABLE
    zoned = moment.replace(tzinfo=_zone(moment)) if moment.tzinfo is None else moment
    try:
        return zoned.astimezone(dt.UTC).replace(tzinfo=None)
    except OverflowError:
        return UNREADABLE


def _date(value: Any) -> Any:
    moment = _moment(value)
    if moment is None or moment.year < 1000:
        return UNREADABLE
    return (moment if moment.tzinfo is None else moment.astimezone(_zone(moment))).date()
