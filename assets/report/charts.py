"""How figures are drawn: a few kinds of chart, all in the colours of the page's style sheet.

A colour is named as the style sheet's variable, so that light, dark and print need no chart of their own. Periods are
names and not dates, for a browser would move dates to its own time zone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from assets.report.figure import Key
from assets.report.numbers import AXIS_FORMAT
from assets.report.points import Point, chart_data

SERIES_COLOURS = tuple(f"var(--series-{number})" for number in range(1, 8))
INK, QUIET, SURFACE, AXIS = "var(--ink)", "var(--quiet)", "var(--surface)", "var(--axis)"
HATCH = "url(#hatch)"
HEIGHT = 240
ROW_HEIGHT = 30
DASHES = [[1, 0], [6, 3], [2, 2], [8, 3, 2, 3]]
FONT = "system-ui, sans-serif"
THEME = {
    "background": "transparent",
    "font": FONT,
    "autosize": {"type": "fit-x", "contains": "padding"},
    "view": {"stroke": None},
    "axis": {
        "labelColor": QUIET,
        "titleColor": QUIET,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "gridColor": "var(--grid)",
        "domain": False,
        "ticks": False,
        "labelPadding": 6,
        "labelLimit": 150,
        "titlePadding": 8,
    },
    "text": {"fontSize": 12, "fill": INK},
}


def data(rows: Sequence[dict[str, Any]]) -> alt.InlineData:
    """Rows that are written into the chart itself."""
    return alt.InlineData(values=list(rows))


def layers(*charts: alt.Chart, rows: Sequence[dict[str, Any]], height: int | alt.Step = HEIGHT) -> alt.LayerChart:
    """Charts over one another, as wide as their place on the page."""
    return alt.LayerChart(layer=list(charts), data=data(rows), width="container", height=height)


def period_axis(names: Sequence[str], title: str | None = None) -> alt.X:
    """The axis of periods; where there are too many names some are left out."""
    axis = alt.Axis(labelAngle=0, labelOverlap="greedy", labelSeparation=8, grid=False, title=title)
    return alt.X("name:O", scale=alt.Scale(domain=list(names)), sort=None, axis=axis)


def value_axis(unit: str) -> alt.Axis:
    """The axis of values, with few ticks; what they are is the figure's title."""
    return alt.Axis(title=None, format=AXIS_FORMAT.get(unit, ",~f"), tickCount=5)


def tooltip(value: str, *, series: str = "", head: str = "Period") -> list[alt.Tooltip]:
    """What is told of the point under the pointer: all that the table says of it."""
    return [
        alt.Tooltip("name:N", title=head),
        *([alt.Tooltip("series:N", title=series)] if series else []),
        alt.Tooltip("says:N", title=value),
        alt.Tooltip("sure:N", title="95% interval"),
        alt.Tooltip("n:N", title="n"),
        alt.Tooltip("state:N", title="State"),
    ]


def colour(series: Sequence[str], colours: Sequence[str] = SERIES_COLOURS) -> alt.Color:
    """The colours of the series in their order; the page shows their legend."""
    return alt.Color("series:N", scale=alt.Scale(domain=list(series), range=list(colours[: len(series)])), legend=None)


def series_of(points: Sequence[Point]) -> list[str]:
    """The series in the order in which they first come."""
    return list(dict.fromkeys(point.series for point in points))


def legend(names: Sequence[str], colours: Sequence[str] = SERIES_COLOURS) -> tuple[Key, ...]:
    """What the colours stand for, which the page writes above the chart."""
    return tuple(
        Key(name, colour.removeprefix("var(--").removesuffix(")")) for name, colour in zip(names, colours, strict=False)
    )


def trend(
    points: Sequence[Point],
    names: Sequence[str],
    unit: str,
    n_of: str,
    *,
    value: str,
    x_title: str | None = None,
    target: float | None = None,
) -> alt.LayerChart:
    """Values by period, each with its interval; several series are lines of their own colour and dash."""
    rows, series = chart_data(points, unit, n_of), series_of(points)
    x = period_axis(names, x_title)
    y = alt.Y("value:Q", scale=alt.Scale(zero=False), axis=value_axis(unit))
    tips = tooltip(value, series="Series" if len(series) > 1 else "")
    base = alt.Chart().encode(x=x, y=y)
    dash = alt.StrokeDash("series:N", scale=alt.Scale(domain=series, range=DASHES[: len(series)]), legend=None)
    line = base.mark_line(strokeWidth=2).encode(color=colour(series), strokeDash=dash)
    if len(series) > 1:
        sure = alt.Chart().mark_area(opacity=0.14).encode(x=x, y="low:Q", y2="high:Q", color=colour(series))
    else:
        sure = (
            alt.Chart().mark_rule(strokeWidth=5, opacity=0.28).encode(x=x, y="low:Q", y2="high:Q", color=colour(series))
        )
    dots = base.mark_point(size=56, strokeWidth=2, opacity=1).encode(
        stroke=_stroke(series), fill=_fill(series), tooltip=tips
    )
    return layers(*_target("y", target), sure, line, dots, rows=rows)


def dots(
    points: Sequence[Point], unit: str, n_of: str, *, value: str, head: str, target: float | None = None
) -> alt.LayerChart:
    """One row per name: the value as a dot on its interval; the way to the target is a thin line."""
    rows, series = chart_data(points, unit, n_of), series_of(points)
    names = list(dict.fromkeys(point.name for point in points if point.value is not None))
    y = alt.Y("name:N", sort=names, axis=alt.Axis(title=None, grid=False))
    x = alt.X("value:Q", scale=alt.Scale(zero=False, nice=True), axis=value_axis(unit))
    offset = {"yOffset": alt.YOffset("series:N", sort=series)} if len(series) > 1 else {}
    sure = (
        alt.Chart()
        .mark_rule(strokeWidth=5, opacity=0.28)
        .encode(y=y, x=alt.X("low:Q"), x2="high:Q", color=colour(series), **offset)
    )
    marks = (
        alt.Chart()
        .mark_point(size=64, strokeWidth=2, opacity=1)
        .encode(y=y, x=x, stroke=_stroke(series), fill=_fill(series), tooltip=tooltip(value, head=head), **offset)
    )
    height = ROW_HEIGHT * max(1, len(names)) * (1 if len(series) == 1 else 1.5)
    return layers(*_target("x", target), sure, marks, rows=rows, height=int(height) + 10)


def stacked(
    points: Sequence[Point], names: Sequence[str], unit: str, n_of: str, *, value: str, colours: Sequence[str]
) -> alt.LayerChart:
    """Parts of a whole by period, in the order of their series; periods under way are hatched."""
    series = series_of(points)
    rows = [{**row, "place": series.index(row["series"])} for row in chart_data(points, unit, n_of)]
    bars = alt.Chart().encode(
        x=period_axis(names),
        y=alt.Y("value:Q", stack="zero", axis=value_axis(unit)),
        order="place:Q",
        tooltip=tooltip(value, series="Part"),
    )
    solid = bars.mark_bar(stroke=SURFACE, strokeWidth=1).encode(color=colour(series, colours))
    hatched = bars.mark_bar(fill=HATCH).encode(detail="series:N").transform_filter("!datum.complete")
    return layers(solid, hatched, rows=rows)


def _stroke(series: Sequence[str]) -> alt.Stroke:
    scale = alt.Scale(domain=list(series), range=list(SERIES_COLOURS[: len(series)]))
    return alt.Stroke("series:N", scale=scale, legend=None)


def _fill(series: Sequence[str]) -> Any:
    """The series' colour; hollow where the period is under way."""
    scale = alt.Scale(domain=list(series), range=list(SERIES_COLOURS[: len(series)]))
    return (
        alt.when("!datum.complete").then(alt.value(SURFACE)).otherwise(alt.Fill("series:N", scale=scale, legend=None))
    )


def _target(axis: str, target: float | None) -> list[alt.Chart]:
    """A dashed line at the target, with its name."""
    if target is None:
        return []
    line = alt.Chart().mark_rule(strokeDash=[4, 3], color=QUIET)
    if axis == "x":
        text = alt.Chart().mark_text(text="target", color=QUIET, align="right", baseline="top", dx=-5)
        return [line.encode(x=alt.datum(target)), text.encode(x=alt.datum(target), y=alt.value(0))]
    text = alt.Chart().mark_text(text="target", color=QUIET, align="left", baseline="bottom", dy=-3)
    return [line.encode(y=alt.datum(target)), text.encode(y=alt.datum(target), x=alt.value(0))]
