"""Reads the report as a browser does, far enough to ask what is in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Element:
    """An element with its attributes, its text and what it stands in."""

    tag: str
    attributes: dict[str, str]
    within: Element | None
    text: str = ""

    @property
    def figure(self) -> str | None:
        """The id of the figure that it stands in."""
        element: Element | None = self
        while element is not None and element.tag != "figure":
            element = element.within
        return None if element is None else element.attributes["id"]


VOID = {"meta", "line", "br", "img", "link", "input"}


@dataclass
class Page(HTMLParser):
    """The elements of a page in their order."""

    html: str
    elements: list[Element] = field(default_factory=list)
    open_elements: list[Element] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        within = self.open_elements[-1] if self.open_elements else None
        element = Element(tag, {name: value or "" for name, value in attrs}, within)
        self.elements.append(element)
        if tag not in VOID:
            self.open_elements.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        closed = self.open_elements.pop()
        assert closed.tag == tag, f"<{closed.tag} {closed.attributes}> is closed by </{tag}>"

    def handle_data(self, data: str) -> None:
        if self.open_elements:
            self.open_elements[-1].text += data

    def all(self, tag: str, **attributes: str) -> list[Element]:
        """The elements of a tag that have these attributes; `class_` is the attribute `class`."""
        wanted = {name.rstrip("_"): value for name, value in attributes.items()}
        return [e for e in self.elements if e.tag == tag and wanted.items() <= e.attributes.items()]

    @property
    def ids(self) -> list[str]:
        """Every id of the page."""
        return [element.attributes["id"] for element in self.elements if "id" in element.attributes]
