"""What a night remembers of a source's cursor column, and from where the next one asks."""

from __future__ import annotations

import datetime as dt
import re

from assets.errors import SourceError

WHOLE_NUMBER = re.compile(r"-?\d{1,30}")
DATE = re.compile(r"\d{4}-\d\d-\d\d")
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d(:?\d\d)?)?")
# Local clocks are at most so far from UTC. What lies further ahead is a placeholder, such as the year 9999.
FURTHEST_AHEAD = dt.timedelta(hours=14)


def remembered(greatest: str, now: dt.datetime, place: str) -> str:
    """The value to remember where `greatest` was seen at `now` (in UTC), as the database writes it.

    One in the future would hide every later change: a time just past is remembered in its place. Raises SourceError
    where it is no timestamp, date or whole number, of which alone it is known that later ones are greater.
    """
    if WHOLE_NUMBER.fullmatch(greatest):
        return greatest
    is_timestamp = TIMESTAMP.fullmatch(greatest)
    if not is_timestamp and not DATE.fullmatch(greatest):
        raise SourceError(
            f"{place}, cursor: its greatest value is '{greatest}', which is no timestamp, date or whole number; name "
            "a column that grows with every change, or make one in a `query`"
        )
    if greatest[:10] <= f"{now + FURTHEST_AHEAD:%Y-%m-%d}":
        return greatest
    past = now - FURTHEST_AHEAD
    return f"{past:%Y-%m-%d}{greatest[10]}{past:%H:%M:%S}" if is_timestamp else f"{past:%Y-%m-%d}"


def asked_from(value: str, overlap_minutes: int) -> str:
    """The SQL literal from which changes are asked for: a remembered timestamp less the overlap, else the value."""
    if WHOLE_NUMBER.fullmatch(value):
        return value
    if TIMESTAMP.fullmatch(value):
        moment = dt.datetime.fromisoformat(value) - dt.timedelta(minutes=overlap_minutes)
        value = moment.isoformat(sep=value[10])
    return f"'{value}'"
