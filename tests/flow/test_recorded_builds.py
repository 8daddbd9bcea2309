"""dbt sends the same statements whatever the rows are, which is what tests that run them again rely on.

What it guards against: a model or a macro that looks at rows to decide what it sends, so that a recorded build would
be another one than dbt's.
"""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

from assets.sources import Window
from tests.flow.recorded_builds import RecordedBuilds, Recording
from tests.flow.small_company import (
    FIRST_AS_OF,
    HISTORY_START,
    SmallCompany,
    answer_survey,
    differences,
    found_company,
    place_order,
    read_marts,
    start_contract,
)


def change_much(company: SmallCompany) -> None:
    """Another month, another product, a customer's first order, a contract and answers."""
    company.rows["products"]["tea"] = {"product_id": "tea", "category_path": "Drinks > Tea", "tier": 1}
    for number in range(5):
        place_order(company, 50 + number, 40 + number, 95 + number)
        answer_survey(company, 30 + number, number, 90 + number)
    start_contract(company, 5, "finn", 80)


def text_of(recording: Recording) -> list[tuple[int, str]]:
    """The statements without the moment that dbt puts into names of temporary tables."""
    return [(each.connection, re.sub(r"__dbt_tmp\w*", "__dbt_tmp", each.sql)) for each in recording.statements]


def test_statements_do_not_depend_on_rows(tmp_path: Path) -> None:
    company = found_company(tmp_path / "company")
    company.with_tests = True
    company.extract(Window(HISTORY_START, FIRST_AS_OF))
    builds = RecordedBuilds()
    with builds.in_use():
        company.build(FIRST_AS_OF)
        place_order(company, 3, 1, 41)
        company.extract(Window(HISTORY_START, FIRST_AS_OF))
        company.build(FIRST_AS_OF)
    later = FIRST_AS_OF + dt.timedelta(days=40)
    change_much(company)
    company.extract(Window(HISTORY_START, later))
    by_record = company.copy_to(tmp_path / "by_record")
    by_dbt = RecordedBuilds()
    with by_dbt.in_use():
        company.build(later)
    for kind, recording in by_dbt.recordings.items():
        assert text_of(recording) == text_of(builds.recordings[kind])
    with builds.in_use():
        by_record.build(later)
    assert len(builds.recordings) == 4, "the last build was dbt's"
    marts = [read_marts(each.configuration().paths.warehouse) for each in (company, by_record)]
    assert differences(*marts) == []
