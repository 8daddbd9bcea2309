"""The fenced blocks of a page of the documentation, for tests that execute what a page tells to do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"


@dataclass(frozen=True)
class Block:
    """A fenced block: the language that it names, and its text."""

    language: str
    text: str


def blocks_of(page: str) -> list[Block]:
    """The blocks of a page, in their order."""
    found = blocks_in((DOCS / page).read_text(encoding="utf-8"))
    assert found, f"{page} has no block"
    return found


def blocks_in(text: str) -> list[Block]:
    """The blocks of a text, in their order."""
    found = re.findall(r"^```(\w+)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    return [Block(language, block) for language, block in found]
