"""The checked-in dashboards for Superset, read for the tests of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).resolve().parents[2] / "dashboards" / "superset"


@dataclass(frozen=True)
class Chart:
    """One chart: what it asks, as Superset stores it."""

    document: dict[str, Any]

    @property
    def title(self) -> str:
        return str(self.document["slice_name"])

    @property
    def query(self) -> dict[str, Any]:
        (query,) = json.loads(self.document["query_context"])["queries"]
        return dict(query)

    @property
    def filters(self) -> dict[str, Any]:
        return {each["col"]: each["val"] for each in self.query["filters"]}

    def columns(self) -> Iterator[str]:
        """Every column that the query names."""
        for column in self.query["columns"]:
            yield column if isinstance(column, str) else column["sqlExpression"]
        for metric in self.query["metrics"] or []:
            outside_texts = re.sub(r"'[^']*'", "", metric["sqlExpression"])
            yield from re.findall(r"\b[a-z][a-z_]*\b", outside_texts)
        yield from self.filters
        yield from (column for column, _ in self.query["orderby"])

    def sql(self, schema: str, dataset: dict[str, Any]) -> str:
        """The query as Superset writes it, more or less, for a plain connection to Postgres."""
        written = {c["column_name"]: c.get("expression") or c["column_name"] for c in dataset["columns"]}
        columns = [c if isinstance(c, str) else c["sqlExpression"] for c in self.query["columns"]]
        metrics = [f'{m["sqlExpression"]} as "{m["label"]}"' for m in self.query["metrics"] or []]
        selected = ", ".join([*(f"{written[column]} as {column}" for column in columns), *metrics])
        conditions = " and ".join(
            f"{f['col']} {f['op'].replace('==', '=')} {_literal(f['val'])}" for f in self.query["filters"]
        )
        text = f"select {selected} from {schema}.{dataset['table_name']}"
        if conditions:
            text += f" where {conditions}"
        if self.query["metrics"] is not None:
            text += f" group by {', '.join(written[column] for column in columns)}"
        return text


def _literal(value: Any) -> str:
    if isinstance(value, list):
        return f"({', '.join(map(_literal, value))})"
    return f"'{value}'" if isinstance(value, str) else str(value).lower()


def documents(folder: str) -> dict[str, dict[str, Any]]:
    """The files of a folder by name, without their suffix."""
    return {
        path.stem: yaml.safe_load(path.read_text(encoding="utf-8"))
        for path in sorted((FOLDER / folder).rglob("*.yaml"))
    }


CHARTS = {name: Chart(document) for name, document in documents("charts").items()}
DATASETS = documents("datasets")
DASHBOARDS = documents("dashboards")
