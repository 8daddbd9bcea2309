"""What the UI shows of a table that was built: how many rows, and for the main marts a few totals and a chart.

Metadata goes into Dagster's history, where no retention period and no `loyalty forget` reaches it. Other marts hold
what people wrote or did, such as a reason that only one of them gave, so no row of theirs is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg
import duckdb

from assets.warehouse.charts import Line, as_markdown, line_chart

Shown = Mapping[dg.AssetKey, Mapping[str, dg.MetadataValue]]

ROWS = 5
WIDEST = 7  # columns, after which a table cannot be read
# Of all metrics those that most people ask for.
MAIN_METRICS = {"kpi": "metric_id in ('crr', 'csi_index', 'mrr', 'nps', 'upsell_rate')"}
DATES = ("period_start", "cohort_start", "business_day")
# What a reader of a chart takes for granted, in the columns that a mart has.
USUAL = {"dimension": "dimension = 'total'", "grain": "grain = 'month'", "is_complete": "is_complete"}
SHOWN_SCHEMA = "marts"


@dataclass(frozen=True)
class Chart:
    """A chart of a mart: what it shows, and SQL of its line, its place and its value, in the order of the places."""

    title: str
    sql: str


CHARTS = {
    "kpi": Chart(
        "CSI index (0 to 100) and NPS (-100 to 100) by month",
        "select case metric_id when 'nps' then 'NPS' else 'CSI index' end, strftime(period_start, '%Y-%m'), value"
        " from marts.kpi where metric_id in ('csi_index', 'nps') and dimension = 'total' and grain = 'month'"
        " and is_complete order by period_start, metric_id",
    ),
    "cohort_retention": Chart(
        "Customers of all monthly cohorts who bought again, in %, by months since the first purchase",
        "select 'purchased', cast(period_offset as varchar), 100.0 * sum(retained) / sum(denominator)"
        " from marts.cohort_retention where kind = 'on' and grain = 'month' and is_complete and not is_suppressed"
        " and period_offset between 1 and 24 group by period_offset order by period_offset",
    ),
    "repurchase": Chart(
        "Customers with a second purchase within the window, in %, by month of the first",
        "select window_name || ' days', strftime(period_start, '%Y-%m'), 100 * repeat_purchase_rate"
        " from marts.repurchase"
        " where dimension = 'total' and grain = 'month' and is_complete and window_days is not null"
        " order by period_start, window_days",
    ),
    "upsell": Chart(
        "Upselling ratio within the window, by month of the first purchase",
        "select window_name || ' days', strftime(period_start, '%Y-%m'), value from marts.upsell"
        " where dimension = 'total' and grain = 'month' and is_complete and window_days is not null"
        " order by period_start, window_days",
    ),
    "mrr_movements": Chart(
        "Monthly recurring revenue at the month's end, in the company's currency",
        "select 'MRR', strftime(period_start, '%Y-%m'), end_mrr_amount from marts.mrr_movements"
        " where dimension = 'total' and is_complete order by period_start",
    ),
}


def shown_metadata(connection: duckdb.DuckDBPyConnection, keys: Iterable[dg.AssetKey]) -> Shown:
    """What is shown of each of the tables; keys that are none in the warehouse are left out."""
    columns = _columns(connection)
    shown: dict[dg.AssetKey, dict[str, dg.MetadataValue]] = {}
    for key in keys:
        schema, table = key.path[-2:]
        if (schema, table) not in columns:
            continue
        count = connection.execute(f'select count(*) from "{schema}"."{table}"').fetchall()[0][0]
        shown[key] = {"dagster/row_count": dg.MetadataValue.int(int(count))}
        if schema == SHOWN_SCHEMA and table in CHARTS:
            shown[key] |= _sights(connection, table, columns[schema, table])
    return shown


def _sights(connection: duckdb.DuckDBPyConnection, mart: str, columns: Sequence[str]) -> dict[str, dg.MetadataValue]:
    sights: dict[str, dg.MetadataValue] = {}
    if table := _preview(connection, mart, columns):
        sights["preview"] = dg.MetadataValue.md(table)
    if picture := _picture(connection, CHARTS[mart]):
        sights["chart"] = dg.MetadataValue.md(picture)
    return sights


def _columns(connection: duckdb.DuckDBPyConnection) -> Mapping[tuple[str, str], list[str]]:
    query = (
        "select schema_name, table_name, column_name from duckdb_columns()"
        " where database_name = current_database() order by schema_name, table_name, column_index"
    )
    found: dict[tuple[str, str], list[str]] = {}
    for schema, table, column in connection.execute(query).fetchall():
        found.setdefault((schema, table), []).append(column)
    return found


def _preview(connection: duckdb.DuckDBPyConnection, mart: str, columns: Sequence[str]) -> str:
    """The newest rows of a mart as a table of Markdown; empty where there are none to show."""
    conditions = [condition for column, condition in USUAL.items() if column in columns]
    conditions.append(MAIN_METRICS.get(mart, "true"))
    newest = [f'"{column}" desc' for column in DATES if column in columns]
    told = [column for column in columns if column not in USUAL and column != "dimension_value"][:WIDEST]
    names = ", ".join(f'"{column}"' for column in told)
    rows = connection.execute(
        f'select {names} from marts."{mart}" where {" and ".join(conditions)}'
        f" order by {', '.join([*newest, *(str(n + 1) for n in range(len(told)))])} limit {ROWS}"
    ).fetchall()
    if not rows:
        return ""
    head = [f"| {' | '.join(told)} |", f"|{' --- |' * len(told)}"]
    return "\n".join([*head, *(f"| {' | '.join(map(_cell, row))} |" for row in rows)])


def _cell(value: Any) -> str:
    """A value as a cell of Markdown can hold it: text of the data must neither end the cell nor be markup."""
    if isinstance(value, float):
        return f"{value:.6g}"
    told = "" if value is None else " ".join(str(value).split())
    return "".join(f"\\{sign}" if sign in "\\|`*_[]<>!#&~" else sign for sign in told)


def _picture(connection: duckdb.DuckDBPyConnection, chart: Chart) -> str | None:
    rows = connection.execute(chart.sql).fetchall()
    places = list(dict.fromkeys(place for _, place, _ in rows))
    found = {(line, place): None if value is None else float(value) for line, place, value in rows}
    names = list(dict.fromkeys(line for line, _, _ in rows))
    lines = [Line(name, [found.get((name, place)) for place in places]) for name in names]
    svg = line_chart(places, lines)
    return f"{chart.title}\n\n{as_markdown(svg, chart.title)}" if svg else None
