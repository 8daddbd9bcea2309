"""The settings of a `rest` source of `loyalty.yaml`, and what must hold between them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field

Place = tuple[int | str, ...]
Problem = tuple[Place, str]

NEEDED = {
    "json_link": {"next"},
    "header_link": set[str](),
    "cursor": {"next", "parameter"},
    "page": {"parameter"},
    "offset": {"parameter", "size", "size_parameter"},
    "bearer": {"token"},
    "basic": {"user", "password"},
    "api_key": {"key"},
}
POSSIBLE = {
    "json_link": {"size", "size_parameter"},
    "header_link": {"next", "size", "size_parameter"},
    "cursor": {"size", "size_parameter"},
    "page": {"size", "size_parameter", "first", "total"},
    "offset": {"total"},
    "bearer": set[str](),
    "basic": set[str](),
    "api_key": {"name", "location"},
}
SECRETS = ("token", "password", "key")
LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")


class Section(BaseModel):
    """A section of the file: unknown keys are errors, values are fixed once read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Paging(Section):
    """How a service splits its answer into pages.

    `json_link`: the address of the next page stands at `next` in the page. `header_link`: in the header `Link`, under
    the relation `next`. `cursor`: what stands at `next` goes back as `parameter`. `page` and `offset`: `parameter`
    counts pages from `first`, or rows, until a page is empty, or until there are as many rows as stand at `total`.
    `size` goes along as `size_parameter`.
    """

    kind: Literal["json_link", "header_link", "cursor", "page", "offset"]
    """How the next page is found: by its address in the page or in the header `Link`, or by a cursor, a page number or
    a row offset.
    """
    next: str | None = None
    """The place in the page of the next page's address or cursor; the relation in the header `Link` for header_link."""
    parameter: str | None = None
    """The parameter that takes the cursor, page number or offset."""
    size: Annotated[int, Field(ge=1)] | None = None
    """How many rows a page is asked to have."""
    size_parameter: str | None = None
    """The parameter that takes `size`."""
    first: Annotated[int, Field(ge=0)] = 1
    """The number of the first page."""
    total: str | None = None
    """The place in the page of the number of all rows."""


class Authentication(Section):
    """Who asks: a bearer token, a user and password, or a key in a header or parameter of its own."""

    kind: Literal["bearer", "basic", "api_key"]
    """Whether a token, a user with a password, or a key is shown to the service."""
    token: str | None = Field(default=None, repr=False)
    """The token of bearer, as ${NAME}."""
    user: str | None = None
    """The user of basic."""
    password: str | None = Field(default=None, repr=False)
    """The password of basic, as ${NAME}."""
    key: str | None = Field(default=None, repr=False)
    """The key of api_key, as ${NAME}."""
    name: str = "X-API-Key"
    """The header or parameter in which the key goes along."""
    location: Literal["header", "query"] = "header"
    """Whether the key goes along in a header or in the query."""


class DayParameters(Section):
    """The parameters by which a service gives only what was answered from one day to another, and how days look."""

    first: str | None = Field(alias="from", default=None)
    """The parameter that takes the first day."""
    last: str | None = Field(alias="to", default=None)
    """The parameter that takes the last day."""
    format: str = "%Y-%m-%d"
    """How the service writes days, in % codes."""


class RestSource(Section):
    """An HTTP service that answers in pages of JSON."""

    url: str
    """The address of the first page, without what follows a `?`."""
    data: str | None = None
    """The place of the list of rows in a page, such as result.items; the page itself where left out."""
    each: str | None = None
    """A list within each row of which every element becomes a row of its own, beside what it lies in."""
    params: dict[str, str | int | float | bool] = {}
    """Parameters that go along with every question."""
    paging: Paging | None = None
    """How the answer is split into pages; one page where left out."""
    auth: Authentication | None = Field(default=None, exclude=True)
    """How the service knows who asks."""
    day_param: DayParameters | None = None
    """Parameters by which the service gives only some days."""
    max_pages: Annotated[int, Field(ge=1)] = 10_000
    """After how many pages reading stops with an error."""


def rest_problems(rest: RestSource, place: Place) -> Iterator[Problem]:
    """What is wrong with the settings of a service, each with its place."""
    try:
        url = urlsplit(rest.url)
        is_address = url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0
    except ValueError:
        is_address = False
    if not is_address or not rest.url.isprintable() or " " in rest.url:
        yield (*place, "url"), "must be an address such as https://api.example.org/v2/responses"
        return
    if url.username is not None or url.password is not None:
        yield (*place, "url"), "must hold no user or password; write them under `auth`"
    if url.query or url.fragment:
        yield (*place, "url"), "must end before its `?`; write what follows under `params`"
    if rest.auth and url.scheme == "http" and url.hostname not in LOCAL_HOSTS:
        yield (*place, "url"), "must begin with https:// where there is `auth`: anybody on the way could read it"
    for name, section in (("paging", rest.paging), ("auth", rest.auth)):
        if section is not None:
            yield from _by_kind(section, (*place, name))
    if rest.paging and (rest.paging.size is None) != (rest.paging.size_parameter is None):
        yield (*place, "paging"), "must have both of size, size_parameter, or none"
    if rest.day_param and "%" not in rest.day_param.format:
        yield (*place, "day_param", "format"), 'is written in % codes, such as "%Y-%m-%d"'


def _by_kind(section: Paging | Authentication, place: Place) -> Iterator[Problem]:
    """Each kind has settings that it needs and some that it may have; any other is a misunderstanding."""
    kind = section.kind
    for name in sorted(NEEDED[kind]):
        if not getattr(section, name):
            yield (*place, name), f"is required where kind is {kind}"
    for name in sorted(section.model_fields_set - NEEDED[kind] - POSSIBLE[kind] - {"kind"}):
        yield (*place, name), f"does not belong to kind {kind}"
