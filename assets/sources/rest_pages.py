"""Ask an HTTP service for its pages: paging, authentication and patience come from dlt's REST client."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

from assets.configuration.services import Authentication, Paging, RestSource
from assets.errors import ConfigurationError, SourceError
from assets.sources.tables import Window, widened

ATTEMPTS = 5
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 300
ANSWER_TIMEOUT_SECONDS = 60
DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Page:
    """One answer: the address that was asked, its bytes, and the address of the next one, if any."""

    url: str
    content: bytes
    next_url: str | None


def answers(source: RestSource, window: Window | None, place: str) -> Iterator[Page]:
    """The pages of a service as they come; what goes wrong is one SourceError without what authenticates us.

    429 and 5xx are asked again, after `Retry-After` where the service says so.
    """
    client = _client(source, place)
    _assert_paths(source, place)
    from requests import RequestException

    try:
        pages = client.paginate(
            params=_parameters(source, window),
            paginator=_paginator(source.paging),
            data_selector=source.data or "$",
            hooks={"response": [_checked(place)]},
            allow_redirects=False,
        )
        for page in pages:
            yield Page(str(page.response.url), page.response.content, page.request.url)
    except RequestException as error:
        raise SourceError(f"{place}: {_reason(error, source)}") from None
    except (ValueError, TypeError, AttributeError, RecursionError):
        # What dlt raises quotes the page, and with it persons.
        raise SourceError(f"{place}: an answer does not hold what `data` and `paging` say; see both") from None


def same_service(url: str, source: RestSource, where: str) -> None:
    """Refuse to be led to another service: our credentials would go with us."""
    try:
        is_same = _service(urlsplit(url)) == _service(urlsplit(source.url))
    except ValueError:
        is_same = False
    if not is_same:
        raise SourceError(f"{where}: its next page lies on another service than {source.url}")


def _service(url: SplitResult) -> tuple[str, str | None, int | None]:
    return url.scheme, url.hostname, url.port or DEFAULT_PORTS.get(url.scheme)


def _assert_paths(source: RestSource, place: str) -> None:
    from dlt.common.jsonpath import compile_path
    from jsonpath_ng.exceptions import JSONPathError

    paging = source.paging
    told = {"data": source.data, "paging.total": paging.total if paging else None}
    if paging and paging.kind in ("json_link", "cursor"):
        told["paging.next"] = paging.next
    for name, path in told.items():
        try:
            compile_path(path or "$")
        except JSONPathError:
            raise ConfigurationError(f"{place}: `{name}` is no path within JSON: {path}") from None


def _client(source: RestSource, place: str) -> Any:
    try:
        from dlt.common.configuration.specs import RuntimeConfiguration
        from dlt.sources.helpers.requests import Client
        from dlt.sources.helpers.rest_client.client import RESTClient
    except ModuleNotFoundError:
        raise SourceError(f"{place}: to ask a service install what it needs: pip install 'loyalty[http]'") from None
    session = Client(
        request_timeout=ANSWER_TIMEOUT_SECONDS,
        raise_for_status=False,
        request_max_attempts=ATTEMPTS,
        request_backoff_factor=FIRST_PAUSE_SECONDS,
        request_max_retry_delay=LONGEST_PAUSE_SECONDS,
    ).session
    # A configuration of its own: dlt would look for its files in the home folder.
    return RESTClient(source.url, auth=_auth(source.auth), session=session, config=RuntimeConfiguration())


def _auth(told: Authentication | None) -> Any:
    from dlt.sources.helpers.rest_client.auth import APIKeyAuth, BearerTokenAuth, HttpBasicAuth

    if told is None:
        return None
    kinds: dict[str, Callable[[], Any]] = {
        "bearer": lambda: BearerTokenAuth(token=told.token or ""),
        "basic": lambda: HttpBasicAuth(username=told.user or "", password=told.password or ""),
        "api_key": lambda: APIKeyAuth(name=told.name, api_key=told.key or "", location=told.location),
    }
    return kinds[told.kind]()


def _paginator(told: Paging | None) -> Any:
    from dlt.sources.helpers.rest_client import paginators

    if told is None:
        return paginators.SinglePagePaginator()
    kinds: dict[str, Callable[[], Any]] = {
        "json_link": lambda: paginators.JSONLinkPaginator(next_url_path=told.next or ""),
        "header_link": lambda: paginators.HeaderLinkPaginator(links_next_key=told.next or "next"),
        "cursor": lambda: paginators.JSONResponseCursorPaginator(told.next or "", told.parameter),
        "page": lambda: paginators.PageNumberPaginator(
            base_page=told.first, page_param=told.parameter, total_path=None, stop_after_empty_page=True
        ),
        "offset": lambda: paginators.OffsetPaginator(
            limit=told.size or 0,
            offset_param=told.parameter,
            limit_param=told.size_parameter,
            total_path=None,
            stop_after_empty_page=True,
        ),
    }
    return kinds[told.kind]()


def _parameters(source: RestSource, window: Window | None) -> dict[str, Any]:
    parameters: dict[str, Any] = dict(source.params)
    if source.paging and source.paging.size_parameter:
        parameters[source.paging.size_parameter] = source.paging.size
    if source.day_param and window:
        days = widened(window)
        if source.day_param.first and days.first_day > dt.date.min:
            parameters[source.day_param.first] = days.first_day.strftime(source.day_param.format)
        if source.day_param.last and days.last_day < dt.date.max:
            parameters[source.day_param.last] = days.last_day.strftime(source.day_param.format)
    return parameters


def _checked(place: str) -> Callable[..., None]:
    def check(response: Any, *_arguments: Any, **_settings: Any) -> None:
        if response.is_redirect:
            raise SourceError(f"{place}: the service sends us elsewhere ({response.status_code}); write its new `url`")
        response.raise_for_status()

    return check


def _reason(error: Any, source: RestSource) -> str:
    """What went wrong, in words of our own: the library's would quote the address, and with it a key."""
    url = urlsplit(source.url)
    status = error.response.status_code if error.response is not None else None
    if status in (401, 403):
        return f"the service refuses us ({status}); see `auth`"
    if status in (404, 410):
        return f"the service has nothing at this address ({status})"
    if status == 429:
        return f"the service asks for patience (429) and still does after {ATTEMPTS} attempts"
    if status is not None:
        return f"the service answers {status}"
    if isinstance(error, ValueError) and "JSON" in type(error).__name__:
        return "an answer is no JSON"
    return f"the service does not answer at {url.hostname}:{url.port or DEFAULT_PORTS[url.scheme]}"
