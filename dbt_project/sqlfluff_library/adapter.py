"""dbt's dispatch of a macro to an engine, for sqlfluff's Jinja templater: always to DuckDB."""

from collections.abc import Callable

from jinja2 import pass_context
from jinja2.runtime import Context


@pass_context
def dispatch(context: Context, macro_name: str) -> Callable[..., str]:
    """Return the macro that stands in for `macro_name` on DuckDB."""
    macro: Callable[..., str] = context[f"default__{macro_name}"]
    return macro
