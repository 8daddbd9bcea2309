"""The documentation is built without a warning, and whoever reads it asks no other server for anything.

What it guards against: a link or an anchor that leads nowhere, a page that the navigation forgot, a font or script that
is fetched from elsewhere, a list that only GitHub takes for one.
"""

from __future__ import annotations

import itertools
import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
HOOK = runpy.run_path(str(PROJECT / ".ci/site_pages.py"))
SOURCES = [PROJECT / source for source in HOOK["BROUGHT"]] + sorted((PROJECT / "docs").rglob("*.md"))
# What a browser loads by itself; a link that somebody follows is none of it.
LOADED = re.compile(
    r"""<(?:script|img|iframe|source)[^>]*\ssrc=["']?(?:https?:)?//|<link[^>]*href=["']?(?:https?:)?//"""
)
LOADED_BY_STYLES = re.compile(r"""(?:url\(|@import)\s*["']?(?:https?:)?//""")
ITEM = re.compile(r"\s*(?:[-*]|1\.) ")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site as `make docs` builds it, strictly."""
    folder = tmp_path_factory.mktemp("documentation") / "site"
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    # A proxy that is not there: a build that asks the network for something fails.
    nowhere = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
    environment = {**os.environ, **nowhere, "NO_MKDOCS_2_WARNING": "1"}
    ended = subprocess.run(
        command, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert (ended.returncode, ended.stdout) == (0, ""), ended.stdout + ended.stderr
    return folder


def test_the_site_loads_nothing_from_elsewhere(site: Path) -> None:
    pages, styles = list(site.rglob("*.html")), list(site.rglob("*.css"))
    assert len(pages) > 35
    assert styles
    assert [page.name for page in pages if LOADED.search(page.read_text(encoding="utf-8"))] == []
    assert [file.name for file in styles if LOADED_BY_STYLES.search(file.read_text(encoding="utf-8"))] == []
    # The theme's script would fetch what draws such diagrams.
    assert [page.name for page in pages if 'class="mermaid"' in page.read_text(encoding="utf-8")] == []


def test_what_would_be_loaded_is_found() -> None:
    """The search itself could find nothing because it looks for nothing."""
    for text in (
        '<script src="https://a.example/x.js">',
        "<link rel=stylesheet href=//a.example/x.css>",
        '<img alt="" src="http://a.example/x.png">',
    ):
        assert LOADED.search(text), text
    assert LOADED_BY_STYLES.search('@import "https://a.example/x.css"')
    assert not LOADED.search('<a href="https://a.example/">')


def test_the_first_page_is_the_readme_with_links_that_lead_on(site: Path) -> None:
    page = (site / "index.html").read_text(encoding="utf-8")
    assert "Two commands" in page
    assert 'href="operations.html"' in page


def test_links_are_those_of_the_site() -> None:
    relinked = HOOK["relinked"]
    assert relinked("[a](docs/bi.md#excel)", Path("README.md"), Path("index.md")) == "[a](bi.md#excel)"
    assert relinked("[a](../README.md)", Path("docs/tutorial.md"), Path("tutorial.md")) == "[a](index.md)"
    assert relinked("[a](../bi.md)", Path("docs/reference/x.md"), Path("reference/x.md")) == "[a](../bi.md)"
    assert relinked("[a](https://a.example/b)", Path("README.md"), Path("index.md")) == "[a](https://a.example/b)"


@pytest.mark.parametrize("page", SOURCES, ids=lambda page: page.relative_to(PROJECT).as_posix())
def test_lists_and_tables_begin_after_an_empty_line(page: Path) -> None:
    """Without it they are a paragraph in the site, full of dashes and bars."""
    text = re.sub(r"^ *```.*?^ *```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    lines = text.splitlines()
    wrong = [
        line
        for before, line in itertools.pairwise(lines)
        if before.strip() and not before.startswith(("#", " "))
        if (ITEM.match(line) and not ITEM.match(before)) or (line.startswith("|") and not before.startswith("|"))
    ]
    assert wrong == []
