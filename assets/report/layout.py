"""What of the sections is shown, and which figures stand beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from assets.report.figure import Figure, Section

MOST_DIFFERENCE = 130  # pixels by which one chart may be taller than the one beside it


def with_content(sections: Sequence[Section]) -> list[Section]:
    """The sections that have something to show, without the figures that have not, in their usual order."""
    found = [(section, [figure for figure in section.figures if not figure.needs]) for section in sections]
    return [replace(section, figures=side_by_side(figures)) for section, figures in found if figures]


def not_shown(sections: Sequence[Section]) -> list[Figure]:
    """The figures that a source or a value is missing for, of all sections."""
    return [figure for section in sections for figure in section.figures if figure.needs]


def side_by_side(figures: Sequence[Figure]) -> list[Figure]:
    """The figures, of which two of much the same height stand beside each other; all others are wide.

    A short figure beside a tall one would leave a hole.
    """
    placed: list[Figure] = []
    rest = list(figures)
    while rest:
        first, *rest = rest
        if rest and _are_alike(first, rest[0]):
            placed += [first, rest.pop(0)]
        else:
            placed.append(replace(first, wide=True))
    return placed


def _are_alike(one: Figure, other: Figure) -> bool:
    if one.wide or other.wide or (one.chart is None) != (other.chart is None):
        return False
    return abs(_height(one) - _height(other)) <= MOST_DIFFERENCE


def _height(figure: Figure) -> float:
    height = 0 if figure.chart is None else figure.chart.to_dict().get("height", 0)
    return height if isinstance(height, int | float) else 0
