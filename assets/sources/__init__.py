"""Sources: whatever a company has becomes typed canonical rows."""

from assets.sources.checks import Finding, check_sources
from assets.sources.extraction import cursor_now, extract, source_errors
from assets.sources.lines import number_lines
from assets.sources.propose import propose
from assets.sources.tables import ALWAYS, Window

__all__ = [
    "ALWAYS",
    "Finding",
    "Window",
    "check_sources",
    "cursor_now",
    "extract",
    "number_lines",
    "propose",
    "source_errors",
]
