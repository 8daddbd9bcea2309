"""Writes the figures of all sizes into docs/performance.md, between two marks, and their charts beside it.

What stands outside the marks is written by hand: how it is measured, and what was found.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import altair as alt

from benchmarks.sizes import SIZES

BEGIN, END = "<!-- figures: written by `make bench` -->", "<!-- end of figures -->"
SCENARIOS = {
    "first_load": "first load",
    "polars_scan": "beside it: bare Polars",
    "full_refresh": "full refresh",
    "same_statements": "beside it: the same SQL, bare",
    "sql_by_hand": "beside it: six marts by hand",
    "pandas": "beside it: pandas, main metrics",
    "night": "ordinary night",
    "empty_night": "empty night",
    "backfill": "backfill of 36 months",
    "help": "`loyalty --help`",
}
# What the seconds of a scenario are spread over, for rows per second.
ROWS = {
    "first_load": "extracted",
    "polars_scan": "extracted",
    "full_refresh": "accepted",
    "same_statements": "accepted",
    "sql_by_hand": "accepted",
    "pandas": "accepted",
    "backfill": "extracted",
}
GIB = 2**30
Figures = Mapping[str, Any]


def write(folder: Path) -> None:
    """Write the page beside the folder of figures, and the charts into it."""
    sizes = {
        letter: folder / f"{letter}.json" for letter in SIZES if letter != "XS" or len(list(folder.glob("*.json"))) == 1
    }
    measured = {letter: json.loads(path.read_text()) for letter, path in sizes.items() if path.exists()}
    chart(measured, "seconds", "seconds", 1).save(folder / "seconds.svg")
    chart(measured, "peak_bytes", "peak memory, GiB", GIB).save(folder / "memory.svg")
    parts = [targets(measured), *(table(letter, figures) for letter, figures in measured.items())]
    charts = [f"![Seconds of each scenario]({folder.name}/seconds.svg)", f"![Peak memory]({folder.name}/memory.svg)"]
    page = folder.with_suffix(".md")
    text = page.read_text(encoding="utf-8") if page.exists() else f"# Performance\n\n{BEGIN}\n{END}\n"
    before, rest = text.split(BEGIN, maxsplit=1)
    after = rest.split(END, maxsplit=1)[1]
    page.write_text("\n\n".join([before + BEGIN, *parts, *charts, END + after]), encoding="utf-8")


def table(letter: str, figures: Figures) -> str:
    """All scenarios of one size, side by side."""
    rows, machine = figures["rows"], figures["machine"]
    memory = f"{machine['processors']} processors, {machine['memory_bytes'] / GIB:.0f} GiB"
    lines = [
        f"### {letter}: {rows['orders']:,} orders, {rows['extracted']:,} rows in all",
        "",
        f"Measured on {machine['measured_on']}: {memory}, Python {machine['python']}.",
        "",
        "| scenario | seconds | of processors | rows per second | peak memory |",
        "|---|--:|--:|--:|--:|",
        *(_line(name, told, figures) for name, told in SCENARIOS.items() if name in figures),
        "",
        *_agreed(figures),
        "",
        *_spent(figures),
    ]
    return "\n".join(lines)


def _line(name: str, told: str, figures: Figures) -> str:
    found = figures[name]
    if found is None:
        return f"| {told} | ended: more than 12 GiB | | | |"
    pace = f"{figures['rows'][ROWS[name]] / found['seconds']:,.0f}" if name in ROWS else ""
    peak = f"{found['peak_bytes'] / 2**20:,.0f} MiB"
    return f"| {told} | {found['seconds']:,.1f} | {found['cpu_seconds']:,.1f} | {pace} | {peak} |"


def _agreed(figures: Figures) -> list[str]:
    told = {peer: SCENARIOS[peer].removeprefix("beside it: ") for peer in figures["agreement"]}
    cells = "; ".join(f"{told[peer]} {count:,}" for peer, count in figures["agreement"].items())
    return [f"Cells compared with the published marts, all of which agree: {cells}."]


def _spent(figures: Figures) -> list[str]:
    models, tests = figures["parts"]["seconds_of_models"], figures["parts"]["seconds_of_tests"]
    bare, other = sum(figures["statements"].values()), figures["full_refresh"]["seconds"] - models - tests
    return [
        f"Of the full refresh {models:,.1f} s went into models (bare {bare:,.1f} s), {tests:,.1f} s",
        f"into tests of data, and {other:,.1f} s into all else: starting, absorbing the lake, publishing, the report.",
    ]


def targets(measured: Mapping[str, Figures]) -> str:
    """What was aimed at, and what came out of it in each size."""
    lines = [f"| aim | {' | '.join(measured)} |", f"|---|{'--:|' * len(measured)}"]
    for told, value in AIMS.items():
        cells = []
        for letter in measured:
            try:
                shown, is_met = value(letter, measured)
                cells.append(shown if is_met is None else f"{shown} {'✓' if is_met else '✗'}")
            except (KeyError, TypeError):
                cells.append("")
        lines.append(f"| {told} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _ratio(above: Sequence[str], below: Sequence[str], most: float) -> Callable[..., tuple[str, bool]]:
    def value(letter: str, measured: Mapping[str, Figures]) -> tuple[str, bool]:
        figures = measured[letter]
        found = sum(figures[name]["seconds"] for name in above) / sum(figures[name]["seconds"] for name in below)
        return f"{found:.2f}" if found < 10 else f"{found:,.0f}", found <= most

    return value


def _most(scenario: str, field: str, most: float, unit: float, told: str) -> Callable[..., tuple[str, bool]]:
    def value(letter: str, measured: Mapping[str, Figures]) -> tuple[str, bool]:
        found = measured[letter][scenario][field] / unit
        return f"{found:.2f} {told}", found <= most

    return value


def _beside_m(scenario: str, field: str, most: float) -> Callable[..., tuple[str, bool | None]]:
    def value(letter: str, measured: Mapping[str, Figures]) -> tuple[str, bool | None]:
        found = measured[letter][scenario][field] / measured["M"][scenario][field]
        return f"{found:.2f}", found <= most if letter == "L" else None

    return value


AIMS: dict[str, Callable[..., tuple[str, bool | None]]] = {
    "full refresh, over the same SQL bare: at most 1.5": _ratio(["full_refresh"], ["same_statements"], 1.5),
    "full refresh: at most 6 GiB": _most("full_refresh", "peak_bytes", 6, GIB, "GiB"),
    "first load, over bare Polars: at most 3": _ratio(["first_load"], ["polars_scan"], 3),
    "memory of the first load, over that of M: at most 1.25 in L": _beside_m("first_load", "peak_bytes", 1.25),
    "ordinary night, over a full refresh: at most 0.1": _ratio(["night"], ["full_refresh"], 0.1),
    "ordinary night, over that of M: at most 1.3 in L": _beside_m("night", "seconds", 1.3),
    "empty night: under 15 s": _most("empty_night", "seconds", 15, 1, "s"),
    "backfill, over first load and full refresh: at most 1.2": _ratio(
        ["backfill"], ["first_load", "full_refresh"], 1.2
    ),
    "`loyalty --help`: under 0.3 s": _most("help", "seconds", 0.3, 1, "s"),
    "full refresh of all marts, over pandas for the main metrics: at most 0.1 in M": _ratio(
        ["full_refresh"], ["pandas"], 0.1
    ),
    "six marts by hand-written SQL, over pandas for fewer: at most 0.1 in M": _ratio(["sql_by_hand"], ["pandas"], 0.1),
}


def chart(measured: Mapping[str, Figures], field: str, title: str, unit: float) -> alt.Chart:
    """One bar for each scenario and size, on a scale of powers of ten."""
    rows = [
        {"scenario": told.strip("`"), "size": letter, "value": figures[name][field] / unit}
        for name, told in SCENARIOS.items()
        for letter, figures in measured.items()
        if figures.get(name)
    ]
    order = [told.strip("`") for told in SCENARIOS.values()]
    return (
        alt.Chart(alt.InlineData(values=rows), width=560)
        .mark_bar()
        .encode(
            x=alt.X("value:Q", title=title, scale=alt.Scale(type="symlog", constant=0.1)),
            y=alt.Y("scenario:N", sort=order, title=None, axis=alt.Axis(labelLimit=220)),
            yOffset=alt.YOffset("size:N", sort=list(measured)),
            color=alt.Color("size:N", sort=list(measured), title="size"),
        )
    )


if __name__ == "__main__":
    write(Path(sys.argv[1]))
