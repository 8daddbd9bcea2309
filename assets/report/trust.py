"""Whether the numbers can be trusted: what became of the rows that came in, and what was restated since."""

from __future__ import annotations

import altair as alt
import polars as pl

from assets.report.charts import INK, ROW_HEIGHT, SERIES_COLOURS, layers, legend, value_axis
from assets.report.figure import Figure, Section, Table
from assets.report.marts import Published, Row
from assets.report.numbers import AXIS_FORMAT, MISSING, count, shown, title_case
from assets.report.periods import day

MOST_VERSIONS = 12
REASONS = ["late data", "correction", "definition"]
REASON_COLOURS = [SERIES_COLOURS[place] for place in (0, 1, 5)]


def section(published: Published) -> Section:
    """The figures of data quality and restatements."""
    figures = [_quality(published), _restatements(published)]
    return Section(
        "trust", "Data quality and restatements", "What came in, what was held back, what changed since?", figures
    )


def _quality(published: Published) -> Figure:
    title, anchor = "Rows that were held back", "data-quality"
    counts = "Of the rows of each entity that were extracted, the share in quarantine; each with its reason."
    counted = [pl.col(f"{kind}_count").sum() for kind in ("extracted", "accepted", "quarantined", "duplicate")]
    reason = pl.col("top_reason").drop_nulls().mode().sort().first()
    whole = pl.col("is_accounted_for").all()
    days = published.mart("data_quality")
    rows = days.group_by("entity").agg(*counted, reason, whole).sort("entity").collect().to_dicts()
    if not rows:
        return Figure(anchor, title, counts, ("data_quality",), needs="Needs a source that was extracted once.")
    total, held = (sum(row[f"{kind}_count"] for row in rows) for kind in ("extracted", "quarantined"))
    accounted = all(row["is_accounted_for"] for row in rows)
    return Figure(
        anchor,
        title,
        counts,
        ("data_quality",),
        finding=f"{count(held)} of {count(total)} rows are in quarantine. "
        + (
            "Accepted, quarantined and duplicate rows add up to what was extracted."
            if accounted
            else "The counts do not add up."
        ),
        n=f"{count(total)} rows of {len(rows)} entities, over all days",
        chart=_share_chart([_held_back(row) for row in rows]) if held else None,
        table=Table(
            ("Entity", "Extracted", "Accepted", "Quarantined", "Duplicates", "Most frequent reason"),
            [
                (
                    row["entity"],
                    *(count(row[f"{kind}_count"]) for kind in ("extracted", "accepted", "quarantined", "duplicate")),
                    row["top_reason"] or MISSING,
                )
                for row in rows
            ],
        ),
    )


def _held_back(row: Row) -> Row:
    share = row["quarantined_count"] / row["extracted_count"] if row["extracted_count"] else 0.0
    return {
        "name": title_case(row["entity"]),
        "value": share,
        "says": f"{shown(share, 'rate')} ({count(row['quarantined_count'])})",
        "reason": row["top_reason"] or MISSING,
    }


def _share_chart(rows: list[Row]) -> alt.LayerChart:
    ordered = sorted(rows, key=lambda row: -row["value"])
    y = alt.Y("name:N", sort=[row["name"] for row in ordered], axis=alt.Axis(title=None, grid=False))
    x = alt.X(
        "value:Q",
        axis=alt.Axis(title=None, format=AXIS_FORMAT["rate"], tickCount=4),
        scale=alt.Scale(domainMax=_room(ordered)),
    )
    tips = [
        alt.Tooltip("name:N", title="Entity"),
        alt.Tooltip("says:N", title="Quarantined"),
        alt.Tooltip("reason:N", title="Most frequent reason"),
    ]
    bars = alt.Chart().mark_bar(color=SERIES_COLOURS[1], height=14).encode(y=y, x=x, tooltip=tips)
    words = alt.Chart().mark_text(align="left", dx=5, color=INK).encode(y=y, x=x, text="says:N")
    return layers(bars, words, rows=ordered, height=(ROW_HEIGHT - 6) * len(ordered))


def _room(rows: list[Row]) -> float:
    """An end of the axis that leaves room for the words beside the longest bar."""
    return max([0.001, *(float(row["value"]) for row in rows)]) * 1.35


def _restatements(published: Published) -> Figure:
    title, anchor = "Published numbers that a later version changed", "restatements"
    counts = "Cells of periods that were complete, by the version that changed them and why."
    by = ["version", "as_of_date", "reason"]
    cells = published.mart("restatements").filter(~pl.col("is_derived")).group_by(by).agg(pl.len().alias("cells"))
    rows = cells.sort(by, descending=[True, True, False]).collect().to_dicts()
    if not rows:
        told = (
            "No published number was restated so far."
            if published.version > 1
            else "This is the first version: nothing was published before it that could have been restated."
        )
        return Figure(anchor, title, counts, ("restatements",), finding=told)
    versions = sorted({row["version"] for row in rows}, reverse=True)[:MOST_VERSIONS]
    bars = [
        {
            "name": f"Version {row['version']}",
            "reason": row["reason"],
            "cells": row["cells"],
            "says": count(row["cells"]),
        }
        for row in rows
        if row["version"] in versions
    ]
    newest = sum(row["cells"] for row in rows if row["version"] == published.version)
    return Figure(
        anchor,
        title,
        counts,
        ("restatements",),
        finding=f"Version {published.version} restated {count(newest)} cells; `loyalty restatements` lists each.",
        n=f"{count(sum(row['cells'] for row in rows))} cells over all versions",
        chart=_restatement_chart(bars),
        legend=legend(REASONS, REASON_COLOURS),
        table=Table(
            ("Version", "As of", "Reason", "Cells"),
            [(str(row["version"]), day(row["as_of_date"]), row["reason"], count(row["cells"])) for row in rows],
        ),
        notes=("Changes, gaps and p-values that merely follow from them are not counted.",),
    )


def _restatement_chart(rows: list[Row]) -> alt.LayerChart:
    names = list(dict.fromkeys(row["name"] for row in rows))
    scale = alt.Scale(domain=REASONS, range=REASON_COLOURS)
    tips = [
        alt.Tooltip("name:N", title="Version"),
        alt.Tooltip("reason:N", title="Reason"),
        alt.Tooltip("says:N", title="Cells"),
    ]
    bars = (
        alt.Chart()
        .mark_bar(height=14)
        .encode(
            y=alt.Y("name:N", sort=names, axis=alt.Axis(title=None, grid=False)),
            x=alt.X("cells:Q", axis=value_axis("points")),
            color=alt.Color("reason:N", scale=scale, legend=None),
            tooltip=tips,
        )
    )
    return layers(bars, rows=rows, height=(ROW_HEIGHT - 6) * len(names))
