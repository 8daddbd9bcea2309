"""Numbers as people read them, by the unit that the definition catalogue names."""

from __future__ import annotations

MISSING = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
DIGITS = {
    "rate": 1,
    "percent": 1,
    "index": 1,
    "points": 0,
    "score": 2,
    "ratio": 2,
    "amount": 0,
    "days": 0,
    "minutes": 0,
}
SUFFIX = {"rate": "%", "percent": "%"}
AXIS_FORMAT = {"rate": "~%", "amount": "~s"}
SMALL_AMOUNT = 1000


def shown(value: float | None, unit: str, *, signed: bool = False) -> str:
    """A value with as many digits as it bears, such as 41.3% or 61.6; an en dash where there is none."""
    if value is None:
        return MISSING
    digits = 2 if unit == "amount" and abs(value) < SMALL_AMOUNT else DIGITS[unit]
    number = round(float(value) * (100 if unit == "rate" else 1), digits) + 0.0  # never minus zero
    return f"{number:{'+' if signed and number else ''},.{digits}f}{SUFFIX.get(unit, '')}".replace("-", MINUS)


def change_shown(change: float | None, unit: str) -> str:
    """A change with its sign; of a share it is in percentage points, which are not per cent of it."""
    text = shown(change, unit, signed=True)
    return text.replace("%", " pp") if change is not None else text


def interval(low: float | None, high: float | None, unit: str) -> str:
    """An interval as `35.2% to 48.1%`; an en dash where there is none."""
    return MISSING if low is None or high is None else f"{shown(low, unit)} to {shown(high, unit)}"


def count(value: float | None) -> str:
    """A count with separators of thousands."""
    return MISSING if value is None else f"{value:,.0f}"


def title_case(text: str) -> str:
    """A code of the data as a label: `sales_dynamics` becomes `Sales dynamics`."""
    words = text.replace("_", " ").strip()
    return words[:1].upper() + words[1:]
