"""Survey services over HTTP, from a real server on loopback: paging, authentication, and what may go wrong."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from assets.configuration.services import RestSource
from assets.errors import ConfigurationError, ContractError, SourceError
from assets.sources import Window, check_sources, extract, rest_pages
from assets.sources.rest import read_rest
from tests.sources.one_source import ALWAYS, configured
from tests.sources.survey_service import ANSWERS, TOKEN, Service, survey_service

COLUMNS = {
    "response_id": "id",
    "customer_id": "who.id",
    "survey_id": "'s'",
    "question_id": "'nps'",
    "answered_at": "at",
    "score": "score + 1",
}
JANUARY = Window(dt.date(2024, 1, 3), dt.date(2024, 1, 5))
EVERYBODY = [f"c{number}" for number in range(1, 8)]


@pytest.fixture(scope="module")
def running() -> Iterator[Service]:
    with survey_service() as service:
        yield service


@pytest.fixture
def service(running: Service) -> Service:
    running.asked.clear()
    running.headers.clear()
    return running


def answers(service: Service, path: str, window: Window = ALWAYS, columns: Any = None, **rest: Any) -> pl.DataFrame:
    source = {"rest": {"url": f"{service.url}/{path}", **rest}, "columns": columns or COLUMNS}
    return extract("survey_responses", configured(survey_responses=source), window).collect()


def raw(service: Service, path: str, **rest: Any) -> pl.DataFrame:
    told: dict[str, bool] = {}
    return read_rest(RestSource(url=f"{service.url}/{path}", **rest), None, told, "sources.x").rows.collect()


@pytest.mark.parametrize(
    ("path", "rest", "requests"),
    [
        ("list", {}, 1),
        ("json_link", {"data": "result.items", "paging": {"kind": "json_link", "next": "links.next"}}, 3),
        ("json_link", {"data": "result.items", "params": {"end": "blank"},
                       "paging": {"kind": "json_link", "next": "links.next"}}, 3),
        ("relative", {"data": "data", "paging": {"kind": "json_link", "next": "next"}}, 3),
        ("header_link", {"paging": {"kind": "header_link"}}, 3),
        ("offset", {"data": "data", "paging": {"kind": "offset", "parameter": "offset", "size": 3,
                                               "size_parameter": "limit"}}, 4),
        ("offset", {"data": "data", "params": {"strict": 1},
                    "paging": {"kind": "offset", "parameter": "offset", "size": 3, "size_parameter": "limit",
                               "total": "total"}}, 3),
        ("page", {"data": "data", "paging": {"kind": "page", "parameter": "p", "size": 3,
                                             "size_parameter": "size"}}, 4),
        ("page", {"data": "data", "paging": {"kind": "page", "parameter": "p", "size": 7, "size_parameter": "size",
                                             "total": "total"}}, 1),
        ("cursor", {"data": "data", "paging": {"kind": "cursor", "parameter": "after", "next": "meta.after"}}, 3),
    ],
)  # fmt: skip
def test_every_kind_of_paging_gives_every_row_once(
    service: Service, path: str, rest: dict[str, Any], requests: int
) -> None:
    found = answers(service, path, **rest)
    assert found["customer_id"].to_list() == EVERYBODY
    assert found["score"].to_list() == [number + 1.0 for number in range(1, 8)]
    assert found["_problems"].null_count() == len(ANSWERS)
    assert len(service.asked) == requests


def test_each_element_of_a_list_is_a_row_beside_what_it_lies_in(service: Service) -> None:
    """Services give one object per respondent, and the answers within it."""
    columns = COLUMNS | {"question_id": "answers.q", "score": "answers.v"}
    found = answers(service, "list", columns=columns, each="answers").sort("response_id", "question_id")
    assert found.height == 2 * len(ANSWERS)
    assert found.select("customer_id", "question_id", "score").rows()[:2] == [("c1", "csat", 5.0), ("c1", "nps", 1.0)]


def test_values_keep_what_the_service_wrote(service: Service) -> None:
    """As floats, an id of twenty digits and an amount would lose their last ones."""
    first, second = raw(service, "odd").to_dicts()
    assert first == {
        "id": "12345678901234567890", "n": "0.1000", "big": "1E+3", "b": "true", "e": None,
        "l": '[1, 2.5, "x"]', "s": "a\ufffdb", "nul": "x\0y", "late": None,
    }  # fmt: skip
    assert (second["id"], second["late"]) == ("007", "yes")


def test_the_window_goes_to_the_service_with_a_margin_and_is_cut_exactly(service: Service) -> None:
    """A service that counts days in another time zone must not leave out the first evening."""
    day_param = {"from": "since", "to": "until", "format": "%Y-%m-%dT00:00:00Z"}
    found = answers(service, "list", JANUARY, day_param=day_param, params={"survey": "a b&c"})
    assert found["customer_id"].to_list() == ["c3", "c4", "c5"]
    (asked,) = service.asked
    assert asked == "/list?survey=a+b%26c&since=2024-01-01T00%3A00%3A00Z&until=2024-01-07T00%3A00%3A00Z"


def test_without_an_end_of_time_no_day_is_asked(service: Service) -> None:
    """A check looks at all of time; a day before the year 1 once ended it."""
    source = {"rest": {"url": f"{service.url}/list", "day_param": {"from": "since", "to": "until"}}, "columns": COLUMNS}
    (finding,) = check_sources(configured(survey_responses=source))
    assert finding.level == "info"
    assert service.asked == ["/list"]


def test_a_check_asks_for_no_more_pages_than_it_looks_at(service: Service) -> None:
    told: dict[str, bool] = {}
    paging: Any = {"kind": "page", "parameter": "p"}
    source = RestSource(url=f"{service.url}/endless", data="data", paging=paging)
    assert read_rest(source, None, told, "sources.x", first_rows=5).rows.collect().height == 5
    assert len(service.asked) == 5


def test_a_quiet_night_has_no_rows_and_all_columns(service: Service) -> None:
    found = answers(service, "none", data="data")
    assert found.is_empty()
    assert "reason_code" in found.columns


def test_a_field_that_every_row_leaves_out_is_empty_unless_required(service: Service) -> None:
    """Services leave out what is null; a misspelt required one must not pass for that."""
    found = answers(service, "list", columns=COLUMNS | {"channel": "who.channel", "reason_code": "COALESCE(why, '-')"})
    assert found["channel"].null_count() == len(ANSWERS)
    assert found["reason_code"].unique().to_list() == ["-"]
    assert answers(service, "list", columns=COLUMNS | {"channel": "Sales channel"})["channel"].null_count() == 7
    with pytest.raises(ContractError, match=r"no column 'scor'.*score"):
        answers(service, "list", columns=COLUMNS | {"score": "scor"})


@pytest.mark.parametrize(
    ("path", "auth"),
    [
        ("bearer", {"kind": "bearer", "token": "geheim"}),
        ("basic", {"kind": "basic", "user": "a", "password": "geheim"}),
        ("key", {"kind": "api_key", "name": "X-Key", "key": "geheim"}),
        ("key", {"kind": "api_key", "name": "key", "key": "geheim", "location": "query"}),
    ],
)
def test_each_kind_of_authentication(service: Service, path: str, auth: dict[str, str]) -> None:
    assert answers(service, path, auth=auth).height == len(ANSWERS)
    secret = next(name for name in ("token", "password", "key") if name in auth)
    with pytest.raises(SourceError, match=r"the service refuses us \(40[13]\); see `auth`") as caught:
        answers(service, path, auth=auth | {secret: TOKEN})
    assert "geheim" not in str(caught.value)


def test_a_service_that_asks_for_patience_is_given_it(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """`Retry-After` counts, not our own pause: a service that is asked too early bans its caller."""
    monkeypatch.setattr(rest_pages, "FIRST_PAUSE_SECONDS", 60.0)
    service.busy["list"] = 1
    assert answers(service, "list").height == len(ANSWERS)
    assert service.asked == ["/list", "/list"]


def test_a_service_that_stays_down_or_busy_is_told(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rest_pages, "FIRST_PAUSE_SECONDS", 0.01)
    with pytest.raises(SourceError, match="the service answers 503"):
        answers(service, "down")
    assert len(service.asked) == rest_pages.ATTEMPTS
    with pytest.raises(SourceError, match=r"does not answer at 127\.0\.0\.1:1$"):
        extract("orders", configured(orders={"rest": {"url": "http://127.0.0.1:1/x"}}), ALWAYS)


LINKED = {"data": "data", "paging": {"kind": "json_link", "next": "next"}}
NUMBERED = {"data": "data", "paging": {"kind": "page", "parameter": "p"}}
COUNTED = {"kind": "offset", "parameter": "offset", "size": 3, "size_parameter": "limit"}


@pytest.mark.parametrize(
    ("path", "rest", "message"),
    [
        ("nowhere", {}, r"the service has nothing at this address \(404\)"),
        ("broken", LINKED, "an answer is no JSON"),
        ("nan", {}, "an answer is no JSON"),
        ("deep", {}, "does not hold what|no JSON|nested too deeply"),
        ("deeper", {}, "an answer does not hold|no JSON"),
        ("error", {"data": "result.items"}, r"page 1: there is no list at `result\.items`; it has error, code"),
        ("error", {}, "there is no list at its top; write `data`"),
        ("list", {"data": "not ( a path"}, "`data` is no path within JSON: not \\( a path"),
        ("texts", {}, "its rows are no objects but texts; see `data`"),
        ("list", {"each": "who.answers"}, "a row has no list at `who.answers`"),
        ("collision", {}, r"two fields of the name `a\.b`"),
        ("loop", LINKED, "page 5: the service gives a page again that it gave before"),
        ("deaf", NUMBERED, "page 2: the service gives a page again that it gave before"),
        ("endless", NUMBERED | {"max_pages": 20}, "more than 20 pages; raise `max_pages`"),
        ("elsewhere", LINKED, "its next page lies on another service than http://127"),
        ("odd_link", LINKED, "does not hold what `data` and `paging` say"),
        ("moved", {}, r"the service sends us elsewhere \(302\); write its new `url`"),
        ("offset", {"data": "data", "params": {"at_most": 2}, "paging": COUNTED},
         "page 2: the page before has 2 rows, not 3; mend `paging.size`"),
        ("offset", {"data": "data", "params": {"more": 2}, "paging": COUNTED | {"total": "total"}},
         "7 rows came where the service counts 9"),
        ("offset", {"data": "data", "paging": COUNTED | {"total": "sum"}}, "there is no number of rows at `sum`"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_an_answer_is_one_sentence(
    service: Service, path: str, rest: dict[str, Any], message: str
) -> None:
    """Rows that are lost, a loop without end, a person's name in a log."""
    with pytest.raises((SourceError, ConfigurationError), match=message) as caught:
        raw(service, path, auth={"kind": "bearer", "token": TOKEN}, **rest)
    told = str(caught.value)
    assert told.startswith("sources.x (http://127.0.0.1:")
    assert "\n" not in told
    assert "Ada" not in told
    assert "geheim" not in told


def test_credentials_do_not_go_to_another_service(service: Service) -> None:
    """A next page elsewhere is where a key would be stolen."""
    with survey_service() as other:
        first = RestSource.model_validate(
            {
                "url": f"{service.url}/list",
                "auth": {"kind": "bearer", "token": TOKEN},
                "paging": {"kind": "header_link"},
            }
        )
        with pytest.raises(SourceError):
            rest_pages.same_service(f"{other.url}/list", first, "page 1")
        assert other.asked == []


def test_what_authenticates_us_is_no_part_of_what_is_shown_or_kept() -> None:
    """A new token is no new source: history would be extracted again for it."""
    source = RestSource.model_validate({"url": "https://x.example", "auth": {"kind": "bearer", "token": "geheim"}})
    assert "geheim" not in repr(source) + source.model_dump_json()


QUIET = """
import os, socket, sys
connect = socket.socket.connect
def refuse(self, address):
    assert address[0] == "127.0.0.1", address
    return connect(self, address)
socket.socket.connect = refuse
from assets.configuration.services import RestSource
from assets.sources.rest import read_rest
assert "dlt" not in sys.modules
print(read_rest(RestSource(url=sys.argv[1]), None, {}, "x").rows.collect().height)
"""


def test_the_library_writes_nothing_home_and_calls_nobody(service: Service, tmp_path: Path) -> None:
    """Its telemetry would tell of every night; its folder would appear in the home of a service user."""
    command = [sys.executable, "-c", QUIET, f"{service.url}/list"]
    environment = {"HOME": str(tmp_path), "PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert (done.stdout, done.stderr) == ("7\n", "")
    assert list(tmp_path.iterdir()) == []
