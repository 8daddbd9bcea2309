"""Sources: whatever a company has becomes typed canonical rows."""

from assets.sources.extraction import extract, source_errors
from assets.sources.lines import number_lines
from assets.sources.tables import Window

__all__ = ["Window", "extract", "number_lines", "source_errors"]
