"""The reference page of `loyalty.yaml`: every setting with its type, default and meaning, from the models."""

from __future__ import annotations

import ast
import datetime as dt
import inspect
import json
import types
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from assets.checked_in import table_cell
from assets.configuration.settings import Configuration

CONFIGURATION_PAGE = Path("docs/reference/configuration.md")
NAMED = {"connections": "NAME", "sources": "ENTITY"}
"""What stands in a key for the names that a user gives."""
NOUNS: dict[object, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    Decimal: "number",
    bool: "true or false",
    dt.date: "day, as 2022-01-31",
    Path: "path",
    Any: "value",
}
BOUNDS = {Ge: ("ge", "at least"), Gt: ("gt", "above"), Le: ("le", "at most")}
HEAD = """\
# Settings

<!-- Written from assets/configuration by `python -m assets.publication.reference_pages`; change the settings there. -->

All that `loyalty.yaml` can say. Only `company` and `sources` must be there; what is left out has its default. An
unknown key is an error that names the nearest known one, and `loyalty check` says what is wrong between settings.
`${NAME}` is replaced from the environment, which is where secrets belong. Relative paths start at the folder of the
file. In keys, `ENTITY` stands for one of the [entities](contracts.md), `NAME` for a name of your own. Databases,
files on object stores and services are set up by example in [operations](../operations.md).
"""


def configuration_page() -> str:
    """Return the page in Markdown: a list of the sections of `loyalty.yaml`, and a table of the settings of each."""
    fields = Configuration.model_fields
    lines = [HEAD, *(f"- [`{name}`](#{name}): {meaning(Configuration, name)}" for name in fields)]
    for name, field in fields.items():
        lines += ["", *_section(name, field)]
    return "\n".join(lines) + "\n"


def meaning(model: type[BaseModel], name: str) -> str:
    """What a setting means, as the docstring below it in its model says; empty where there is none."""
    return _docstrings(model).get(name, "")


def models() -> list[type[BaseModel]]:
    """Every model that `loyalty.yaml` is made of, the whole first."""
    found: list[type[BaseModel]] = []

    def visit(model: type[BaseModel]) -> None:
        if model not in found:
            found.append(model)
            for field in model.model_fields.values():
                for inner in _models_in(field.annotation):
                    visit(inner)

    visit(Configuration)
    return found


@cache
def _docstrings(model: type[BaseModel]) -> dict[str, str]:
    (definition,) = ast.parse(inspect.getsource(model)).body
    told: dict[str, str] = {}
    statements = definition.body if isinstance(definition, ast.ClassDef) else []
    for before, statement in pairwise(statements):
        if not (isinstance(before, ast.AnnAssign) and isinstance(before.target, ast.Name)):
            continue
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
            told[before.target.id] = " ".join(str(statement.value.value).split())
    return told


def _section(name: str, field: FieldInfo) -> Iterator[str]:
    inner = _models_in(field.annotation)
    yield f"## {name}"
    yield ""
    for paragraph in inspect.cleandoc(inner[0].__doc__ or "").split("\n\n") if inner else ():
        yield " ".join(paragraph.split())
        yield ""
    yield "| setting | what it holds | default | meaning |"
    yield "|---|---|---|---|"
    if not inner:
        yield _row(Configuration, name, name)
    elif name in NAMED:
        yield from _rows(inner[0], f"{name}.{NAMED[name]}")
    else:
        yield from _rows(inner[0], name)


def _rows(model: type[BaseModel], place: str) -> Iterator[str]:
    """A row per setting, those within a setting below it; the files of a query are told as one."""
    for name, field in model.model_fields.items():
        key = f"{place}.{field.alias or name}"
        yield _row(model, name, key)
        if get_origin(field.annotation) is not dict:
            for inner in _models_in(field.annotation):
                yield from _rows(inner, key)


def _row(model: type[BaseModel], name: str, key: str) -> str:
    field = model.model_fields[name]
    holds = _kind(field.annotation) + _bounds(field.metadata)
    return f"| `{key}` | {holds} | {_default(field)} | {table_cell(meaning(model, name))} |"


def _kind(annotation: Any) -> str:
    """A type as a user would say it."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return ", ".join(f"`{choice}`" for choice in arguments)
    if origin in (Union, types.UnionType):
        return " or ".join(_kind(part) for part in arguments if part is not types.NoneType)
    if origin is list:
        return f"list of: {_kind(arguments[0])}"
    if origin is dict:
        return f"by {'number' if arguments[0] is int else 'name'}: {_kind(arguments[1])}"
    if hasattr(annotation, "__metadata__"):
        return _kind(arguments[0]) + _bounds(annotation.__metadata__)
    return "settings" if _models_in(annotation) else NOUNS[annotation]


def _bounds(metadata: Any) -> str:
    told = [part for item in metadata for part in getattr(item, "metadata", [item])]
    bounds = [
        f"{word} {getattr(item, attribute)}"
        for item in told
        for kind, (attribute, word) in BOUNDS.items()
        if isinstance(item, kind)
    ]
    return f", {' and '.join(bounds)}" if bounds else ""


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.default
    if value is None or isinstance(value, BaseModel) or value in ([], {}):
        return ""
    if isinstance(value, Path):
        return f"`{value.as_posix()}`"
    return f"`{value}`" if isinstance(value, str) else f"`{json.dumps(value)}`"


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models_in(part)]
