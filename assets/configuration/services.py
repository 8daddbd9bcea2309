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
    next: str | None = None
    parameter: str | None = None
    size: Annotated[int, Field(ge=1)] | None = None
    size_parameter: str | None = None
    first: Annotated[int, Field(ge=0)] = 1
    total: str | None = None


class Authentication(Section):
    """Who asks: a bearer token, a user and password, or a key in a header or parameter of its own."""

    kind: Literal["bearer", "basic", "api_key"]
    token: str | None = Field(default=None, repr=False)
    user: str | None = None
    password: str | None = Field(default=None, repr=False)
    key: str | None = Field(default=None, repr=False)
    name: str = "X-API-Key"
    location: Literal["header", "query"] = "header"


class DayParameters(Section):
    """The parameters by which a service gives only what was answered from one day to another, and how days look."""

    first: str | None = Field(alias="from", default=None)
    last: str | None = Field(alias="to", default=None)
    format: str = "%Y-%m-%d"


class RestSource(Section):
    """An HTTP service that answers in pages of JSON.

    `data` is the place of the list of rows in a page, such as `result.items`; left out, the page is the list. `each`
    names a list within each row of which every element is a row of its own, beside what it lies in.
    """

    url: str
    data: str | None = None
    each: str | None = None
    params: dict[str, str | int | float | bool] = {}
    paging: Paging | None = None
    auth: Authentication | None = Field(default=None, exclude=True)
    day_param: DayParameters | None = None
    max_pages: Annotated[int, Field(ge=1)] = 10_000


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
