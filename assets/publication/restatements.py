"""Tells which published numbers a new version changed, and why: the mart `restatements`.

The marts of the new version are compared with the files of the version before, cell by cell. Compared is what had
settled in both: rows of periods that were complete, in marts that say by `settled` in their YAML which of their rows
change from then on only where data or definitions do. docs/decisions/restatements.md has the reasons and an example.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from assets.publication.cells import Comparison, compare, text
from assets.warehouse.catalogue import PublishedMart, published_marts
from assets.warehouse.changes import CORRECTION, LATE_DATA

MART = "restatements"
KEY = ("version", "mart", "row_key", "column_name")
DEFINITION = "definition"
DESCRIPTION = (
    "The published numbers that a later version changed: cells of settled periods, over all versions so far. One row "
    "per version, mart, row key and column."
)
COLUMNS = {
    "version": ("integer", "The version that changed the cell."),
    "old_version": ("integer", "The version that was published before it."),
    "run_id": ("varchar", "The run that published the version."),
    "published_at": ("timestamp", "When it was published, in UTC."),
    "as_of_date": ("date", "The last business day that the version takes into account."),
    "mart": ("varchar", "The mart of the cell."),
    "metric_id": ("varchar", "The row's metric; null where the mart has no such column. So the next four."),
    "grain": ("varchar", "The row's grain."),
    "period_start": ("date", "First day of the row's period, or of its cohort's where it has no period of its own."),
    "dimension": ("varchar", "The row's dimension."),
    "dimension_value": ("varchar", "The row's value of it."),
    "row_key": ("varchar", "All key columns of the row as JSON, in the order of the mart's key."),
    "column_name": ("varchar", "The column whose value changed."),
    "old_value": ("varchar", "The value before, as exact text; null where it was null or the row is new."),
    "new_value": ("varchar", "The value now; null where it is null or the row is gone."),
    "change_kind": ("varchar", "`changed`, or `added` or `removed` with its whole row."),
    "reason": ("varchar", "`late data`, `correction` or `definition`."),
    "is_derived": (
        "boolean",
        "Whether the cell compares with another period, segment or target, so that it changes whenever these do.",
    ),
}


@dataclass(frozen=True)
class Label:
    """What is said of a version wherever it is spoken of; `definitions` is a digest of its settings and models."""

    version: int
    as_of_date: dt.date
    run_id: str
    published_at: dt.datetime
    definitions: str


def write_restatements(
    connection: duckdb.DuckDBPyConnection,
    label: Label,
    written: Sequence[str],
    old_folder: Path | None,
    keep_days: int | None,
) -> int:
    """Create the mart `restatements` beside the new version's marts, `written`; returns how many cells it restates.

    `old_folder` is the folder of the version published before, which hands its own restatements on for `keep_days`.
    Where there is none, or none are to be kept, the mart is empty.
    """
    body = ", ".join(f"{name} {data_type}" for name, (data_type, _) in COLUMNS.items())
    connection.execute(f"create table publication.marts.{MART} ({body})")
    if old_folder is None or keep_days is None:
        return 0
    marts = old_folder / "marts"
    old = pl.read_parquet(marts / "publication.parquet").row(0, named=True)
    through = min(old["as_of_date"], label.as_of_date)
    connection.execute(CHANGED_CELLS)
    known = published_marts()
    for name in written:
        mart = known.get(name)
        if mart and mart.settled and (marts / f"{name}.parquet").exists():
            _compare_mart(connection, name, mart, marts / f"{name}.parquet", (old["as_of_date"], label.as_of_date))
    if (marts / f"{MART}.parquet").exists():
        since = label.published_at - dt.timedelta(days=keep_days)
        kept = f"select * from read_parquet({text(marts / f'{MART}.parquet')}) where published_at >= ?"
        connection.execute(f"insert into publication.marts.{MART} by name {kept}", [since])
    is_defined_anew = old.get("definitions") != label.definitions
    return _add_changed_cells(connection, label, old["version"], through, is_defined_anew=is_defined_anew)


def forget_arrivals(connection: duckdb.DuckDBPyConnection, version: int) -> None:
    """Begin to note anew what comes into the warehouse after `version` was published."""
    connection.execute("delete from control.arrivals")
    connection.execute("delete from control.arrivals_since")
    connection.execute("insert into control.arrivals_since values (?)", [version])


def read_restatements(folder: Path, version: int | None = None, metric: str | None = None) -> pl.DataFrame:
    """The restatements that `current` holds, newest version first; of all versions and metrics where none is named."""
    path = folder / "current" / "marts" / f"{MART}.parquet"
    if not path.exists():
        return pl.DataFrame(schema=dict.fromkeys(COLUMNS, pl.String))
    rows = pl.scan_parquet(path)
    if version is not None:
        rows = rows.filter(pl.col("version") == version)
    if metric is not None:
        rows = rows.filter(pl.coalesce("metric_id", "mart") == metric)
    order = ["version", "is_derived", "mart", "metric_id", "row_key", "column_name"]
    return rows.sort(order, descending=[True, *[False] * 5]).collect()


def for_people(restated: pl.DataFrame) -> pl.DataFrame:
    """What a person reads of restatements: the key's values without its names, and numbers of six digits."""
    values = pl.col("row_key").map_elements(lambda key: " ".join(map(str, json.loads(key).values())), pl.String)
    short = [_shortened(name).alias(title) for name, title in (("old_value", "old"), ("new_value", "new"))]
    return restated.select(
        "version", "mart", values.alias("row"), pl.col("column_name").alias("column"), *short, "reason"
    )


def _shortened(name: str) -> pl.Expr:
    number = pl.col(name).cast(pl.Float64, strict=False).round_sig_figs(6).cast(pl.String)
    return pl.when(pl.col(name).str.contains(".", literal=True)).then(pl.coalesce(number, name)).otherwise(name)


def summarise(restated: pl.DataFrame, most: int = 5) -> dict[str, list[dict[str, object]]]:
    """Cells by mart and reason, and the values of `kpi` that changed most, relative to the larger one; totals first."""
    by_mart = (
        restated.group_by("mart", "reason").agg(pl.len().alias("cells")).sort("cells", "mart", descending=[True, False])
    )
    old, new = pl.col("old_value").cast(pl.Float64, strict=False), pl.col("new_value").cast(pl.Float64, strict=False)
    values = restated.filter(
        pl.col("mart") == "kpi", pl.col("column_name") == "value", pl.col("change_kind") == "changed"
    )
    largest = values.sort(
        pl.col("dimension") != "total",
        -(new - old).abs() / pl.max_horizontal(new.abs(), old.abs()),
        "row_key",
        nulls_last=True,
    )
    readable = [
        "metric_id",
        "grain",
        "period_start",
        "dimension",
        "dimension_value",
        "old_value",
        "new_value",
        "reason",
    ]
    return {"by_mart": by_mart.to_dicts(), "largest": largest.head(most).select(readable).to_dicts()}


CHANGED_CELLS = """
create or replace temp table changed_cells (
    mart varchar, metric_id varchar, grain varchar, period_start date, dimension varchar, dimension_value varchar,
    row_key varchar, column_name varchar, old_value varchar, new_value varchar, change_kind varchar, last_day date
)
"""


def _compare_mart(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    mart: PublishedMart,
    old_file: Path,
    as_of: tuple[dt.date, dt.date],
) -> None:
    old_types = _types(connection, f"read_parquet({text(old_file)})")
    new_types = _types(connection, f'publication.marts."{name}"')
    if not {*mart.key, "is_complete"} <= old_types.keys() & new_types.keys():
        # Rows of another key are other rows: a change of the mart's contract, which has a version of its own.
        return
    comparison = Comparison(name, mart.key, str(mart.settled), old_types, new_types, text(old_file), *as_of)
    connection.execute(f"insert into temp.changed_cells {compare(comparison)}")


def _types(connection: duckdb.DuckDBPyConnection, relation: str) -> dict[str, str]:
    return {row[0]: row[1] for row in connection.execute(f"describe select * from {relation}").fetchall()}


# A period's own days tell the reason; where nothing came on them, all that came since the version before does.
ADD_CHANGED_CELLS = """
insert into publication.marts.restatements
with arrivals as (
    select * from control.arrivals where business_day <= $through
),

spans as (
    select distinct period_start, last_day from temp.changed_cells
),

spans_judged as (
    select
        spans.period_start,
        spans.last_day,
        bool_or(arrivals.reason = $correction) as is_correction
    from spans
    inner join arrivals on arrivals.business_day between spans.period_start and spans.last_day
    group by spans.period_start, spans.last_day
),

judged as (
    select
        cells.*,
        coalesce(
            spans_judged.is_correction,
            (select bool_or(arrivals.reason = $correction) from arrivals),
            false
        ) as is_correction
    from temp.changed_cells as cells
    left join spans_judged
        on cells.period_start = spans_judged.period_start and cells.last_day = spans_judged.last_day
)

select
    $version, $old_version, $run_id, $published_at, $as_of_date,
    mart, metric_id, grain, period_start, dimension, dimension_value, row_key, column_name, old_value, new_value,
    change_kind,
    case
        when $is_defined_anew then $definition
        when is_correction or $is_unknown then $correction
        else $late_data
    end,
    regexp_matches(column_name, '^previous_|(^|_)change(_|$)|p_value|^gap_to_target$')
from judged
order by all
"""


def _add_changed_cells(
    connection: duckdb.DuckDBPyConnection,
    label: Label,
    old_version: int,
    through: dt.date,
    *,
    is_defined_anew: bool,
) -> int:
    """Give each changed cell its reason; a warehouse that does not know what came since then names the graver one."""
    noted_since = connection.execute("select version from control.arrivals_since").fetchall()
    parameters = {
        "through": through,
        "version": label.version,
        "old_version": old_version,
        "run_id": label.run_id,
        "published_at": label.published_at,
        "as_of_date": label.as_of_date,
        "is_defined_anew": is_defined_anew,
        "is_unknown": noted_since != [(old_version,)],
        "definition": DEFINITION,
        "correction": CORRECTION,
        "late_data": LATE_DATA,
    }
    connection.execute(ADD_CHANGED_CELLS, parameters)
    return int(connection.execute("select count(*) from temp.changed_cells").fetchall()[0][0])
