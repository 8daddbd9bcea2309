"""What surrounds customers: exchange rates, costs of retention, events, and what drives shops and employees."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product as combinations

import numpy as np
import polars as pl

from assets.sample import parameters as declared
from assets.sample.streams import Calendar, Floats, money, stream

EMPLOYEE_COUNT = declared.LOCATION_COUNT * declared.EMPLOYEES_PER_LOCATION
COST_KINDS = ("loyalty programme", "service team")


@dataclass(frozen=True)
class Drivers:
    """Monthly values per unit (rows) and month (columns); of each pair only the first has an effect."""

    staff_turnover: Floats
    parking_spaces: Floats
    training_hours: Floats
    tenure_months: Floats


def draw_rates(seed: int, calendar: Calendar) -> Floats:
    """Draw units of GBP for 1 EUR on each day: a bounded walk of four digits."""
    steps = stream(seed, "fx_rates").normal(0, 0.002, len(calendar.days))
    walk = np.cumsum(steps)
    return np.asarray(np.round(0.86 + 0.04 * np.sin(walk * 5), 4))


def rate_rows(calendar: Calendar, rates: Floats) -> pl.DataFrame:
    """Give the rows of `fx_rates`: EUR on every day."""
    return pl.DataFrame({"rate_on": calendar.days, "currency": ["EUR"] * len(rates), "rate": rates})


def draw_drivers(seed: int, calendar: Calendar) -> Drivers:
    """Draw the drivers: a level per unit, and a little movement from month to month."""
    rng = stream(seed, "unit_drivers")
    months = calendar.month_count
    turnover = rng.permutation(np.linspace(0.02, 0.30, declared.LOCATION_COUNT))[:, None]
    hours = rng.permutation(np.linspace(0, 10, EMPLOYEE_COUNT))[:, None]
    tenure = rng.permutation(np.arange(EMPLOYEE_COUNT) * 4)[:, None]
    return Drivers(
        staff_turnover=np.round(
            np.clip(turnover + rng.normal(0, 0.01, (declared.LOCATION_COUNT, months)), 0, 0.35), 4
        ).astype(np.float64),
        parking_spaces=rng.integers(5, 80, (declared.LOCATION_COUNT, 1)).repeat(months, axis=1).astype(np.float64),
        training_hours=np.round(np.clip(hours + rng.normal(0, 0.5, (EMPLOYEE_COUNT, months)), 0, 12), 1).astype(
            np.float64
        ),
        tenure_months=(tenure + np.arange(months)).astype(np.float64),
    )


def driver_rows(calendar: Calendar, drivers: Drivers) -> pl.DataFrame:
    """Give the rows of `unit_drivers`."""
    named = (
        ("location", "L", "staff_turnover", drivers.staff_turnover),
        ("location", "L", "parking_spaces", drivers.parking_spaces),
        ("employee", "E", "training_hours", drivers.training_hours),
        ("employee", "E", "tenure_months", drivers.tenure_months),
    )
    frames = [
        pl.DataFrame(
            {
                "unit_kind": [kind] * values.size,
                "unit_id": [f"{prefix}{unit + 1:02d}" for unit in range(len(values)) for _ in range(values.shape[1])],
                "period_start": np.tile(calendar.starts[: calendar.month_count], len(values)),
                "driver": [driver] * values.size,
                "value": values.ravel(),
            }
        )
        for kind, prefix, driver, values in named
    ]
    return pl.concat(frames)


def cost_rows(seed: int, calendar: Calendar) -> pl.DataFrame:
    """Give the rows of `retention_costs`: the service team's cost belongs to no segment."""
    pairs = [(COST_KINDS[0], segment) for segment in declared.SEGMENTS] + [(COST_KINDS[1], None)]
    rows = list(combinations(range(calendar.month_count), pairs))
    amounts = stream(seed, "retention_costs").integers(50_000, 250_000, len(rows))
    return pl.DataFrame(
        {
            "month": calendar.starts[[month for month, _ in rows]],
            "kind": [kind for _, (kind, _) in rows],
            "segment": [segment for _, (_, segment) in rows],
            "amount": money(amounts),
            "currency": ["GBP"] * len(rows),
        }
    )


def event_rows(calendar: Calendar) -> pl.DataFrame:
    """Give the rows of `business_events`: a training with a lasting effect and a newsletter with none."""
    ends = min(calendar.month_start(calendar.month_count * 3 // 4 + 1), calendar.last_day)
    return pl.DataFrame(
        {
            "event_id": ["training", "newsletter"],
            "name": ["Service training", "Newsletter"],
            "starts_on": [calendar.training_day, calendar.newsletter_day],
            "ends_on": [None, ends],
            "segment": [None, "consumer"],
        },
        schema_overrides={"starts_on": pl.Date, "ends_on": pl.Date, "segment": pl.String},
    )
