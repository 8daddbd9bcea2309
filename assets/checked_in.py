"""Files that are written from YAML and checked in, so that readers and tools find them without building anything."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def write_checked_in(project: Path, files: Mapping[Path, str]) -> None:
    """Write files anew, each by its path within the project."""
    for path, text in files.items():
        (project / path).parent.mkdir(parents=True, exist_ok=True)
        (project / path).write_text(text, encoding="utf-8")


def table_cell(text: str) -> str:
    """Keep a pipe from ending the cell of a Markdown table, and a line break from ending the table."""
    return " ".join(text.split()).replace("|", "\\|")
