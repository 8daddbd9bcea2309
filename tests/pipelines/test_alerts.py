"""A failed run, too many bad rows and stale data reach a webhook: each once, whoever ran, and at no cost to the run.

What it guards against: a night that fails unnoticed, an operator who is told twice or every hour, a webhook that is
down and takes the run with it, an address in a log that lets anybody write into the company's chat.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import dagster as dg
import polars as pl
import pytest

from assets.configuration import Configuration
from assets.configuration.file import load_configuration
from assets.lake.manifest import Lake, Manifest, Partition, write_manifest
from assets.warehouse.build import load_manifest_file
from pipelines import alerts
from pipelines.alerts import Alert, alerting, send, tell_stale
from pipelines.definitions import build_definitions
from pipelines.instance import prepare_instance
from pipelines.sensors import IN_PROCESS_TAG, failed_run_sensor, freshness_sensor
from tests.pipelines.published_demo import AS_OF, REPOSITORY, Told, loyalty
from tests.pipelines.webhook import SECRET, Webhook, webhook_server

NEXT_MORNING = dt.datetime(2025, 1, 1, 6, tzinfo=dt.UTC)
ONE_DAY = ("backfill", "--from", AS_OF, "--to", AS_OF, "--entity", "orders")
ALERT = Alert("run_failed", "It failed.", "run", "nightly", "orders")


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company with sources and a parsed project, and no run so far."""
    folder = tmp_path_factory.mktemp("sources") / "company"
    assert loyalty("sample", folder, "--customers", 20, "--years", 1).exit_code == 0
    load_manifest_file(load_configuration(folder / "loyalty.yaml").paths.warehouse)
    return folder


@pytest.fixture
def company(sources: Path, tmp_path: Path) -> Path:
    """A copy of it that looks as if it had been extracted and published as of 2024-12-31."""
    folder = Path(shutil.copytree(sources, tmp_path / "company"))
    paths = load_configuration(folder / "loyalty.yaml").paths
    extracted = Manifest({AS_OF: Partition(None, None, 1, 1, 0, 0)}, dt.date.fromisoformat(AS_OF))
    write_manifest(Lake(paths.lake, paths.quarantine), "orders", extracted)
    write_manifest(Lake(paths.lake, paths.quarantine), "customers", extracted)
    (paths.publish / "current/marts").mkdir(parents=True)
    day = dt.date.fromisoformat(AS_OF)
    told = {"version": 1, "as_of_date": day, "published_at": dt.datetime(2025, 1, 1, 2)}  # noqa: DTZ001  (UTC, as published)
    pl.DataFrame([told | {"mart": "kpi", "row_count": 1}]).write_parquet(
        paths.publish / "current/marts/publication.parquet"
    )
    return folder


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    with webhook_server() as running:
        yield running


def told_by(company: Path, webhook: Webhook, *arguments: object, settings: str = "") -> Told:
    """A command on the company with the webhook in its settings, the publication never stale unless they say so."""
    path = company / "loyalty.yaml"
    if "alerts:" not in path.read_text():
        limit = settings or "freshness: {publication_hours: 999999}\n"
        path.write_text(path.read_text() + 'alerts: {webhook: "${ALERT_WEBHOOK_URL}"}\n' + limit)
    with mock.patch.dict(os.environ, ALERT_WEBHOOK_URL=webhook.address):
        return loyalty(*arguments, "--config", path)


def with_webhook(company: Path, address: str, **freshness: object) -> Configuration:
    """The company's configuration with a webhook."""
    configuration = load_configuration(company / "loyalty.yaml")
    told = {"alerts": {"webhook": address}, "freshness": freshness}
    return Configuration.model_validate({**configuration.model_dump(by_alias=True), **told})


def test_a_missing_file_is_told_once_with_all_that_one_needs_to_act(company: Path, webhook: Webhook) -> None:
    (company / "orders.parquet").unlink()
    told = told_by(company, webhook, *ONE_DAY)
    assert told.exit_code == 3
    (document,) = webhook.told
    sentence = told.err.splitlines()[-1].removeprefix("Error: ")
    name = load_configuration_name(company)
    assert document.pop("run_id")
    assert document == {
        "text": f"{name}: run failed: {sentence}",
        "company": name,
        "event": "run_failed",
        "message": sentence,
        "job": "backfill",
        "entity": "orders",
        "docs": "docs/operations.md#exit-codes",
    }
    assert SECRET not in told.out + told.err


def load_configuration_name(company: Path) -> str:
    with mock.patch.dict(os.environ, ALERT_WEBHOOK_URL="http://127.0.0.1:1/x"):
        return load_configuration(company / "loyalty.yaml").company.name


def test_too_many_bad_rows_are_an_event_of_their_own(company: Path, webhook: Webhook) -> None:
    path = company / "orders.parquet"
    pl.read_parquet(path).with_columns(status=pl.lit("misspelt")).write_parquet(path)
    limit = "freshness: {publication_hours: 999999}\nquarantine: {entities: {orders: 0}}\n"
    year = ("backfill", "--from", "2024-01-01", "--to", AS_OF, "--entity", "orders")
    told = told_by(company, webhook, *year, settings=limit)
    assert told.exit_code == 5
    (document,) = webhook.told
    assert (document["event"], document["job"], document["entity"]) == ("quarantine_limit", "backfill", "orders")
    assert "rows of orders are bad" in document["message"]


def test_stale_data_are_told_once_until_they_were_fresh_again(company: Path, webhook: Webhook) -> None:
    """By the command line and the daemon together: they share the note of what was told."""
    configuration = with_webhook(company, webhook.address, publication_hours=30, entities={"orders": 20})
    tell_stale(configuration, NEXT_MORNING)
    assert webhook.told == []
    a_day_later = NEXT_MORNING + dt.timedelta(days=1)
    tell_stale(configuration, a_day_later - dt.timedelta(hours=7))
    assert [document["entity"] for document in webhook.told] == ["orders"]
    for _ in range(2):
        tell_stale(configuration, a_day_later + dt.timedelta(hours=1))
    assert [document["entity"] for document in webhook.told] == ["orders", "publication"]
    assert webhook.told[1]["message"].startswith("publication: newest business day 2024-12-31 ended 31 hours ago")
    tell_stale(configuration, NEXT_MORNING)
    tell_stale(configuration, a_day_later + dt.timedelta(hours=1))
    assert [document["entity"] for document in webhook.told[2:]] == ["publication, orders"]


def test_whoever_looks_tells_of_stale_data_once(company: Path, webhook: Webhook) -> None:
    """A run that succeeds without news, and a monitor where no run was ever started."""
    with alerting(with_webhook(company, webhook.address), "nightly"):
        pass
    for _ in range(2):
        told = told_by(company, webhook, "status", "--check", settings="freshness: {}\n")
        assert told.exit_code == 9, told.err
        assert "STALE       publication: newest business day 2024-12-31 ended " in told.out
    assert webhook.events() == ["stale_data"]
    assert webhook.told[0]["docs"] == "docs/operations.md#stale-data"


def test_stale_data_that_could_not_be_told_are_told_the_next_time(company: Path, webhook: Webhook) -> None:
    configuration = with_webhook(company, webhook.address)
    webhook.answers += [500]
    tell_stale(configuration, dt.datetime.now(dt.UTC))
    tell_stale(configuration, dt.datetime.now(dt.UTC))
    tell_stale(configuration, dt.datetime.now(dt.UTC))
    assert webhook.events() == ["stale_data"] * 2


def test_a_run_of_the_daemon_is_told_by_its_sensor_and_one_of_the_command_line_is_not(
    company: Path, webhook: Webhook
) -> None:
    (company / "orders.parquet").unlink()
    configuration = with_webhook(company, webhook.address)
    job = build_definitions(configuration).resolve_job_def("nightly")
    sensor = failed_run_sensor(configuration)
    tags = {"dagster/asset_partition_range_start": "2024", "dagster/asset_partition_range_end": "2024"}
    orders = [dg.AssetKey(["lake", name]) for name in ("orders", "order_lines")]
    with mock.patch.dict(os.environ):
        prepare_instance(configuration, company / "loyalty.yaml")
        with dg.DagsterInstance.get() as instance:
            for more in ({}, {IN_PROCESS_TAG: "true"}):
                ran = job.execute_in_process(
                    instance=instance, tags={**tags, **more}, asset_selection=orders, raise_on_error=False
                )
                context = dg.build_run_status_sensor_context(
                    sensor.name, ran.get_run_failure_event(), instance, ran.dagster_run
                ).for_run_failure()
                sensor(context)
    (document,) = webhook.told
    assert (document["event"], document["job"], document["entity"]) == ("run_failed", "nightly", "orders")
    assert "orders.parquet" in document["message"]
    assert "Error" not in document["message"]


def test_the_daemon_evaluates_freshness_without_a_run(company: Path, webhook: Webhook) -> None:
    configuration = with_webhook(company, webhook.address, entities={"orders": 24, "customers": 999_999})
    sensor = freshness_sensor(configuration)
    with dg.DagsterInstance.ephemeral() as instance:
        found = sensor.evaluate_tick(dg.build_sensor_context(instance))
    passed = {event.asset_key.to_user_string(): event.passed for event in found.asset_events}
    assert passed == {"publication": False, "lake/orders": False, "lake/customers": True}
    assert webhook.events() == ["stale_data"]
    checks = build_definitions(configuration).resolve_asset_graph().asset_check_keys
    assert {(event.asset_key, event.check_name) for event in found.asset_events} <= {
        (check.asset_key, check.name) for check in checks
    }


def test_a_busy_webhook_is_asked_again(company: Path, webhook: Webhook) -> None:
    webhook.answers += [503, 429]
    assert send(with_webhook(company, webhook.address), ALERT)
    assert len(webhook.told) == 3


@pytest.mark.parametrize("status", [302, 400, 404, 500])
def test_a_webhook_that_refuses_is_not_asked_again(
    company: Path, webhook: Webhook, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Nor is a redirection followed: it could lead the message anywhere."""
    webhook.answers += [status]
    assert not send(with_webhook(company, webhook.address), ALERT)
    assert len(webhook.told) == 1
    assert caplog.messages == [f"The alert was not taken by alerts.webhook at 127.0.0.1: status {status}"]


def test_a_silent_webhook_costs_seconds_and_is_told_without_its_secret(
    company: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alerts, "ANSWER_SECONDS", 0.5)
    (company / "orders.parquet").unlink()
    with webhook_server(silent=True) as webhook:
        told = told_by(company, webhook, *ONE_DAY)
    assert told.exit_code == 3
    assert len(webhook.told) == 1, "an alert that may have been taken is not sent again"
    assert "The alert was not taken by alerts.webhook at 127.0.0.1: ReadTimeout" in told.err
    assert SECRET not in told.out + told.err


def test_nobody_waits_for_a_post_that_does_not_end(company: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as a look-up of a name where the network is gone."""
    monkeypatch.setattr(alerts, "PATIENCE_SECONDS", 0.2)
    with webhook_server(silent=True) as webhook:
        begin = time.monotonic()
        assert not send(with_webhook(company, webhook.address), ALERT)
        assert time.monotonic() - begin < 2


@pytest.mark.parametrize("address", ["http://127.0.0.1:1/geheim-token", "http://no.invalid/x"])
def test_an_address_that_nobody_answers_is_no_error(
    company: Path, address: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert not send(with_webhook(company, address), ALERT)
    assert "geheim-token" not in caplog.text


def test_every_page_that_an_alert_names_is_there() -> None:
    for page in alerts.DOCS.values():
        path, _, anchor = page.partition("#")
        headings = [
            line.lstrip("# ").lower().replace(" ", "-")
            for line in (REPOSITORY / path).read_text().splitlines()
            if line.startswith("#")
        ]
        assert anchor in headings
