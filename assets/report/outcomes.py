"""What goes with satisfaction: what promoters and detractors do in the year after, and what drives the scores."""

from __future__ import annotations

import polars as pl

from assets.report.charts import dots
from assets.report.figure import Figure, Section
from assets.report.marts import Published, Row
from assets.report.numbers import change_shown, count, shown, title_case
from assets.report.points import points_of, table_of

HORIZON_DAYS = 365
GROUPS = ("promoter", "passive", "detractor", "not_answered", "never_asked")
OUTCOMES = {
    "overall_satisfaction": "overall satisfaction",
    "nps": "recommendation",
    "next_year_revenue": "revenue of the year after",
}
FOLLOWED = "Needs a year that has passed since answers to the measure `nps`, and two groups large enough to compare."
OVERALL = "Needs answers to a question of the measure `csat` or `acsi_overall`."
PAYING = {"orders", "contracts"}
RATED = "Needs more respondents who rated every parameter and of whom the {} is known."
NO_PROOF = "This is an association and no proof of a cause."
MEASURES = {
    "retention_rate": ("Still customers a year later", "outcome-retention", "rate", "Share retained"),
    "revenue_per_customer": ("Revenue in the year after", "outcome-revenue", "amount", "Revenue per customer"),
}

DIFFERENCES = {"retention_rate": "retention_rate_difference", "revenue_per_customer": "revenue_difference"}


def section(published: Published) -> Section:
    """The figures of what goes with satisfaction."""
    rows = _groups(published)
    figures = [_after_a_year(published, rows, measure) for measure in MEASURES]
    figures += [_drivers(published, outcome) for outcome in OUTCOMES]
    return Section(
        "outcomes", "What goes with satisfaction", "What do satisfied customers do, and what satisfies them?", figures
    )


def _groups(published: Published) -> list[Row]:
    """The groups of the newest year that has wholly been followed and in which two groups may be shown."""
    rows = published.rows(
        "nps_outcomes",
        pl.col("dimension") == "total",
        pl.col("horizon_days") == HORIZON_DAYS,
        pl.col("is_complete"),
        ~pl.col("is_suppressed"),
    )
    for start in sorted({row["period_start"] for row in rows}, reverse=True):
        of_year = [row for row in rows if row["period_start"] == start]
        if sum(row["response_group"] in GROUPS[:3] for row in of_year) > 1:
            return sorted(of_year, key=lambda row: GROUPS.index(row["response_group"]))
    return []


def _after_a_year(published: Published, rows: list[Row], measure: str) -> Figure:
    title, anchor, unit, value = MEASURES[measure]
    metrics = ("nps_outcome", "satisfaction_outcome")
    what = {
        "rate": "Share of customers who were still active",
        "amount": f"Revenue per customer in {published.currency}, over the",
    }[unit]
    counts = f"{what} {HORIZON_DAYS} days after they answered the NPS question, by group, beside who did not answer."
    found = [{**row, "label": title_case(row["response_group"])} for row in rows if row[measure] is not None]
    if not found:
        needs = " ".join(_missing(published, "nps", "next_year_revenue")) or FOLLOWED
        return Figure(anchor, title, counts, metrics, needs=needs)
    points = points_of(found, measure, name="label", interval_of=f"{measure}_ci")
    year = found[0]["period_start"].year
    return Figure(
        anchor,
        title,
        counts,
        metrics,
        finding=_difference(found, measure, unit, year),
        n=f"{', '.join(f'{count(point.n)} {point.name.lower()}' for point in points)}; answers of {year}",
        chart=dots(points, unit, "customers", value=value, head="Group"),
        table=table_of(points, unit, head="Group", value=value, n_of="customers"),
        notes=(NO_PROOF,),
    )


def _difference(rows: list[Row], measure: str, unit: str, year: int) -> str:
    """Promoters against detractors, or against the group that may be shown."""
    promoter = next((row for row in rows if row["response_group"] == "promoter"), None)
    if promoter is None:
        return f"There are too few promoters of {year} to show."
    told = f"Promoters of {year}: {shown(promoter[measure], unit)}"
    low, high = (promoter[f"{DIFFERENCES[measure]}_ci_{end}"] for end in ("low", "high"))
    if low is None:
        return f"{told}; too few detractors to compare."
    sure = f"{change_shown(low, unit)} and {change_shown(high, unit)}"
    return f"{told}; the difference to detractors lies between {sure} with 95% confidence."


def _missing(published: Published, *parts: str) -> list[str]:
    """What has not come in of the parts of a comparison."""
    told = {
        "parameters": "" if published.total("csi_parameters") else published.answers_needed("csi_satisfaction"),
        "nps": "" if published.metric("nps") else published.answers_needed("nps"),
        "overall_satisfaction": "" if published.metrics("csat", "acsi") else OVERALL,
        "next_year_revenue": "" if published.entities() & PAYING else "Needs orders or contracts.",
    }
    return [told[part] for part in parts if told[part]]


def _drivers(published: Published, outcome: str) -> Figure:
    title = f"What goes with {OUTCOMES[outcome]}"
    anchor, metrics = f"drivers-{outcome.replace('_', '-')}", ("key_drivers",)
    counts = "Each satisfaction parameter's share of what all together explain; the shares sum to 100%."
    rows = published.rows(
        "key_drivers",
        pl.col("analysis") == "parameters",
        pl.col("outcome") == outcome,
        ~pl.col("is_suppressed"),
        pl.col("weight_share").is_not_null(),
    )
    if not rows:
        needs = " ".join(_missing(published, "parameters", outcome)) or RATED.format(OUTCOMES[outcome])
        return Figure(anchor, title, counts, metrics, needs=needs)
    largest = max(rows, key=lambda row: (row["n"], row["scope"]))
    of_survey = sorted((row for row in rows if row["scope"] == largest["scope"]), key=lambda row: -row["weight_share"])
    labelled = [{**row, "label": title_case(row["predictor"])} for row in of_survey]
    points = points_of(labelled, "weight_share", name="label", interval_of="weight_share_ci")
    return Figure(
        anchor,
        title,
        counts,
        metrics,
        finding=f"Most goes with {labelled[0]['label']}; all parameters together explain "
        f"{shown(largest['r_squared'], 'rate')} of the differences.",
        n=f"{count(largest['n'])} responses to the survey {largest['scope']}",
        chart=dots(points, "rate", "responses", value="Share of what is explained", head="Parameter"),
        table=table_of(points, "rate", head="Parameter", value="Share", n_of="responses"),
        notes=(f"{NO_PROOF} Intervals that overlap are no order.",),
    )
