"""What a figure of the report is: a chart, the sentence that it says, the table behind it and where it is defined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt

Chart = alt.LayerChart | alt.Chart
TOO_FEW = "too few to show"
UNDER_WAY = "still under way"
ALL_HIDDEN = "No value can be shown yet: all are of too few customers or answers."


@dataclass(frozen=True)
class Table:
    """The numbers behind a chart as text for people; the first column names the row."""

    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


@dataclass(frozen=True)
class Key:
    """A colour of the chart and what it stands for; `colour` is its name in the style sheet."""

    name: str
    colour: str


@dataclass(frozen=True)
class Figure:
    """One figure of the page.

    `finding` is the sentence that it says, `counts` what is counted, `n` how much is behind it, `metrics` the ids of
    its definitions. `needs` says which source it needs, or why there is nothing yet: such a figure is not shown, but
    named at the page's end. Without a chart and without `needs` its finding is all that there is to say. A figure is
    `wide` where it does not read in half of a page; below `least_width` (in rem) it is scrolled.
    """

    anchor: str
    title: str
    counts: str
    metrics: tuple[str, ...]
    finding: str = ""
    n: str = ""
    chart: Chart | None = None
    legend: tuple[Key, ...] = ()
    table: Table | None = None
    needs: str = ""
    notes: tuple[str, ...] = ()
    wide: bool = False
    least_width: float = 0


@dataclass(frozen=True)
class Section:
    """A part of the page: its heading, one sentence about it, and its figures."""

    anchor: str
    title: str
    introduction: str
    figures: Sequence[Figure]
