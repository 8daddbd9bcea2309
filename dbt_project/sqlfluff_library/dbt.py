"""What the models call of dbt's cross-database macros, so that sqlfluff's Jinja templater can render them.

The linter needs SQL of the right shape, not of the right meaning: dbt itself compiles what is run. A templater that
asks dbt would need a warehouse, and more time.
"""


def dateadd(datepart: str, interval: object, date: str) -> str:
    """Return a date so many days, months or years later."""
    return f"({date} + interval ({interval}) {datepart})"


def datediff(earlier: str, later: str, datepart: str) -> str:
    """Return the days, months or years from one date to another."""
    return f"date_diff('{datepart}', {earlier}, {later})"


def split_part(text: str, delimiter: str, part: int) -> str:
    """Return one part of a text cut at a delimiter."""
    return f"split_part({text}, {delimiter}, {part})"


def type_string() -> str:
    """Return the type of a text."""
    return "varchar"


def string_literal(value: object) -> str:
    """Return a text as a literal."""
    return f"'{value}'"


def escape_single_quotes(text: str) -> str:
    """Return a text that can stand in a literal."""
    return text.replace("'", "''")
