"""Each mistake in a `rest` source is told at its place, before any service is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from assets.configuration.file import load_configuration
from assets.errors import ConfigurationError

TEXT = """\
company: {name: Acme, timezone: Europe/London, currency: GBP, history_start: 2022-01-01}
sources:
  contracts: {file: contracts.csv}
  survey_responses:
    rest:
      %s
"""
URL = "url: 'https://api.example.org/v2/responses'"


def loaded(folder: Path, rest: str) -> list[str]:
    (folder / "loyalty.yaml").write_text(TEXT % rest)
    try:
        load_configuration(folder / "loyalty.yaml", {"TOKEN": "geheim"})
    except ConfigurationError as error:
        return str(error).splitlines()
    return []


@pytest.mark.parametrize(
    "rest",
    [
        URL,
        f"{{{URL}, paging: {{kind: header_link}}, auth: {{kind: bearer, token: '${{TOKEN}}'}}}}",
        "{url: 'http://127.0.0.1:80/x', auth: {kind: basic, user: a, password: '${TOKEN}'}}",
    ],
)
def test_what_is_right_is_taken(tmp_path: Path, rest: str) -> None:
    assert loaded(tmp_path, rest) == []


@pytest.mark.parametrize(
    ("rest", "problem"),
    [
        ("url: api.example.org", "url: must be an address such as https"),
        ("url: 'file:///etc/passwd'", "url: must be an address such as https"),
        ("url: 'https://a:99999/'", "url: must be an address such as https"),
        ("url: 'https://[a/'", "url: must be an address such as https"),
        ("url: 'https://u:p@a/'", "url: must hold no user or password"),
        ("url: 'https://a/?key=1'", "url: must end before its `?`"),
        ("{url: 'http://a/', auth: {kind: bearer, token: '${TOKEN}'}}", "url: must begin with https://"),
        (f"{{{URL}, auth: {{kind: bearer, token: geheim}}}}", "auth.token: must come from the environment"),
        (f"{{{URL}, auth: {{kind: basic, token: '${{TOKEN}}'}}}}", "auth.password: is required where kind is basic"),
        (
            f"{{{URL}, auth: {{kind: bearer, token: '${{TOKEN}}', user: a}}}}",
            "auth.user: does not belong to kind bearer",
        ),
        (f"{{{URL}, paging: {{kind: cursor, next: a}}}}", "paging.parameter: is required where kind is cursor"),
        (
            f"{{{URL}, paging: {{kind: json_link, next: a, first: 0}}}}",
            "paging.first: does not belong to kind json_link",
        ),
        (f"{{{URL}, paging: {{kind: page, parameter: p, size: 3}}}}", "paging: must have both of size, size_parameter"),
        (f"{{{URL}, paging: {{kind: pages}}}}", "paging.kind: input should be 'json_link', 'header_link'"),
        (f"{{{URL}, paging: {{kind: page, param: p}}}}", "paging.param: unknown key, did you mean parameter?"),
        (f"{{{URL}, day_param: {{from: a, format: YYYY}}}}", "day_param.format: is written in % codes"),
    ],
)
def test_each_mistake_is_told_at_its_place(tmp_path: Path, rest: str, problem: str) -> None:
    """A service that is asked wrongly answers something, and it is no rows that miss."""
    told = loaded(tmp_path, rest)
    assert any(line.partition("sources.survey_responses.rest.")[2].startswith(problem) for line in told), told
    assert "geheim" not in "\n".join(told)
