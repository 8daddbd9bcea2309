"""Read files lazily where their format allows it, and say at once when one is malformed.

Text formats are read as text: nothing is guessed here, the contract types the columns afterwards.
"""

from __future__ import annotations

import glob
import json
import re
from collections.abc import Callable
from pathlib import Path

import fastexcel
import polars as pl
import pyarrow as pa
from pyarrow import csv as arrow_csv
from pyarrow import parquet

from assets.configuration import FileSource
from assets.errors import SourceError
from assets.sources.object_store import fetched, is_address, objects_of, option_secrets, polars_options
from assets.sources.spool import linked, spool_file
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
        # Text and workbooks are read wholly in any case; of Parquet only the columns that are needed travel.
        local = fetched(path, source, place) if is_address(path) and file_format != "parquet" else path
        with reading(f"{place} ({path})", option_secrets(source)):
            frame = readers[file_format](local, source.model_copy(update={"path": path}))
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


def paths_of(source: FileSource, place: str) -> list[str]:
    """The files or objects that a path, glob or address names, in a fixed order."""
    if is_address(source.path):
        return objects_of(source, place)
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
    """Parse a CSV once, all of it, into a typed copy; what is ragged, cut off or in another encoding fails here.

    Polars fills a short row with nulls, so that a file cut off in its last row would pass as whole.
    """
    target = spool_file(".parquet")
    try:
        with _csv_batches(path, source) as batches:
            names = [str(name) for name in batches.schema.names]
        strings = arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            null_values=["", *source.null_values],
            strings_can_be_null=True,
        )
        schema = pa.schema([(name, pa.string()) for name in _distinct(names)])
        with _csv_batches(path, source, strings) as batches, parquet.ParquetWriter(target, schema) as writer:
            for batch in batches:
                writer.write_batch(pa.record_batch(batch.columns, schema=schema))
    except pa.ArrowInvalid as error:
        raise SourceError(f"'{source.path}' {_malformation(plain_reason(error), source.encoding)}") from None
    except UnicodeError:
        raise SourceError(f"'{source.path}' is not written in {source_encoding(source.encoding)}") from None
    return pl.scan_parquet(target, glob=False)


def _csv_batches(
    path: str, source: FileSource, conversion: arrow_csv.ConvertOptions | None = None
) -> arrow_csv.CSVStreamingReader:
    return arrow_csv.open_csv(
        path,
        parse_options=arrow_csv.ParseOptions(delimiter=source.delimiter, newlines_in_values=True),
        read_options=arrow_csv.ReadOptions(block_size=LARGEST_ROW_BYTES, encoding=source.encoding),
        convert_options=conversion,
    )


def _distinct(names: list[str]) -> list[str]:
    """The names of columns, where the second of a name is `name_duplicated_0`, the third `name_duplicated_1`."""
    found: list[str] = []
    for name in names:
        number = names[: len(found)].count(name)
        found.append(f"{name}_duplicated_{number - 1}" if number else name)
    return found


def source_encoding(encoding: str) -> str:
    """An encoding as a user would write it."""
    return encoding.upper() if encoding.lower().startswith("utf") else encoding


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
    options = polars_options(source) if is_address(path) else None
    try:
        frame = pl.scan_parquet(path, storage_options=options, glob=False, credential_provider=None)
        frame.collect_schema()
    except (pl.exceptions.PolarsError, OSError) as error:
        reason = plain_reason(error, option_secrets(source))
        raise SourceError(f"'{source.path}' is no whole Parquet file: {reason}") from None
    return frame


def _scan_ndjson(path: str, source: FileSource) -> pl.LazyFrame:
    _assert_last_line_is_whole(path, source)
    # Polars knows no way to say that a name with a wildcard in it is a name.
    return pl.scan_ndjson(linked(path) if glob.has_magic(path) else path, infer_schema_length=None)


def _assert_last_line_is_whole(path: str, source: FileSource) -> None:
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
        raise SourceError(f"'{source.path}' ends in a line that is no whole JSON object: the file is cut off") from None


def _read_excel(path: str, source: FileSource) -> pl.LazyFrame:
    try:
        sheets = fastexcel.read_excel(path).sheet_names
        sheet = source.sheet or next(iter(sheets), "")
        if sheet not in sheets:
            there = ", ".join(near_first(sheet, sheets))
            raise SourceError(f"'{source.path}' has no sheet '{sheet}'; it has {there}")
        return pl.read_excel(path, sheet_name=sheet, infer_schema_length=None).lazy()
    except pl.exceptions.NoDataError:
        raise SourceError(f"'{source.path}': the sheet '{sheet}' is empty") from None
    except fastexcel.FastExcelError as error:
        raise SourceError(f"'{source.path}' is no workbook that can be read: {plain_reason(error)}") from None
