"""Small line charts as SVG, for the UI of Dagster.

Drawn by hand: the library that draws the report's charts takes more than half a second of CPU for its first picture.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby

WIDTH, HEIGHT = 520, 180
LEFT, RIGHT, TOP, BOTTOM = 58, 14, 30, 24
COLOURS = ("#4c6fff", "#d9730d", "#1f9d6b", "#a855c7", "#c2453f")
FONT = 'font-family="system-ui, sans-serif" font-size="11"'


@dataclass(frozen=True)
class Line:
    """A named course of values over the places of the chart; null where there is none."""

    name: str
    values: Sequence[float | None]


def line_chart(places: Sequence[str], lines: Sequence[Line]) -> str | None:
    """The lines as SVG over named places; null where there are not two values to compare."""
    values = [value for line in lines for value in line.values if value is not None]
    if len(values) < 2 or len(places) < 2:
        return None
    low, high = min(values), max(values)
    margin = (high - low) * 0.08 or abs(high) * 0.1 or 1.0
    bottom, top = low - margin, high + margin

    def x(place: int) -> float:
        return LEFT + place * (WIDTH - LEFT - RIGHT) / (len(places) - 1)

    def y(value: float) -> float:
        return HEIGHT - BOTTOM - (value - bottom) / (top - bottom) * (HEIGHT - TOP - BOTTOM)

    body = [_level(y(value), value) for value in dict.fromkeys((low, (low + high) / 2, high))]
    ends = ((0, "start"), (len(places) - 1, "end"))
    body += [_text(x(place), HEIGHT - 8, places[place], anchor) for place, anchor in ends]
    left = float(LEFT)
    for line, colour in zip(lines, COLOURS, strict=False):
        points = [None if value is None else (x(place), y(value)) for place, value in enumerate(line.values)]
        body += _course(points, colour)
        body.append(f'<rect x="{left:.0f}" y="9" width="10" height="10" fill="{colour}"/>')
        body.append(_text(left + 15, 18, line.name, "start"))
        left += 34 + 6.2 * len(line.name)
    size = f'width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}"'
    paper = f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{paper}{"".join(body)}</svg>'


def as_markdown(svg: str, says: str) -> str:
    """A picture within Markdown that asks nobody for anything; `says` is read where it cannot be seen."""
    return f"![{says}](data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()})"


def _course(points: Sequence[tuple[float, float] | None], colour: str) -> Iterator[str]:
    """A dot for each value, and a line between neighbours: none is drawn across a gap."""
    for is_there, run in groupby(points, lambda point: point is not None):
        neighbours = [point for point in run if point is not None]
        if is_there:
            path = " ".join(f"{x:.1f},{y:.1f}" for x, y in neighbours)
            yield f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
            yield from (f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2" fill="{colour}"/>' for x, y in neighbours)


def _level(y: float, value: float) -> str:
    line = f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#e3e6ea"/>'
    return line + _text(LEFT - 6, y + 4, _number(value), "end")


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text x="{x:.0f}" y="{y:.1f}" {FONT} fill="#4b5563" text-anchor="{anchor}">{escape(words)}</text>'


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
