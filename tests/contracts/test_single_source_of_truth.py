"""Nothing that stands in a contract is written down a second time."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from assets.contracts import entities, load_contract
from assets.validation.derived_files import derived_files

PROJECT = Path(__file__).parents[2]


@pytest.mark.parametrize("path", derived_files(), ids=str)
def test_derived_files_are_up_to_date(path: Path) -> None:
    """A contract that was changed without `python -m assets.validation.derived_files` leaves dbt and readers behind."""
    assert (PROJECT / path).read_text(encoding="utf-8") == derived_files()[path]


@pytest.mark.parametrize("folder", ["assets", "pipelines"])
def test_no_module_lists_the_columns_of_an_entity(folder: str) -> None:
    """A second list of columns or types would be forgotten when a contract changes."""
    copies = [
        f"{path.relative_to(PROJECT)}:{line} lists the columns of {entity}"
        for path in sorted((PROJECT / folder).rglob("*.py"))
        for line, entity in copied_columns(path.read_text(encoding="utf-8"))
    ]
    assert copies == []


@pytest.mark.parametrize(
    "source",
    [
        'COLUMNS = ["customer_id", "segment", "region", "do_not_contact"]',
        'COLUMNS = ("region", "segment", "customer_id", "do_not_contact", "business_day")',
        'TYPES = {"customer_id": pl.String, "segment": pl.String(), "region": "text", "do_not_contact": pl.Boolean}',
        'TABLE = "create table customers (customer_id varchar, segment varchar, region varchar, do_not_contact bool)"',
    ],
)
def test_a_copy_would_be_found(source: str) -> None:
    """The search itself could find nothing because it looks for nothing."""
    assert [entity for _, entity in copied_columns(source)] == ["customers"]


@pytest.mark.parametrize(
    "source",
    [
        'SOME = ["customer_id", "segment"]',
        'frame = {"customer_id": ids, "segment": draw(), "region": regions, "do_not_contact": flags}',
    ],
)
def test_use_of_columns_is_no_copy(source: str) -> None:
    """Data that is made for an entity names its columns; that is use, and a wrong name fails against the contract."""
    assert copied_columns(source) == []


def copied_columns(source: str) -> list[tuple[int, str]]:
    """Places, as line and entity, where code lists every column of an entity as names, types or SQL."""
    columns = {entity: set(load_contract(entity).column_names) for entity in entities()}
    listed = [(node, names) for node in ast.walk(ast.parse(source)) if (names := _names(node))]
    return [(node.lineno, entity) for node, names in listed for entity in columns if columns[entity] <= names]


def _names(node: ast.AST) -> set[str]:
    """Names that a literal lists: a collection of strings, a mapping of strings to types, or SQL."""
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return {e.value for e in node.elts if isinstance(e, ast.Constant) and isinstance(e.value, str)}
    if isinstance(node, ast.Dict) and all(_is_type(value) for value in node.values):
        return {k.value for k in node.keys if isinstance(k, ast.Constant) and isinstance(k.value, str)}
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and "create" in node.value.lower():
        return set(re.findall(r"\w+", node.value))
    return set()


def _is_type(node: ast.expr) -> bool:
    named = node.func if isinstance(node, ast.Call) else node
    return isinstance(named, ast.Constant) or (
        isinstance(named, ast.Attribute) and isinstance(named.value, ast.Name) and named.value.id == "pl"
    )
