"""The reference pages: metrics and marts, from the YAML beside the models and what the publication adds, and settings.

They are checked in, so that readers find them without building anything; `python -m assets.publication.reference_pages`
writes them anew after a definition has changed, and a test says when that was forgotten.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from assets.checked_in import table_cell, write_checked_in
from assets.configuration.reference_page import CONFIGURATION_PAGE, configuration_page
from assets.publication import restatements
from assets.publication.postgres_version import DECLARED_HERE
from assets.publication.publish import PUBLICATION, PUBLICATION_COLUMNS, PUBLICATION_DESCRIPTION
from assets.warehouse.catalogue import (
    KPI,
    Metric,
    PublishedMart,
    columns_of,
    description_of,
    published_marts,
    read_catalogue,
    types_of,
)

METRICS_PAGE = Path("docs/reference/metrics.md")
MARTS_PAGE = Path("docs/reference/marts.md")
_WRITTEN = "Written from {} by `python -m assets.publication.reference_pages`; change the YAML instead."


@dataclass(frozen=True)
class DescribedMart:
    """A mart as its page shows it: what its rows are, and type and meaning of each column by name."""

    name: str
    description: str
    columns: dict[str, tuple[str, str]]
    interface: PublishedMart


def reference_pages() -> dict[Path, str]:
    """Text of each reference page, by its path within the project."""
    metrics = read_catalogue()
    return {
        METRICS_PAGE: metrics_page(metrics),
        MARTS_PAGE: marts_page(described_marts(), metrics),
        CONFIGURATION_PAGE: configuration_page(),
    }


def described_marts() -> list[DescribedMart]:
    """Every published mart by name: those of the dbt project, and the two that the publication itself makes."""
    built = [
        DescribedMart(name, description_of(name), _typed(types_of(name), columns_of(name)), interface)
        for name, interface in published_marts().items()
    ]
    noted, told = DECLARED_HERE[restatements.MART], DECLARED_HERE[PUBLICATION]
    # Of what a version tells of itself nothing is ever left out.
    told = replace(told, required=frozenset(PUBLICATION_COLUMNS))
    added = [
        DescribedMart(restatements.MART, restatements.DESCRIPTION, restatements.COLUMNS, noted),
        DescribedMart(PUBLICATION, PUBLICATION_DESCRIPTION, PUBLICATION_COLUMNS, told),
    ]
    return sorted([*built, *added], key=lambda mart: mart.name)


def metrics_page(metrics: Sequence[Metric]) -> str:
    """Return the page of all metrics in Markdown: a table of them, and a section for each under its id."""
    lines = [
        "# Metrics",
        "",
        f"<!-- {_WRITTEN.format('the YAML of the models')} -->",
        "",
        "What each published metric means. `loyalty metrics ID` tells the same, and so does the mart",
        "[`metric_definitions`](marts.md#metric_definitions) beside the numbers. The version of a definition",
        "grows when the meaning of the number changes. Rates are from 0 to 1, amounts in the company's currency.",
        "",
        "| metric | name | unit | marts |",
        "|---|---|---|---|",
        *(f"| [`{m.metric_id}`](#{m.metric_id}) | {table_cell(m.name)} | {m.unit} | {_marts(m)} |" for m in metrics),
    ]
    for metric in metrics:
        lines += ["", *_metric_section(metric)]
    return "\n".join(lines) + "\n"


def marts_page(marts: Sequence[DescribedMart], metrics: Sequence[Metric]) -> str:
    """Return the page of all marts in Markdown: what a row is, the key, the metrics, and every column with its type."""
    lines = [
        "# Marts",
        "",
        f"<!-- {_WRITTEN.format('the YAML of the marts')} -->",
        "",
        "The published tables: in `loyalty.duckdb` in the schema `marts`, as one Parquet file each, and as views",
        "in Postgres where it is configured ([how to read them](../bi.md)). Types are those of DuckDB. A mart whose",
        "source is not configured is there, without rows. Its version grows where a column goes or changes its type.",
        "",
        *(f"- [`{mart.name}`](#{mart.name})" for mart in marts),
    ]
    for mart in marts:
        lines += ["", *_mart_section(mart, metrics)]
    return "\n".join(lines) + "\n"


def _metric_section(metric: Metric) -> Iterator[str]:
    facts = {
        "Formula": metric.formula,
        "Numerator": metric.numerator,
        "Denominator": metric.denominator,
        "Window": metric.window,
        "Grains": ", ".join(metric.grains),
        "95 % interval": metric.interval_method,
        "Direction": metric.direction.replace("_", " "),
        "Unit": metric.unit,
        "Target": "`csi.target` of `loyalty.yaml`" if metric.has_target else None,
    }
    yield f"## {metric.metric_id}"
    yield ""
    yield f"| {table_cell(metric.name)} | version {metric.version} |"
    yield "|---|---|"
    yield from (f"| {title} | {table_cell(str(value))} |" for title, value in facts.items() if value)
    yield f"| Marts | {_marts(metric)} |"
    yield f"| Model | `{metric.owner_file}` |"


def _mart_section(mart: DescribedMart, metrics: Sequence[Metric]) -> Iterator[str]:
    yield f"## {mart.name}"
    yield ""
    yield mart.description
    yield ""
    yield f"Key: {', '.join(f'`{name}`' for name in mart.interface.key)}. Version {mart.interface.version}."
    if told := _metrics_of(mart.name, metrics):
        yield ""
        yield f"Metrics: {told}."
    yield ""
    yield "| column | type | | meaning |"
    yield "|---|---|---|---|"
    for name, (data_type, description) in mart.columns.items():
        never_null = "never null" if name in mart.interface.required else ""
        yield f"| `{name}` | {data_type} | {never_null} | {table_cell(description)} |"


def _marts(metric: Metric) -> str:
    names = [f"[`{mart}`](marts.md#{mart})" for mart in metric.marts]
    return ", ".join(names)


def _metrics_of(mart: str, metrics: Sequence[Metric]) -> str:
    """The metrics of a mart as links; of `kpi`, which holds nearly all, where they are listed."""
    if mart == KPI:
        return "those that [the list](metrics.md) has in it"
    return ", ".join(f"[`{m.metric_id}`](metrics.md#{m.metric_id})" for m in metrics if mart in m.marts)


def _typed(types: dict[str, str], descriptions: dict[str, str]) -> dict[str, tuple[str, str]]:
    return {name: (data_type, descriptions[name]) for name, data_type in types.items()}


if __name__ == "__main__":
    write_checked_in(Path(__file__).parents[2], reference_pages())
