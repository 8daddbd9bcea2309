"""Reads the survey answers by cell and the customer base from the warehouse, and writes non-response weights back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from assets.analysis.raking import raked_weights
from assets.warehouse.database import open_warehouse, replace_rows

CELLS = "intermediate.int_survey_raking__cells"
MARGINS = "intermediate.int_survey_raking__margins"
PERIOD = ["measure", "grain", "period_start"]


def write_survey_weights(warehouse: Path) -> int:
    """Replace the rows of `analysis.survey_weights`; their number, 0 where weighting is off."""
    with open_warehouse(warehouse) as connection:
        dimensions = [
            name for (name,) in connection.execute("from control.weighting_dimensions order by all").fetchall()
        ]
        rows = pl.DataFrame()
        if dimensions:
            (trim,) = connection.execute("select weighting_trim from control.run_parameters").fetchall()[0]
            cells = connection.sql(f"from {CELLS}").pl()
            margins = connection.sql(f"from {MARGINS}").pl()
            rows = survey_weights(cells, margins, dimensions, trim)
        replace_rows(connection, "analysis.survey_weights", rows)
    return rows.height


def survey_weights(cells: pl.DataFrame, margins: pl.DataFrame, dimensions: list[str], trim: float) -> pl.DataFrame:
    """A weight per measure, grain, period, segment and region.

    `cells` has these columns and `answer_count`; `margins` has grain, period_start, dimension, dimension_value and
    `customers`. A period whose customer base is empty has no weights.
    """
    base = dict(margins.group_by("grain", "period_start", "dimension"))
    found = []
    for key, group in sorted(cells.group_by(PERIOD), key=lambda item: item[0]):
        _, grain, period_start = key
        sides = [base.get((grain, period_start, dimension)) for dimension in dimensions]
        if all(side is not None for side in sides):
            found.append(_weighed(group, dimensions, [side for side in sides if side is not None], trim))
    return pl.concat(found) if found else pl.DataFrame()


def _weighed(cells: pl.DataFrame, dimensions: list[str], sides: list[pl.DataFrame], trim: float) -> pl.DataFrame:
    """The cells of one period with their weights."""
    categories = [sorted(cells[dimension].unique().to_list()) for dimension in dimensions]
    places = tuple(
        np.array([names.index(value) for value in cells[dimension]])
        for dimension, names in zip(dimensions, categories, strict=True)
    )
    answers = np.zeros([len(names) for names in categories])
    np.add.at(answers, places, cells["answer_count"].to_numpy())
    base = []
    for side, names in zip(sides, categories, strict=True):
        customers = dict(side.select("dimension_value", "customers").iter_rows())
        base.append(np.array([float(customers.get(name, 0)) for name in names]))
    weights = raked_weights(answers, base, trim)
    return cells.select(*PERIOD, "segment", "region", weight=pl.Series(weights[places]))
