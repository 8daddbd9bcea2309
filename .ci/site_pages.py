"""Brings pages that stand outside of `docs` into the documentation site, so that none of them is written twice.

MkDocs calls its functions as hooks. Links are written for the folders of the project; in the site they lead to where
the pages stand there.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

PROJECT = Path(__file__).resolve().parents[1]
BROUGHT = {"README.md": "index.md", "examples/README.md": "examples.md", "CHANGELOG.md": "changes.md"}
LINK = re.compile(r"\]\(([^)#\s]+)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that stand elsewhere."""
    for source, page in BROUGHT.items():
        text = (PROJECT / source).read_text(encoding="utf-8")
        files.append(File.generated(config, page, content=relinked(text, Path(source), Path(page))))
    return files


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Let links to the pages that stand elsewhere lead to them; those pages themselves are done."""
    path = Path(page.file.src_uri)
    return markdown if path.as_posix() in BROUGHT.values() else relinked(markdown, Path("docs") / path, path)


def relinked(text: str, source: Path, page: Path) -> str:
    """The text of a file of the project with each relative link as a page of the site has it."""

    def in_the_site(link: re.Match[str]) -> str:
        if "://" in link[1]:
            return link[0]
        target = os.path.normpath(source.parent / link[1])
        place = BROUGHT.get(target, os.path.relpath(target, "docs"))
        return "](" + os.path.relpath(place, page.parent)

    return LINK.sub(in_the_site, text)
