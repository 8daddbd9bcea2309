"""Read files lazily where their format allows it, and say at once when one is malformed.

Text formats are read as text: nothing is guessed here, the contract types the columns afterwards.
"""

from __future__ import annotations

import codecs
import glob
import json
import re
from collections.abc import Callable
from pathlib import Path

import fastexcel
import polars as pl
import pyarrow as pa
from pyarrow import csv as arrow_csv

from assets.configuration import FileSource
from assets.errors import SourceError
from assets.sources.spool import spool_file
from assets.sources.tables import SourceTable, near_first, plain_reason, reading

FORMATS = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".json": "ndjson",
    ".xlsx": "excel",
    ".xlsm": "excel",
    ".xlsb": "excel",
    ".xls": "excel",
    ".ods": "excel",
}
CHARACTERS_PER_CHUNK = 1 << 20
LARGEST_ROW_BYTES = 1 << 24


def read_file(source: FileSource, place: str) -> SourceTable:
    """Scan the file, glob or address of a source; SourceError if it is missing, empty or malformed."""
    file_format = format_of(source, place)
    readers: dict[str, Callable[[str, FileSource], pl.LazyFrame]] = {
        "csv": _scan_csv,
        "parquet": _scan_parquet,
        "ndjson": _scan_ndjson,
        "excel": _read_excel,
    }
    frames: list[tuple[str, pl.LazyFrame]] = []
    for path in paths_of(source, place):
        with reading(f"{place} ({path})", source.storage_options.values()):
            frame = readers[file_format](path, source)
            frame.collect_schema()
        frames.append((path, frame))
    return SourceTable(_stack(frames, place), f"{place} ({source.path})", source.date_format, source.decimal_comma)


def format_of(source: FileSource, place: str) -> str:
    """The format told, or that of the file's ending."""
    if source.format:
        return source.format
    ending = Path(source.path).suffix.lower()
    if ending in FORMATS:
        return FORMATS[ending]
    raise SourceError(f"{place}: the format of '{source.path}' is not known by its ending; write `format: csv`")


def is_address(path: str) -> bool:
    """Whether a path is an object-store address such as s3://bucket/key."""
    return "://" in path


def paths_of(source: FileSource, place: str) -> list[str]:
    """The files that a path or glob names, in a fixed order; an address is left to its store."""
    if is_address(source.path):
        return [source.path]
    has_pattern = glob.has_magic(source.path) and not Path(source.path).exists()
    paths = sorted(glob.glob(source.path, recursive=True)) if has_pattern else [source.path]  # noqa: PTH207
    if not paths:
        raise SourceError(f"{place}: no file matches '{source.path}'")
    for path in paths:
        if not Path(path).exists():
            raise SourceError(f"{place}: there is no file '{path}'")
        if Path(path).is_dir():
            raise SourceError(f"{place}: '{path}' is a folder; write a glob such as '{path}/*.csv'")
        if Path(path).stat().st_size == 0:
            raise SourceError(f"{place}: the file '{path}' is empty")
    return paths


def _stack(frames: list[tuple[str, pl.LazyFrame]], place: str) -> pl.LazyFrame:
    first_path, first = frames[0]
    names = first.collect_schema().names()
    for path, frame in frames[1:]:
        found = frame.collect_schema().names()
        if set(found) != set(names):
            differing = ", ".join(sorted(set(found) ^ set(names)))
            raise SourceError(f"{place}: '{path}' and '{first_path}' do not have the same columns: {differing}")
    if len(frames) == 1:
        return first
    return pl.concat([frame.select(names) for _, frame in frames], how="vertical_relaxed")


def _scan_csv(path: str, source: FileSource) -> pl.LazyFrame:
    utf8_path = path
    if codecs.lookup(source.encoding).name != "utf-8":
        if is_address(path):
            raise SourceError(f"'{path}': a CSV on an object store must be UTF-8, not {source.encoding}")
        utf8_path = _transcoded(path, source.encoding)
    if not is_address(path):
        _assert_rectangular(utf8_path, path, source)
    return pl.scan_csv(
        utf8_path,
        separator=source.delimiter,
        infer_schema=False,
        null_values=source.null_values or None,
        storage_options=source.storage_options or None,
        glob=is_address(path),
    )


def _transcoded(path: str, encoding: str) -> str:
    """Write the file again as UTF-8, a bounded chunk at a time; Polars scans UTF-8 only."""
    target = spool_file(".csv")
    try:
        with (
            Path(path).open(encoding=encoding, newline="") as reader,
            target.open("w", encoding="utf-8", newline="") as writer,
        ):
            while chunk := reader.read(CHARACTERS_PER_CHUNK):
                writer.write(chunk)
    except UnicodeError:
        raise SourceError(f"'{path}' is not written in {source_encoding(encoding)}") from None
    return str(target)


def source_encoding(encoding: str) -> str:
    """An encoding as a user would write it."""
    return encoding.upper() if encoding.lower().startswith("utf") else encoding


def _assert_rectangular(utf8_path: str, path: str, source: FileSource) -> None:
    """Fail on ragged rows and on broken UTF-8.

    Polars fills a short row with nulls, so that a file cut off in its last row would pass as whole.
    """
    parsing = arrow_csv.ParseOptions(delimiter=source.delimiter, newlines_in_values=True)
    in_blocks = arrow_csv.ReadOptions(block_size=LARGEST_ROW_BYTES)
    try:
        with arrow_csv.open_csv(utf8_path, parse_options=parsing, read_options=in_blocks) as batches:
            names = [str(name) for name in batches.schema.names]
        converting = arrow_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()))
        with arrow_csv.open_csv(
            utf8_path, parse_options=parsing, read_options=in_blocks, convert_options=converting
        ) as batches:
            for _ in batches:
                pass
    except pa.ArrowInvalid as error:
        raise SourceError(f"'{path}' {_malformation(plain_reason(error), source.encoding)}") from None


def _malformation(reason: str, encoding: str) -> str:
    """What is wrong with a CSV, in words of its own: a library's would quote the row, and with it a person."""
    if "UTF8" in reason or "UTF-8" in reason:
        return f"is not {source_encoding(encoding)}; write its `encoding`, for example cp1252"
    if counts := re.search(r"Expected (\d+) columns, got (\d+)", reason):
        return (
            f"has a row with {counts[2]} fields where its header has {counts[1]}: "
            "it is cut off, or a field holds an unquoted delimiter"
        )
    if "straddl" in reason:
        return "has a row longer than 16 MB: a quote is opened and never closed"
    return f"is no CSV: {reason.split(':', maxsplit=1)[0]}"


def _scan_parquet(path: str, source: FileSource) -> pl.LazyFrame:
    try:
        frame = pl.scan_parquet(path, storage_options=source.storage_options or None, glob=is_address(path))
        frame.collect_schema()
    except (pl.exceptions.PolarsError, OSError) as error:
        reason = plain_reason(error, source.storage_options.values())
        raise SourceError(f"'{path}' is no whole Parquet file: {reason}") from None
    return frame


def _scan_ndjson(path: str, source: FileSource) -> pl.LazyFrame:
    if not is_address(path):
        _assert_last_line_is_whole(path)
    return pl.scan_ndjson(path, infer_schema_length=None, storage_options=source.storage_options or None)


def _assert_last_line_is_whole(path: str) -> None:
    with Path(path).open("rb") as reader:
        reader.seek(0, 2)
        size, step, tail = reader.tell(), 1 << 16, b""
        while len(tail) < size and b"\n" not in tail.strip():
            step = min(step * 2, size)
            reader.seek(size - step)
            tail = reader.read(step)
    try:
        json.loads(tail.strip().rsplit(b"\n", 1)[-1])
    except ValueError:
        raise SourceError(f"'{path}' ends in a line that is no whole JSON object: the file is cut off") from None


def _read_excel(path: str, source: FileSource) -> pl.LazyFrame:
    try:
        sheets = fastexcel.read_excel(path).sheet_names
    except fastexcel.FastExcelError as error:
        raise SourceError(f"'{path}' is no workbook that can be read: {plain_reason(error)}") from None
    sheet = source.sheet or sheets[0]
    if sheet not in sheets:
        raise SourceError(f"'{path}' has no sheet '{sheet}'; it has {', '.join(near_first(sheet, sheets))}")
    try:
        return pl.read_excel(path, sheet_name=sheet, infer_schema_length=None).lazy()
    except pl.exceptions.NoDataError:
        raise SourceError(f"'{path}': the sheet '{sheet}' is empty") from None
