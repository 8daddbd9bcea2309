"""How figures are drawn: a few kinds of chart, all in the colours of the page's style sheet.

A colour is named as the style sheet's variable, so that light, dark and print need no chart of their own. Periods are
names and not dates, for a browser would move dates to its own time zone.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

import altair as alt

from assets.report.figure import Key
from assets.report.numbers import AXIS_FORMAT, MISSING, count
from assets.report.points import Point, Target, chart_data, ends_of

SERIES_COLOURS = tuple(f"var(--series-{number})" for number in range(1, 8))
INK, QUIET, SURFACE, AXIS = "var(--ink)", "var(--quiet)", "var(--surface)", "var(--axis)"
HATCH = "url(#hatch)"
HEIGHT = 240
WIDEST = 3  # times the greatest value
INTERVAL: dict[str, Any] = {"strokeWidth": 1.5, "color": INK}
CAP: dict[str, Any] = {"thickness": 1.5, "size": 11, "color": INK, "opacity": 1}
DOT: dict[str, Any] = {"size": 34, "strokeWidth": 1.5, "opacity": 1}
LEAST_SPAN = {"rate": 0.1, "percent": 10.0, "index": 10.0, "points": 20.0}
BOUNDS = {"rate": (0.0, 1.0), "index": (0.0, 100.0)}
ROW_HEIGHT = 30
LINE_HEIGHT = 15
MOST_PRINTED = 15
LABEL_LETTERS = 34
ENDS = ("low", "high")
DASHES = [[1, 0], [6, 3], [2, 2], [8, 3, 2, 3]]
FONT = "system-ui, sans-serif"
THEME = {
    "background": "transparent",
    "font": FONT,
    "padding": {"left": 2, "top": 6, "right": 22, "bottom": 4},
    "autosize": {"type": "fit-x", "contains": "padding"},
    "view": {"stroke": None},
    "axis": {
        "aria": False,
        "labelColor": QUIET,
        "titleColor": QUIET,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "gridColor": "var(--grid)",
        "domain": False,
        "ticks": False,
        "labelPadding": 6,
        "labelLimit": 240,
        "titlePadding": 8,
    },
    "text": {"fontSize": 12, "fill": INK},
    # The page names each chart and has its table; a name for every mark would only be in a reader's way.
    "mark": {"aria": False},
}


def data(rows: Sequence[dict[str, Any]]) -> alt.InlineData:
    """Rows that are written into the chart itself."""
    return alt.InlineData(values=list(rows))


def layers(*charts: alt.Chart, rows: Sequence[dict[str, Any]], height: int | alt.Step = HEIGHT) -> alt.LayerChart:
    """Charts over one another, as wide as their place on the page."""
    return alt.LayerChart(layer=list(charts), data=data(rows), width="container", height=height)


def period_axis(names: Sequence[str], title: str | None = None) -> alt.X:
    """The axis of periods; where there are too many names some are left out."""
    axis = alt.Axis(labelAngle=0, labelOverlap="greedy", labelSeparation=8, labelPadding=10, grid=False, title=title)
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
    return alt.Color("series:N", scale=_colours(series, colours), legend=None)


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
    target: Target | None = None,
) -> alt.LayerChart:
    """Values by period, each with its interval; several series are lines of their own colour and dash.

    One period is no course: it is a row.
    """
    if len(names) == 1:
        return dots(points, unit, n_of, value=value, head="Period", target=target)
    series, target = series_of(points), _near(target, points)
    rows = [*chart_data(points, unit, n_of), *_gaps(points, names)]
    x = period_axis(names, x_title)
    scale = _scale(points, target, unit)
    y = alt.Y("value:Q", scale=scale, axis=value_axis(unit))
    low = alt.Y("low:Q", scale=scale)
    base = alt.Chart().encode(x=x, y=y)
    dash = alt.StrokeDash("series:N", scale=alt.Scale(domain=series, range=DASHES[: len(series)]), legend=None)
    line = base.mark_line(strokeWidth=2).encode(color=colour(series), strokeDash=dash)
    marks = base.mark_point(**DOT).encode(
        stroke=_stroke(series), fill=_fill(series), tooltip=tooltip(value, series="Series" if len(series) > 1 else "")
    )
    if len(series) > 1:
        band = alt.Chart().mark_area(opacity=0.14, clip=True)
        band = band.encode(x=x, y=low, y2="high:Q", color=colour(series))
        return layers(band, line, marks, *_target("y", target), rows=rows)
    sure = alt.Chart().mark_rule(**INTERVAL, clip=True).encode(x=x, y=low, y2="high:Q")
    caps = [alt.Chart().mark_tick(**CAP, clip=True).encode(x=x, y=alt.Y(f"{end}:Q", scale=scale)) for end in ENDS]
    return layers(line, marks, sure, *caps, *_target("y", target), rows=rows)


def _gaps(points: Sequence[Point], names: Sequence[str]) -> list[dict[str, Any]]:
    """A row without a value for each period without one, so that no line is drawn across it."""
    there = {(point.series, point.name) for point in points if point.value is not None}
    return [
        {"name": name, "series": series, "value": None}
        for series in series_of(points)
        for name in names
        if (series, name) not in there
    ]


def _near(target: Target | None, points: Sequence[Point]) -> Target | None:
    """The target where the axis may reach to it: one that is far would press the values together."""
    return target if target is not None and target.is_near(points) else None


def _scale(points: Sequence[Point], target: Target | None, unit: str) -> alt.Scale:
    """The scale of values: an interval so wide that the values beside it would look alike is cut, and values that
    hardly differ are not drawn as if they did.
    """
    values = [point.value for point in points if point.value is not None]
    highs = [point.high for point in points if point.high is not None]
    aims = [] if target is None else [target.value]
    most = max([*values, *aims], default=1.0)
    if max(highs, default=most) > WIDEST * most > 0:
        return alt.Scale(domain=[0, WIDEST / 2 * most], nice=True, clamp=True)
    ends = [*ends_of(points), *aims]
    missing = LEAST_SPAN.get(unit, 0.0) - (max(ends) - min(ends)) if ends else 0.0
    if missing <= 0:
        return alt.Scale(zero=False)
    least, greatest = BOUNDS.get(unit, (float("-inf"), float("inf")))
    return alt.Scale(domain=[max(least, min(ends) - missing / 2), min(greatest, max(ends) + missing / 2)], nice=True)


def dots(
    points: Sequence[Point],
    unit: str,
    n_of: str,
    *,
    value: str,
    head: str,
    target: Target | None = None,
    colours: Sequence[str] = SERIES_COLOURS,
) -> alt.LayerChart:
    """One row per name: the value as a dot under its interval, and a line at the target.

    Where there are few rows, value, interval and n stand beside them. The series of a name lie under one another.
    """
    series, target = series_of(points), _near(target, points)
    rows, is_grouped = _labelled(chart_data(points, unit, n_of))
    labels = list(dict.fromkeys(row["label"] for row in rows))
    y, lines = _row_axis(labels)
    scale = _scale(points, target, unit)
    offset = {"yOffset": alt.YOffset("series:N", sort=series)} if is_grouped else {}
    tips = tooltip(value, head=head, series="Series" if len(series) > 1 else "")
    marks = alt.Chart().mark_point(**DOT)
    marks = marks.encode(
        y=y,
        x=alt.X("value:Q", scale=scale, axis=value_axis(unit)),
        stroke=_stroke(series, colours),
        fill=_fill(series, colours),
        tooltip=tips,
        **offset,
    )
    sure = (
        alt.Chart().mark_rule(**INTERVAL, clip=True).encode(y=y, x=alt.X("low:Q", scale=scale), x2="high:Q", **offset)
    )
    caps = [
        alt.Chart().mark_tick(**CAP, clip=True).encode(y=y, x=alt.X(f"{end}:Q", scale=scale), **offset) for end in ENDS
    ]
    row_height = ROW_HEIGHT * 1.5 if is_grouped else max(ROW_HEIGHT, lines * LINE_HEIGHT + 10)
    height = int(row_height * max(1, len(labels))) + 10
    return layers(marks, sure, *caps, *_target("x", target), rows=rows, height=height)


def _row_axis(labels: Sequence[str]) -> tuple[alt.Y, int]:
    """The axis of rows, each label with its middle at its row, and the most lines that a label has."""
    lines = max((label.count("\n") + 1 for label in labels), default=1)
    axis = alt.Axis(
        title=None,
        grid=False,
        labelExpr="split(datum.label, '\\n')",
        labelLineHeight=LINE_HEIGHT,
        labelOffset=-(lines - 1) * LINE_HEIGHT / 2,
    )
    return alt.Y("label:N", sort=list(labels), axis=axis), lines


def _labelled(rows: Sequence[dict[str, Any]]) -> tuple[list[dict[str, Any]], bool]:
    """The rows with what stands beside each, broken into lines, and whether several series share a name."""
    names = {row["name"] for row in rows}
    is_grouped = len({(row["name"], row["series"]) for row in rows}) > len(names)
    is_printed = len(rows) <= MOST_PRINTED and not is_grouped
    return [{**row, "label": "\n".join(_lines(row, is_printed=is_printed))} for row in rows], is_grouped


def _lines(row: dict[str, Any], *, is_printed: bool) -> list[str]:
    # A name that is one long word is broken, too, for a label that is cut off names nothing.
    lines = textwrap.wrap(row["name"], LABEL_LETTERS) or [row["name"]]
    if is_printed:
        sure = "" if row["sure"] == MISSING else f" ({row['sure']})"
        lines.append(f"{row['says']}{sure}, n {count(row['behind'])}")
    return lines


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
    if all(row["complete"] for row in rows):
        return layers(solid, rows=rows)
    hatched = bars.mark_bar(fill=HATCH).encode(detail="series:N").transform_filter("!datum.complete")
    return layers(solid, hatched, rows=rows)


def _stroke(series: Sequence[str], colours: Sequence[str] = SERIES_COLOURS) -> alt.Stroke:
    return alt.Stroke("series:N", scale=_colours(series, colours), legend=None)


def _fill(series: Sequence[str], colours: Sequence[str] = SERIES_COLOURS) -> Any:
    """The series' colour; hollow where the period is under way."""
    own = alt.Fill("series:N", scale=_colours(series, colours), legend=None)
    return alt.when("!datum.complete").then(alt.value(SURFACE)).otherwise(own)


def _colours(series: Sequence[str], colours: Sequence[str]) -> alt.Scale:
    return alt.Scale(domain=list(series), range=list(colours[: len(series)]))


def _target(axis: str, target: Target | None) -> list[alt.Chart]:
    """A dashed line at the target, with its name."""
    if target is None:
        return []
    once = alt.Chart(data([{"target": target.value}]))
    line = once.mark_rule(strokeDash=[4, 3], color=QUIET)
    if axis == "x":
        words = once.mark_text(text=target.told, color=QUIET, align="right", baseline="top", dx=-5)
        return [line.encode(x="target:Q"), words.encode(x="target:Q", y=alt.value(0))]
    words = once.mark_text(text=target.told, color=QUIET, align="left", baseline="bottom", dy=-3)
    return [line.encode(y="target:Q"), words.encode(y="target:Q", x=alt.value(0))]
