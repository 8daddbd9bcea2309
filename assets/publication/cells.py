"""The query that finds the cells in which two versions of a mart differ."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# Doubles that are nearer than this, relative to the larger one, are the same number: sums of other order differ so.
TOLERANCE = "1e-12"
GRAINS = {"day": "1 day", "week": "7 days", "month": "1 month", "quarter": "3 months", "year": "1 year"}
PERIOD_STARTS = ("period_start", "month_start", "cohort_start", "before_start")
# Days after the period in which its numbers still grow; and the columns by which rows of one period have windows of
# different length.
WINDOWS = ("window_days", "horizon_days", "days_since_start")
WINDOW_NAMES = ("grain", "metric_id", "kind", "period_offset", "measure", "window_name", "horizon_days")
READABLE = ("metric_id", "grain", "dimension", "dimension_value")


@dataclass(frozen=True)
class Comparison:
    """A mart in two versions: its key, which of its rows settle (SQL over the key), and its columns' types in each."""

    mart: str
    key: Sequence[str]
    settled: str
    old_types: Mapping[str, str]
    new_types: Mapping[str, str]
    old_file: str
    old_as_of: dt.date
    new_as_of: dt.date

    @property
    def through(self) -> dt.date:
        """The day up to which both versions know what happened; periods that end later are not compared."""
        return min(self.old_as_of, self.new_as_of)


def compare(comparison: Comparison) -> str:
    """A query with a row for each cell that differs."""
    key = comparison.key
    shared = [name for name in comparison.new_types if name in comparison.old_types]
    columns = [name for name in shared if name not in key]
    types = comparison.old_types, comparison.new_types
    differs = {name: _differs(name, types[0][name], types[1][name]) for name in columns}
    cells = ",\n".join(
        f"{{column_name: {text(name)}, old_value: cast(o.{_name(name)} as varchar), "
        f"new_value: cast(n.{_name(name)} as varchar), differs: {condition}}}"
        for name, condition in differs.items()
    )
    window = [name for name in WINDOW_NAMES if name in key]
    return f"""
with old as ({_rows(shared, f"read_parquet({comparison.old_file})", comparison)}),
new as ({_rows(shared, f"publication.marts.{_name(comparison.mart)}", comparison)}),
rows as (
    select
        {", ".join(f"coalesce(n.{_name(name)}, o.{_name(name)}) as {_name(name)}" for name in key)},
        coalesce(n.restated_start, o.restated_start) as restated_start,
        coalesce(n.restated_end, o.restated_end) as restated_end,
        case when o.restated_end is null then 'added' when n.restated_end is null then 'removed' else 'changed' end
            as change_kind,
        unnest([{cells}]) as cell
    from old as o
    full join new as n on {" and ".join(f"o.{_name(name)} is not distinct from n.{_name(name)}" for name in key)}
    where
        coalesce(o.is_complete, n.is_complete)
        and {_was_due(comparison, window)}
        and coalesce(o.restated_end, n.restated_end) <= date '{comparison.through}'
        and ({" or ".join(differs.values())})
)
select
    {text(comparison.mart)} as mart,
    {", ".join(_readable(key))},
    cast(to_json({{{", ".join(f"{text(name)}: {_name(name)}" for name in key)}}}) as varchar) as row_key,
    cell.column_name as column_name,
    cell.old_value as old_value,
    cell.new_value as new_value,
    change_kind,
    restated_end as last_day
from rows
where cell.differs
"""


def _was_due(comparison: Comparison, window: Sequence[str]) -> str:
    """Whether a row was to be expected complete in both versions, where their as-of dates differ.

    Many rows are there only from the day on which someone's window has passed: the version that lacks one must have
    rows of this period, or of a later one, complete. Where the date went back, what is incomplete again is none.
    """
    if comparison.old_as_of == comparison.new_as_of:
        return "true"
    went_back = comparison.new_as_of < comparison.old_as_of
    there, absent, version = ("o", "n", "new") if went_back else ("n", "o", "old")
    same_window = " and ".join(f"due.{name} is not distinct from {there}.{name}" for name in window) or "true"
    due = f"select 1 from {version} as due where due.is_complete and due.restated_start >= {there}.restated_start"
    is_due = f"({absent}.restated_end is not null or exists ({due} and {same_window}))"
    return f"{is_due} and coalesce(n.is_complete, true)" if went_back else is_due


def _rows(columns: Sequence[str], relation: str, comparison: Comparison) -> str:
    """The rows that settle, with the first and the last day of what they are about."""
    start = _first(PERIOD_STARTS, columns)
    if "after_end" in columns:
        end = "after_end - interval 1 day"
    else:
        grain = "grain" if "grain" in columns else "'month'"
        length = " ".join(f"when {text(name)} then interval {text(days)}" for name, days in GRAINS.items())
        windows = "".join(f" + to_days(cast(coalesce({name}, 0) as integer))" for name in WINDOWS if name in columns)
        end = f"{start} + case {grain} {length} end - interval 1 day{windows}"
    names = ", ".join(map(_name, columns))
    days = f"{start} as restated_start, cast({end} as date) as restated_end"
    return f"select {names}, {days} from {relation} where {comparison.settled} and restated_end is not null"


def _first(names: Sequence[str], columns: Sequence[str]) -> str:
    return f"coalesce({', '.join(name for name in names if name in columns)})"


def _readable(key: Sequence[str]) -> list[str]:
    """metric_id, grain, period_start, dimension and dimension_value; null where the key does not have them."""
    found = [f"{_name(name) if name in key else 'null'} as {name}" for name in READABLE]
    return [*found[:2], "restated_start as period_start", *found[2:]]


def _differs(name: str, old_type: str, new_type: str) -> str:
    """A condition that is never null: whether a cell differs by more than rounding, or by more than its type."""
    old, new = f"o.{_name(name)}", f"n.{_name(name)}"
    if old_type != new_type:
        old, new = (
            f"coalesce(cast(try_cast({side} as double) as varchar), cast({side} as varchar))" for side in (old, new)
        )
    elif old_type == "DOUBLE":
        near = f"abs({old} - {new}) <= greatest({TOLERANCE}, {TOLERANCE} * greatest(abs({old}), abs({new})))"
        return f"(({old} is distinct from {new}) and not coalesce({near}, false))"
    return f"({old} is distinct from {new})"


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def text(value: object) -> str:
    """A value as a literal of SQL."""
    return "'" + str(value).replace("'", "''") + "'"
