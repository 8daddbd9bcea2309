"""Puts the report together: one HTML file with its scripts and styles inside, which fetches nothing.

Whatever comes from the data is escaped by the template, or by `script_json` inside of a script. The page's own policy
lets only its own scripts run and nothing be fetched, so a text that slipped through could do nothing.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import altair as alt
import polars as pl

from assets.configuration import Configuration
from assets.disk import disk_errors
from assets.errors import PublicationError
from assets.publication import restatements
from assets.publication.publish import read_publication
from assets.report import (
    outcomes,
    people,
    purchases,
    recommendation,
    retention,
    revenue,
    satisfaction,
    trust,
)
from assets.report.charts import THEME
from assets.report.figure import ALL_HIDDEN, Chart, Figure, Section
from assets.report.glance import tiles
from assets.report.layout import not_shown, with_content
from assets.report.marts import Published, Row
from assets.report.numbers import title_case
from assets.report.periods import day
from assets.warehouse.catalogue import description_of

REPORT_NAME = "report.html"
FOLDER = Path(__file__).parent
SECTIONS: Sequence[Callable[[Published], Section]] = (
    retention.section,
    purchases.section,
    satisfaction.section,
    recommendation.section,
    revenue.section,
    outcomes.section,
    people.section,
    trust.section,
)


def write_report(configuration: Configuration, output: Path | None = None) -> Path:
    """Write the report of the current publication and return its path: by default beside its marts.

    The file is whole or not there. Raises PublicationError where nothing was published, or the disk refuses.
    """
    published = _current(configuration)
    path = output or published.folder / REPORT_NAME
    path = path / REPORT_NAME if path.is_dir() else path
    beside = path.with_name(f".{path.name}.new")
    with disk_errors(PublicationError, f"The report cannot be written to {path}"):
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(page(published), encoding="utf-8")
        beside.replace(path)
    return path


def page(published: Published) -> str:
    """The whole page as HTML."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    try:
        first = tiles(published)
        all_sections = [_drawable(section(published)) for section in SECTIONS]
        definitions = _definitions(published, all_sections)
    except (pl.exceptions.PolarsError, KeyError) as error:
        raise PublicationError(
            f"Version {published.version} of the marts lacks what the report reads ({error}). Run `loyalty run` again."
        ) from error
    sections, left_out = with_content(all_sections), not_shown(all_sections)
    told = {metric for section in sections for figure in section.figures for metric in figure.metrics}
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    scripts = [vega_scripts(), (FOLDER / "page.js").read_text(encoding="utf-8")]
    return environment.get_template("page.html.jinja").render(
        published=published,
        as_of=day(published.as_of_date),
        published_on=f"{day(published.published_at.date())}, {published.published_at:%H:%M} UTC",
        tiles=first,
        sections=sections,
        not_shown=left_out,
        definitions=definitions,
        first_definitions={metric: row for metric, row in definitions.items() if metric in told},
        other_definitions={metric: row for metric, row in definitions.items() if metric not in told},
        with_code=_with_code,
        script_json=lambda value: Markup(script_json(value)),  # noqa: S704  (escaped for its place)
        specification=specification,
        theme=THEME,
        policy=_policy(scripts),
        scripts=[Markup(script) for script in scripts],  # noqa: S704  (our own and the library's)
        styles=Markup((FOLDER / "page.css").read_text(encoding="utf-8")),  # noqa: S704  (our own)
    )


def specification(chart: Chart) -> dict[str, Any]:
    """The chart as Vega-Lite, without what every chart shares and without the address of its schema."""
    written = chart.to_dict()
    return {key: value for key, value in written.items() if key not in {"$schema", "config"}}


@cache
def vega_scripts() -> str:
    """Vega, Vega-Lite and Vega-Embed as one script."""
    import vl_convert

    return vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")


def _current(configuration: Configuration) -> Published:
    publication = read_publication(configuration.paths.publish)
    if publication is None:
        raise PublicationError("Nothing is published yet. Run `loyalty run` first.")
    return Published(
        company=configuration.company.name,
        currency=configuration.company.currency,
        version=publication.version,
        as_of_date=publication.as_of_date,
        published_at=publication.published_at,
        folder=publication.folder,
        minimum_n=configuration.privacy.minimum_n,
        has_default_target="target" not in configuration.csi.model_fields_set,
        has_fixed_weights=bool(configuration.csi.weights),
    )


def _drawable(section: Section) -> Section:
    """The section with a sentence in place of each chart in which no value may be shown."""
    return replace(section, figures=[_or_sentence(figure) for figure in section.figures])


def _or_sentence(figure: Figure) -> Figure:
    if figure.chart is None or not isinstance(figure.chart.data, alt.InlineData):
        return figure
    rows = figure.chart.data["values"]
    if any(row.get("value", row) is not None for row in rows):
        return figure
    return replace(figure, chart=None, needs=ALL_HIDDEN)


def _definitions(published: Published, sections: Sequence[Section]) -> dict[str, Row]:
    """The definitions that the figures name, by id, in the order of their names; of a mart what its rows are."""
    named = {metric for section in sections for figure in section.figures for metric in figure.metrics}
    rows = published.mart("metric_definitions").filter(pl.col("metric_id").is_in(named)).collect().to_dicts()
    texts = {"data_quality": description_of("data_quality"), restatements.MART: restatements.DESCRIPTION}
    marts = [{"metric_id": mart, "name": title_case(mart), "formula": text} for mart, text in texts.items()]
    return {row["metric_id"]: row for row in sorted([*rows, *marts], key=lambda row: row["name"])}


def _with_code(text: str) -> str:
    """The text escaped, with what stands between backticks as code."""
    from markupsafe import Markup, escape

    parts = text.split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if n % 2 else escape(part) for n, part in enumerate(parts)
    )


def script_json(value: object) -> str:
    """JSON in which nothing can end the script that it stands in."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _policy(scripts: Sequence[str]) -> str:
    """What the browser lets the page do: run these scripts, style itself, and nothing else."""
    digests = (base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts)
    allowed = " ".join(f"'sha256-{digest}'" for digest in digests)
    return f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
