"""Sources: whatever a company has becomes typed canonical rows."""

from assets.sources.checks import Finding, check_sources, first_rows
from assets.sources.extraction import cursor_now, extract, source_errors
from assets.sources.lines import number_lines
from assets.sources.propose import certainties, propose
from assets.sources.tables import ALWAYS, Window

__all__ = [
    "ALWAYS",
    "Finding",
    "Window",
    "certainties",
    "check_sources",
    "cursor_now",
    "extract",
    "first_rows",
    "number_lines",
    "propose",
    "source_errors",
]
