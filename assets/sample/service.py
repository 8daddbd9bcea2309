"""What customers meet between purchases: deliveries, support and the use of what they subscribe to."""

from __future__ import annotations

import numpy as np
import polars as pl

from assets.sample import parameters as declared
from assets.sample.agreements import Plans
from assets.sample.baskets import Lines
from assets.sample.catalogue import Catalogue
from assets.sample.people import People
from assets.sample.purchases import Orders
from assets.sample.streams import (
    Calendar,
    Days,
    Flags,
    Integers,
    choose,
    identifiers,
    labels,
    local_times,
    quantities,
    stream,
    timestamps,
)

PROMISED_DAYS = 3
RESOLUTION_HOURS = 48


def in_panel(people: People) -> bool:
    """Say whether a block is surveyed and observed."""
    return len(people) > 0 and bool(people.number[0] < declared.PANEL_CUSTOMERS)


def shipment_rows(
    seed: int, block: int, people: People, orders: Orders, lines: Lines, catalogue: Catalogue, calendar: Calendar
) -> pl.DataFrame:
    """Give the rows of `shipments`: one per planned order of a business or wholesale customer, of its first line."""
    rng = stream(seed, "shipments", block)
    is_shipped = (orders.slot[lines.order] <= 1) & (lines.line_no == 1) & ~lines.is_return
    is_shipped &= people.segment[orders.person[lines.order]] > 0
    line = np.flatnonzero(is_shipped)
    order = lines.order[line]
    number = people.number[orders.person[order]] * 100_000 + orders.month[order] * 10 + orders.slot[order]
    shipped_on = orders.day[order] + 1
    promised_on = shipped_on + PROMISED_DAYS
    is_late = rng.random(len(line)) < declared.LATE_SHARE
    days = np.where(is_late, rng.integers(1, 6, len(line)), -rng.integers(0, PROMISED_DAYS, len(line)))
    quantity = lines.quantity[line] * 10
    rows = pl.DataFrame(
        {
            "shipment_id": identifiers("S", number),
            "customer_id": people.customer_id.gather(orders.person[order]),
            "product_id": catalogue.rows["product_id"].gather(lines.product[line]),
            "shipped_on": shipped_on,
            "shipped_quantity": quantities(quantity),
            "defective_quantity": quantities(rng.binomial(quantity, declared.DEFECTIVE_SHARE)),
            "short_quantity": quantities(rng.binomial(quantity, declared.SHORT_SHARE)),
            "promised_on": promised_on,
            "delivered_on": promised_on + days,
        }
    )
    last = pl.lit(calendar.last_day)
    return rows.filter(pl.col("shipped_on") <= last).with_columns(
        delivered_on=pl.when(pl.col("delivered_on") <= last).then("delivered_on")
    )


def support_rows(seed: int, block: int, people: People, calendar: Calendar) -> pl.DataFrame:
    """Give the rows of `support_requests`.

    A customer asks at most once a month, in its first half, and a declared share asks again within six days: so a
    repeat is never more than a week away, and two different matters always are.
    """
    rng = stream(seed, "support_requests", block)
    months = np.arange(calendar.month_count)
    everyone = np.arange(len(people))
    alive = people.is_alive(everyone[:, None], months[None, :])
    person, month = np.nonzero(alive & (rng.random(alive.shape) < declared.SUPPORT_RATE))
    day = rng.integers(0, 14, len(person))
    repeats = rng.random(len(person)) < declared.REPEAT_CONTACT_SHARE
    topic, channel = (
        choose(rng, (0.25,) * 4, len(person)),
        choose(rng, (0.4, 0.4, 0.2), len(person)),
    )
    source = np.r_[np.arange(len(person)), np.flatnonzero(repeats)]
    is_repeat = np.arange(len(source)) >= len(person)
    delay = np.where(is_repeat, rng.integers(1, 6, len(source)), 0)
    opened_at = local_times(rng, calendar.starts[month[source]] + day[source] + delay)
    minutes = rng.integers(5, RESOLUTION_HOURS * 60, len(source))
    number = people.number[person[source]] * 10_000 + month[source] * 10 + is_repeat
    rows = pl.DataFrame(
        {
            "request_id": identifiers("T", number),
            "customer_id": people.customer_id.gather(person[source]),
            "channel": labels(declared.SUPPORT_CHANNELS, channel[source]),
            "topic": labels(declared.SUPPORT_TOPICS, topic[source]),
            "opened_at": opened_at,
            "resolved_at": opened_at + pl.Series(minutes * 60_000_000).cast(pl.Duration("us")),
            "resolved_at_first_contact": is_repeat | ~repeats[source],
        }
    )
    return _known_on_last_day(rows, calendar)


def _known_on_last_day(rows: pl.DataFrame, calendar: Calendar) -> pl.DataFrame:
    """Cut at the last day; a resolution in the hour that clocks repeat or skip moves on by two hours."""
    last = pl.lit(calendar.last_day)
    resolved = pl.col("resolved_at")
    moved = pl.when(resolved.dt.hour() == 1).then(resolved.dt.offset_by("2h")).otherwise(resolved)
    opened = rows.filter(pl.col("opened_at").dt.date() <= last).with_columns(resolved_at=moved)
    return opened.with_columns(resolved_at=pl.when(resolved.dt.date() <= last).then("resolved_at"))


def usage_rows(seed: int, block: int, people: People, plans: Plans, calendar: Calendar) -> pl.DataFrame:
    """Give the rows of `usage_events`: sessions of those with a paid contract, some followed by an action."""
    rng = stream(seed, "usage_events", block)
    contract, month = np.nonzero(plans.units[:, : calendar.month_count])
    sessions = rng.poisson(declared.SESSIONS_PER_MONTH, len(contract))
    contract, month = np.repeat(contract, sessions), np.repeat(month, sessions)
    first = plans.heads.day[contract]
    day = first + (rng.random(len(contract)) * (calendar.lengths[month] - first)).astype(np.int64)
    seconds = rng.integers(6 * 3600, 23 * 3600, len(contract))
    minutes = np.round(np.maximum(rng.exponential(declared.SESSION_MINUTES, len(contract)), 0.1), 1)
    has_action = np.flatnonzero(rng.random(len(contract)) < declared.CORE_ACTION_SHARE)
    sequence = np.arange(len(contract))
    source = np.r_[sequence, has_action]
    is_action = np.arange(len(source)) >= len(contract)
    rows = pl.DataFrame(
        {
            "event_id": _event_identifiers(block, source, is_action),
            "customer_id": people.customer_id.gather(plans.heads.person[contract[source]]),
            "occurred_at": timestamps(_days(calendar, month, day)[source], seconds[source] + 60 * is_action),
            "event_type": labels(("session", "report_created"), is_action.astype(np.int64)),
            "duration_minutes": pl.Series(np.where(is_action, np.nan, minutes[source])).fill_nan(None),
        }
    )
    return rows.filter(pl.col("occurred_at").dt.date() <= pl.lit(calendar.last_day))


def _days(calendar: Calendar, month: Integers, day: Integers) -> Days:
    return np.asarray(calendar.starts[month] + day)


def _event_identifiers(block: int, source: Integers, is_action: Flags) -> pl.Series:
    return identifiers("U", (block * 1_000_000 + source) * 2 + is_action)
