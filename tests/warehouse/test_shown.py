"""The pictures and previews of the UI at their edges.

What it guards against: a run that fails because a mart has one value, or none; names from the data that become markup.
"""

from __future__ import annotations

import re

import dagster as dg
import duckdb
import pytest

from assets.warehouse.charts import Line, as_markdown, line_chart
from assets.warehouse.shown import shown_metadata


@pytest.mark.parametrize("values", [[], [1.0], [None, 1.0], [None, None]])
def test_there_is_no_chart_of_less_than_two_values(values: list[float | None]) -> None:
    assert line_chart([str(n) for n in range(len(values))], [Line("a", values)]) is None


@pytest.mark.parametrize("values", [[5.0, 5.0], [0.0, 0.0], [-3.0, None, 3.0]])
def test_a_level_line_and_a_gap_are_drawn_within_the_picture(values: list[float | None]) -> None:
    svg = line_chart([str(n) for n in range(len(values))], [Line("a", values)])
    assert svg is not None
    courses = [course.split() for course in re.findall(r'points="([^"]*)"', svg)]
    assert len(courses) == 1 + values.count(None), "no line is drawn across a gap"
    points = [point for course in courses for point in course]
    assert len(points) == len([value for value in values if value is not None])
    assert all(0 <= float(point.partition(",")[2]) <= 180 for point in points)


def test_names_in_a_chart_are_no_markup() -> None:
    svg = line_chart(["<a>", "b&c"], [Line("<script>", [1.0, 2.0])])
    assert svg is not None
    assert "&lt;script&gt;" in svg
    assert "<script>" not in svg
    assert as_markdown(svg, "says").startswith("![says](data:image/svg+xml;base64,")


def test_text_of_a_preview_is_no_markup_and_ends_no_cell() -> None:
    with duckdb.connect() as connection:
        connection.execute("create schema marts")
        connection.execute("""create table marts.kpi as select 'nps' as metric_id, 'a|b ![x](http://a.example) <b>
            next' as unit, 'total' as dimension, 'month' as grain, true as is_complete, date '2024-01-01'
            as period_start, cast(1 as double) as value""")
        connection.execute("create table marts.nps_reasons as select 'what Ann wrote' as reason")
        keys = [dg.AssetKey(["marts", name]) for name in ("kpi", "nps_reasons", "gone")]
        shown = shown_metadata(connection, keys)
    kpi, reasons = keys[:2]
    assert set(shown) == {kpi, reasons}
    assert set(shown[reasons]) == {"dagster/row_count"}
    preview = shown[kpi]["preview"]
    assert isinstance(preview, dg.MarkdownMetadataValue)
    assert (preview.md_str or "").splitlines()[
        -1
    ] == r"| nps | a\|b \!\[x\](http://a.example) \<b\> next | 2024-01-01 | 1 |"
