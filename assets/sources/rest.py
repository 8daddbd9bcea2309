"""Read an HTTP service that answers in pages of JSON, a page at a time.

Every value is kept as the text that the service wrote, as with a CSV: no type is guessed from values, and a number has
the digits that it was sent with. A nested field is the column of its dotted name.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import islice
from typing import Any, NoReturn
from urllib.parse import quote, quote_plus

import polars as pl

from assets.configuration.services import RestSource
from assets.errors import SourceError
from assets.sources.rest_pages import Page, answers, same_service
from assets.sources.spool import spool_file
from assets.sources.tables import SourceTable, Window

Row = dict[str, str | None]


def read_rest(
    source: RestSource, window: Window | None, told: Mapping[str, bool], place: str, first_rows: int | None = None
) -> SourceTable:
    """The rows of a service, all as text; `told` are the columns that the mapping names, and whether it requires them.

    A service leaves out what is null: a column that no row has is there, and empty, where no row requires it.
    """
    place = f"{place} ({source.url})"
    names: dict[str, None] = {}
    target = spool_file(".ndjson")
    with target.open("w", encoding="utf-8") as writer:
        for row in islice(_rows(source, window, place), first_rows):
            names |= dict.fromkeys(row)
            writer.write(json.dumps(row) + "\n")
    is_empty = not names
    names |= dict.fromkeys(name for name, is_required in told.items() if is_empty or not is_required)
    schema = dict.fromkeys(names, pl.String())
    return SourceTable(pl.LazyFrame(schema=schema) if is_empty else pl.scan_ndjson(target, schema=schema), place)


def service_secrets(source: RestSource) -> list[str]:
    """Every form in which what authenticates us could turn up in an error."""
    auth = source.auth
    secrets = [value for value in (auth.token, auth.password, auth.key) if value] if auth else []
    return [form for value in secrets for form in (value, quote(value), quote(value, safe=""), quote_plus(value))]


def _rows(source: RestSource, window: Window | None, place: str) -> Iterator[Row]:
    for number, items in enumerate(_pages(source, window, place), start=1):
        where = f"{place}, page {number}"
        for item in items:
            if not isinstance(item, dict):
                raise SourceError(f"{where}: its rows are no objects but {_kind(item)}; see `data`")
            for part in _parts(item, source.each, where):
                row: Row = {}
                _flatten(part, "", row, where)
                yield row


def _pages(source: RestSource, window: Window | None, place: str) -> Iterator[list[Any]]:
    """The rows of each page; SourceError where a page is broken, comes again, or was not reached."""
    seen: set[str] = set()
    count, total = 0, None
    previous: list[Any] = []
    for number, page in enumerate(answers(source, window, place), start=1):
        where = f"{place}, page {number}"
        if number > source.max_pages:
            raise SourceError(f"{place}: there are more than {source.max_pages} pages; raise `max_pages` if that is so")
        document = _document(page, where)
        items = _items(document, source.data, where)
        if page.url in seen or (items and items == previous):
            raise SourceError(f"{where}: the service gives a page again that it gave before; see `paging`")
        if items and number > 1:
            _assert_full(previous, source, where)
        total = _total(document, source, where)
        seen.add(page.url)
        previous, count = items, count + len(items)
        yield items
        if not page.next_url or (total is not None and count >= total):
            break
        same_service(page.next_url, source, where)
    if total is not None and count < total:
        raise SourceError(f"{place}: {count} rows came where the service counts {total}; see `paging`")


def _document(page: Page, where: str) -> Any:
    """A page's JSON with its numbers as they are written."""
    try:
        return json.loads(page.content, parse_float=Decimal, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise SourceError(f"{where}: the answer is no JSON") from None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _items(document: Any, data: str | None, where: str) -> list[Any]:
    """The rows of a page; none where their place holds null."""
    found = _found(document, data)
    if isinstance(found, list):
        return found
    if found is None and data is not None and _is_there(document, data):
        return []
    names = f"; it has {', '.join(list(document)[:10])}" if isinstance(document, dict) else ""
    raise SourceError(f"{where}: there is no list at {f'`{data}`' if data else 'its top; write `data`'}{names}")


def _total(document: Any, source: RestSource, where: str) -> int | None:
    if source.paging is None or source.paging.total is None:
        return None
    total = _found(document, source.paging.total)
    if isinstance(total, int) and not isinstance(total, bool):
        return total
    raise SourceError(f"{where}: there is no number of rows at `{source.paging.total}`; see `paging.total`")


def _found(document: Any, path: str | None) -> Any:
    """What stands at a place of a page, null where there is nothing."""
    if path is None:
        return document
    from dlt.common.jsonpath import find_values

    values = find_values(path, document)
    return values[0] if len(values) == 1 else None


def _is_there(document: Any, path: str) -> bool:
    from dlt.common.jsonpath import find_values

    return bool(find_values(path, document))


def _assert_full(previous: list[Any], source: RestSource, where: str) -> None:
    """Rows are lost where offsets go on by another number than the service gives at a time."""
    paging = source.paging
    if paging and paging.kind == "offset" and len(previous) != paging.size:
        raise SourceError(f"{where}: the page before has {len(previous)} rows, not {paging.size}; mend `paging.size`")


def _parts(item: dict[str, Any], each: str | None, where: str) -> list[dict[str, Any]]:
    """A row, or one for each element of the list that `each` names within it, beside what the list lies in."""
    if each is None:
        return [item]
    *parents, last = each.split(".")
    holder: Any = item
    for name in parents:
        holder = holder.get(name) if isinstance(holder, dict) else None
    elements = holder.pop(last, None) if isinstance(holder, dict) else None
    if not isinstance(elements, list):
        raise SourceError(f"{where}: a row has no list at `{each}`; see `each`")
    return [item | {each: element} for element in elements]


def _flatten(value: Any, name: str, row: Row, where: str) -> None:
    """Put a value into a row under its dotted name; a list is its JSON."""
    if isinstance(value, dict) and (value or not name):
        try:
            for key, inner in value.items():
                _flatten(inner, f"{name}.{key}" if name else key, row, where)
        except RecursionError:
            raise SourceError(f"{where}: its objects are nested too deeply") from None
        return
    if name in row:
        raise SourceError(f"{where}: a row has two fields of the name `{name}`")
    row[name] = _text(value)


def _text(value: Any) -> str | None:
    if value is None or value == {}:
        return None
    if isinstance(value, str):
        # Half a character, which no UTF-8 file can hold, becomes the sign of a broken one.
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return json.dumps(value, default=float, ensure_ascii=False)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _kind(value: Any) -> str:
    return {list: "lists", str: "texts", bool: "booleans"}.get(type(value), "null" if value is None else "numbers")
