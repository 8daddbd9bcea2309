"""Which day it is for a company: the one place where a run or a check asks the clock for its day."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

A_DAY = dt.timedelta(days=1)


def yesterday_in(timezone: str) -> dt.date:
    """The last business day that is over in a time zone."""
    return today_in(timezone) - A_DAY


def today_in(timezone: str) -> dt.date:
    """The business day that is not over yet in a time zone."""
    return dt.datetime.now(ZoneInfo(timezone)).date()
