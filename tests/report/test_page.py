"""The page as a file: whole, honest, and safe whatever the data hold.

What it guards against: a page that fetches something, a chart without its numbers or its definition, a value shown that
was to be hidden, a name that becomes markup, a chart drawn of nothing, and a page of another version than its numbers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from changed_marts import changed
from html_page import Element, Page

from assets.configuration.file import load_configuration
from assets.errors import PublicationError
from assets.report.marts import Published
from assets.report.page import page, vega_scripts, write_report
from tests.pipelines.published_demo import loyalty

HOSTILE = "</script><img src=x onerror=alert(1)>'\"&{{ 7 * 7 }}"
MOST_BYTES = 5_000_000


@pytest.fixture(scope="module")
def html(published: Published) -> str:
    return page(published)


@pytest.fixture(scope="module")
def demo(html: str) -> Page:
    return Page(html)


def specifications(read: Page) -> dict[str, str]:
    """The chart of each figure, as text."""
    scripts = read.all("script", type="application/json")
    return {script.figure: script.text for script in scripts if script.figure is not None}


def drawn_rows(read: Page, figure: str) -> list[dict[str, object]]:
    """The rows that a figure draws."""
    data_sets = json.loads(specifications(read)[figure])["datasets"].values()
    return [row for rows in data_sets for row in rows]


def test_the_night_has_left_the_page_beside_its_numbers(published: Published) -> None:
    """Readers who open `current` are to find the page of the very version whose marts lie there."""
    html = (published.folder / "report.html").read_text(encoding="utf-8")
    assert f"version {published.version}, published" in html
    assert "31 December 2024" in html
    assert [path.name for path in published.folder.iterdir() if path.name.startswith(".")] == []


def test_nothing_is_fetched_and_the_page_is_small(html: str, demo: Page) -> None:
    """A page that is mailed, or opened without a network, must be whole; and no reader is to be told to anyone."""
    assert len(html.encode()) < MOST_BYTES
    fetching = {"src", "srcset", "poster", "data", "action", "background", "ping"}
    assert [element for element in demo.elements if fetching & element.attributes.keys()] == []
    links = [element.attributes["href"] for element in demo.elements if "href" in element.attributes]
    assert links
    assert [link for link in links if not link.startswith("#")] == []
    assert {element.tag for element in demo.elements}.isdisjoint({"link", "iframe", "object", "embed", "base", "img"})
    assert re.findall(r"url\([^)]*\)|@import", "".join(style.text for style in demo.all("style"))) == []
    own = html.replace(vega_scripts(), "")
    assert re.findall(r"https?://|//[a-z]", own.replace("// Draws", "")) == []
    assert set(re.findall(r"url\([^)]*\)", own)) == {"url(#hatch)"}
    policy = demo.all("meta", **{"http-equiv": "Content-Security-Policy"})[0].attributes["content"]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "eval" not in policy


def test_every_chart_has_its_table_its_definition_and_its_words(demo: Page) -> None:
    """A chart that only eyes can read, or of which nobody can tell what it counts."""
    charts = specifications(demo)
    assert len(charts) >= 20, sorted(charts)
    for figure in charts:
        parts = [element for element in demo.elements if element.figure == figure]
        tags = [element.tag for element in parts]
        assert {"h3", "table", "caption", "th", "td", "details", "summary"} <= set(tags), figure
        image = next(element for element in parts if element.attributes.get("role") == "img")
        assert len(image.attributes["aria-label"]) > 40
        links = [element.attributes["href"] for element in parts if element.tag == "a"]
        assert links, f"{figure} has no definition"
        assert {link.removeprefix("#") for link in links} <= set(demo.ids), figure
        said = " ".join(element.text for element in parts if element.attributes.get("class") == "source")
        assert "As of 31 December 2024." in said, figure
        assert "n: " in said, figure


def test_ids_are_given_once_and_every_link_leads_somewhere(demo: Page) -> None:
    """A definition that is defined twice, or a section that the navigation does not reach."""
    assert len(set(demo.ids)) == len(demo.ids)
    assert {link.attributes["href"].removeprefix("#") for link in demo.all("a")} <= set(demo.ids)


def test_headings_go_down_one_step_at_a_time(demo: Page) -> None:
    """A screen reader's user walks by headings."""
    levels = [int(element.tag[1]) for element in demo.elements if re.fullmatch(r"h\d", element.tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later <= before + 1 for before, later in pairwise(levels))


def test_a_chart_holds_the_numbers_of_its_mart(published: Published, demo: Page) -> None:
    """A join or a scale gone wrong on the way: the satisfaction index by period, against `kpi`."""
    drawn = [row for row in drawn_rows(demo, "satisfaction-index") if "target" not in row]
    rows = published.metric("csi_index")
    assert [round(row["value"], 9) for row in drawn] == [round(row["value"], 9) for row in rows]
    assert len(rows) >= 4


def test_what_is_suppressed_is_nowhere(published: Published, tmp_path: Path) -> None:
    """The marts hide small groups by null; should one forget it, the page must hide them all the same."""

    def suppressed(_: str, rows: pl.DataFrame) -> pl.DataFrame:
        return rows.with_columns(is_suppressed=True) if "is_suppressed" in rows.columns else rows

    read = Page(page(changed(published, tmp_path, suppressed)))
    assert specifications(read).keys() == {"data-quality"}
    assert read.all("p", class_="value") == [], "no number at a glance"


def test_names_in_the_data_are_text(published: Published, tmp_path: Path) -> None:
    """A customer who calls their segment `</script>...` must not run anything in the reader's browser."""
    named = {"dimension_value", "parameter", "block", "reason_code", "predictor", "top_reason", "entity", "name"}

    def hostile(_: str, rows: pl.DataFrame) -> pl.DataFrame:
        spoilt = [
            pl.when(pl.col(name) == "total").then(pl.col(name)).otherwise(pl.col(name) + HOSTILE).alias(name)
            for name in rows.columns
            if name in named
        ]
        return rows.with_columns(spoilt)

    spoilt = changed(published, tmp_path, hostile)
    html = page(Published(HOSTILE, "GBP", spoilt.version, spoilt.as_of_date, spoilt.published_at, spoilt.folder))
    assert "<img" not in html.replace(vega_scripts(), "")
    assert "49" not in Page(html).all("p", class_="company")[0].text, "a name is no template"
    read = Page(html)
    assert len(read.all("script")) == len(Page(page(published)).all("script"))
    assert HOSTILE in read.all("p", class_="company")[0].text
    charts = specifications(read)
    assert HOSTILE in json.dumps(json.loads(charts["satisfaction-parameters"]), ensure_ascii=False).replace('\\"', '"')


def test_without_rows_the_page_says_what_each_chart_needs(published: Published, tmp_path: Path) -> None:
    """A company with one source, on its first evening: sentences, and no broken chart."""

    def empty(name: str, rows: pl.DataFrame) -> pl.DataFrame:
        return rows if name == "metric_definitions" else rows.clear()

    read = Page(page(changed(published, tmp_path, empty)))
    assert specifications(read) == {}
    assert [figure.attributes["id"] for figure in read.all("figure")] == ["restatements"], "a sentence, and no chart"
    missing = not_shown(read)
    assert len(missing) == 26
    assert [text for text in missing.values() if "Needs" not in text] == []
    assert navigation(read) == ["#trust", "#definitions"]


SURVEY_MARTS = {"csi_parameters", "kpi", "data_quality", "metric_definitions"}


@pytest.fixture(scope="module")
def survey(published: Published, tmp_path_factory: pytest.TempPathFactory) -> Page:
    """The page of a company that has asked how satisfied its customers are, and has nothing else."""

    def of_survey(name: str, rows: pl.DataFrame) -> pl.DataFrame:
        if name == "kpi":
            return rows.filter(pl.col("metric_id") == "csi_index", pl.col("dimension").is_in(["total", "channel"]))
        return rows if name in SURVEY_MARTS else rows.clear()

    folder = tmp_path_factory.mktemp("survey")
    return Page(page(changed(published, folder, of_survey)))


def test_with_one_source_only_what_it_feeds_is_shown(survey: Page) -> None:
    """Cards that only say what they need stood before the few with numbers."""
    assert navigation(survey) == ["#satisfaction", "#people", "#trust", "#definitions"]
    sections = [section.attributes["id"] for section in survey.all("section")]
    assert sections == ["glance", "satisfaction", "people", "trust", "not-shown", "definitions"]
    people = next(element for element in survey.all("h2") if element.attributes.get("id") == "people-title")
    assert people.text == "Channels", "the survey names no employee"
    shown = {figure.attributes["id"] for figure in survey.all("figure")}
    assert {"satisfaction-index", "satisfaction-by-channel"} <= shown
    assert shown.isdisjoint(not_shown(survey))
    assert {"cohort-heatmap", "satisfaction-by-employee"} <= not_shown(survey).keys()
    assert {link.attributes["href"].removeprefix("#") for link in survey.all("a")} <= set(survey.ids)


def test_definitions_of_what_is_shown_come_first_and_the_others_are_folded(survey: Page) -> None:
    articles = survey.all("article")
    folded = [article for article in articles if within(article, "details")]
    assert [article.attributes["id"] for article in articles if not within(article, "details")][:2] == [
        "definition-csi_index",
        "definition-data_quality",
    ]
    assert "definition-cohort_retention" in {article.attributes["id"] for article in folded}
    assert articles[-len(folded) :] == folded


def test_of_a_company_with_all_sources_everything_is_shown(demo: Page) -> None:
    assert navigation(demo) == [
        *("#retention", "#purchases", "#satisfaction", "#recommendation", "#revenue", "#outcomes", "#people", "#trust"),
        "#definitions",
    ]
    people = next(element for element in demo.all("h2") if element.attributes.get("id") == "people-title")
    assert people.text == "Employees and channels"


def navigation(read: Page) -> list[str]:
    """Where the navigation leads to."""
    return [link.attributes["href"] for link in read.all("a") if within(link, "nav")]


def not_shown(read: Page) -> dict[str, str]:
    """What the figures need that are not shown, by their anchor."""
    items = [item for item in read.all("li") if "id" in item.attributes]
    return {item.attributes["id"]: item.text for item in items}


def within(element: Element | None, tag: str) -> bool:
    """Whether the element stands in one of that tag."""
    while element is not None and element.tag != tag:
        element = element.within
    return element is not None


SPARSE = {
    "nothing is complete": lambda rows: rows.with_columns(pl.col("^is_complete$") & False),
    "one row each": lambda rows: rows.head(1),
    "a few rows each": lambda rows: rows.tail(5),
    "no number is known": lambda rows: rows.with_columns(pl.col(pl.Float64).replace_strict({}, default=None)),
    "no interval is known": lambda rows: rows.with_columns(pl.col("^.*ci_(low|high)$").cast(pl.Float64) * None),
}


@pytest.mark.parametrize("change", SPARSE.values(), ids=SPARSE)
def test_the_page_can_be_made_of_whatever_there_is(
    published: Published, tmp_path: Path, change: Callable[[pl.DataFrame], pl.DataFrame]
) -> None:
    """A company's first weeks, one answer, a measure without intervals: the page says what is not known."""
    html = page(changed(published, tmp_path, lambda name, rows: rows if name == "publication" else change(rows)))
    read = Page(html)
    assert len(read.all("figure")) + len(not_shown(read)) == 27
    own = html.replace(vega_scripts(), "")
    assert re.findall(r"[^.]\bNone\b(?! of|: |\.| where)|\bnan\b|\bNaN\b|Infinity", own) == []


def test_the_command_writes_the_page_where_it_is_told(published_demo: Path, tmp_path: Path) -> None:
    told = loyalty("report", "--config", published_demo / "loyalty.yaml", "--output", tmp_path / "new/page.html")
    assert told.exit_code == 0, told.err
    assert told.out.strip() == str(tmp_path / "new/page.html")
    assert (tmp_path / "new/page.html").read_text().startswith("<!doctype html>")
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["page.html"]


def test_before_anything_is_published_the_command_says_so(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text("contract_id\n")
    (tmp_path / "loyalty.yaml").write_text(
        "company: {name: A, timezone: Europe/London, currency: GBP, history_start: 2024-01-01}\n"
        "sources: {contracts: {file: data.csv}}\n"
    )
    told = loyalty("report", "--config", tmp_path / "loyalty.yaml")
    assert told.exit_code == 8
    assert told.err == "Error: Nothing is published yet. Run `loyalty run` first.\n"


def test_marts_of_another_version_of_the_software_are_an_error_that_says_what_to_do(
    published: Published, tmp_path: Path
) -> None:
    def older(name: str, rows: pl.DataFrame) -> pl.DataFrame:
        return rows.drop("quadrant") if name == "csi_parameters" else rows

    with pytest.raises(PublicationError, match=r"lacks what the report reads \('quadrant'\)"):
        page(changed(published, tmp_path, older))


def test_a_page_that_fails_leaves_the_old_one(
    published_demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader who reloads in the middle of it, or after it failed, must not see half of a page."""
    configuration = load_configuration(published_demo / "loyalty.yaml")
    path = tmp_path / "report.html"
    path.write_text("old")

    def fail(_: Published) -> str:
        raise PublicationError("no page")

    monkeypatch.setattr("assets.report.page.page", fail)
    with pytest.raises(PublicationError, match="no page"):
        write_report(configuration, path)
    assert path.read_text() == "old"
