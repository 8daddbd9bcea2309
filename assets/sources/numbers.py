"""Numbers as people write them in text, read exactly."""

from __future__ import annotations

import polars as pl

DECIMAL = pl.Decimal(18, 4)
PLAIN_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
COMMA_NUMBER = r"^[+-]?(\d{1,3}(\.\d{3})+|\d+)(,\d*)?$"


def normalised(text: pl.Expr, decimal_comma: bool) -> pl.Expr:
    """Text with a point for decimals and no thousands; null where it is no number.

    With a decimal comma a point may stand between thousands. Without one, `1,234` could mean either and is
    no number.
    """
    stripped = text.str.strip_chars()
    if not decimal_comma:
        return pl.when(stripped.str.contains(PLAIN_NUMBER)).then(stripped)
    pointed = stripped.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
    return pl.when(stripped.str.contains(COMMA_NUMBER)).then(pointed)


def float_of_text(text: pl.Expr, decimal_comma: bool) -> pl.Expr:
    """Text as Float64, null where it is no number."""
    return normalised(text, decimal_comma).cast(pl.Float64, strict=False)


def integer_of_text(text: pl.Expr, decimal_comma: bool) -> pl.Expr:
    """Text as Int64, `13085.0` too; null where it is no whole number."""
    digits = normalised(text, decimal_comma).str.replace(r"\.0*$", "")
    return digits.cast(pl.Int64, strict=False)


def decimal_of_text(text: pl.Expr, decimal_comma: bool) -> pl.Expr:
    """Text as Decimal(18, 4), rounded half to even beyond four places; never through a float."""
    return normalised(text, decimal_comma).cast(DECIMAL, strict=False)


def decimal_of_float(number: pl.Expr) -> pl.Expr:
    """A float as Decimal(18, 4): its shortest printed form rounded half to even, so 0.1 * 3 is 0.3."""
    return number.cast(pl.Float64).cast(pl.String).cast(DECIMAL, strict=False)


def text_of_float(number: pl.Expr) -> pl.Expr:
    """A float as text, a whole one without `.0`: ids become floats where a tool met a gap in them."""
    whole = number.cast(pl.Int64, strict=False)
    return pl.when(whole.cast(number_type()) == number).then(whole.cast(pl.String)).otherwise(number.cast(pl.String))


def number_type() -> pl.DataType:
    """The type of a canonical `number`."""
    return pl.Float64()
