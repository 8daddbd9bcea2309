"""What a user writes as a day, and what a day that cannot be is answered with.

What it guards against: the formats of a library in place of a hint, an as-of date refused without a way out.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from assets.business_day import today_in, yesterday_in
from assets.errors import ConfigurationError
from pipelines.runs import business_day
from tests.pipelines.published_demo import loyalty
from tests.sources.one_source import configured


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("31.12.2015", "write it as 2015-12-31"),
        ("12/31/2015", "write it as 2015-12-31"),
        ("20151231", "write it as 2015-12-31"),
        ("01/02/2015", "write year, month and day, as in 2015-12-31"),
        ("yesterday", "write year, month and day, as in 2015-12-31"),
    ],
)
@pytest.mark.parametrize("option", ["--as-of", "--from", "--to"])
def test_a_day_in_another_form_is_answered_with_how_to_write_it(
    tmp_path: Path, option: str, written: str, hint: str
) -> None:
    days = {"--from": "2015-12-01", "--to": "2015-12-31"} | {option: written}
    arguments = ["run", option, written] if option == "--as-of" else ["backfill", *(w for d in days.items() for w in d)]
    told = loyalty(*arguments, "--config", tmp_path / "none.yaml")
    said = " ".join(told.err.replace("│", " ").split())
    assert told.exit_code == 2
    assert f"'{written}' is no day in this form; {hint}." in said
    assert option in said


def test_a_day_before_history_is_answered_with_what_to_do() -> None:
    with pytest.raises(ConfigurationError) as caught:
        business_day(configured(), dt.date(2019, 12, 31))
    assert str(caught.value) == (
        "--as-of 2019-12-31 is before company.history_start 2020-01-01. "
        "Set company.history_start to the first day that you have data of, or name a later day."
    )


def test_where_history_has_not_begun_no_later_day_is_advised() -> None:
    configuration = configured()
    company = configuration.company.model_copy(update={"history_start": today_in("UTC")})
    with pytest.raises(ConfigurationError) as caught:
        business_day(configuration.model_copy(update={"company": company}), yesterday_in("UTC"))
    assert str(caught.value).endswith(" Set company.history_start to the first day that you have data of.")
