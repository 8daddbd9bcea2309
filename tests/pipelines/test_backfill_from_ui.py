"""The UI's graph of assets loads, and a three-year backfill launched as the UI launches it is one run.

What it guards against: a page that shows an error in place of the assets, an asset with nothing before it in the graph,
a backfill that Dagster splits by asset or by year, that takes longer to note than to compute, or that is told as failed
because nothing had to be built.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from assets.configuration.file import load_configuration
from assets.publication.publish import read_publication
from assets.sources import Window
from assets.warehouse.asset import BACKFILL_TAG
from pipelines.runs import run_job
from tests.pipelines.published_demo import REPOSITORY, loyalty, loyalty_process

PATIENCE_SECONDS = 900
YEARS = ["2022", "2023", "2024"]
READY = "{workspaceOrError{... on Workspace{locationEntries{loadStatus}}}}"
ASSETS = "{assetNodes{assetKey{path} partitionKeys isMaterializable}}"
GRAPH = """
{
  assetNodes {
    assetKey {path} partitionKeys isMaterializable groupName
    dependencyKeys {path} assetMaterializations(limit: 1) {runId}
  }
  runsOrError {__typename ... on Runs {results {runId jobName status}}}
}
"""
LAUNCH = """
mutation($parameters: LaunchBackfillParams!) {
  launchPartitionBackfill(backfillParams: $parameters) {
    __typename ... on LaunchBackfillSuccess {backfillId} ... on PythonError {message}
  }
}
"""
PROGRESS = """
query($id: String!) {
  partitionBackfillOrError(backfillId: $id) {... on PartitionBackfill {status error{message} runs(limit: 9){status}}}
}
"""


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def ask(port: int, query: str, **variables: Any) -> Any:
    body = json.dumps({"query": query, "variables": variables}).encode()
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        connection.request("POST", "/graphql", body, {"Content-Type": "application/json"})
        return json.load(connection.getresponse())["data"]


def is_ready(port: int) -> bool:
    try:
        entries = ask(port, READY)["workspaceOrError"]["locationEntries"]
    except (OSError, http.client.HTTPException):
        return False
    return [entry["loadStatus"] for entry in entries] == ["LOADED"]


def wait_for(condition: Any) -> Any:
    """The first true value of `condition`, asked every two seconds."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(2)
    raise TimeoutError


@pytest.fixture
def ui(tmp_path: Path) -> Iterator[tuple[Path, int]]:
    """A demo company of three years with `loyalty ui` on a free port, as a process group that ends with the test."""
    folder, port = tmp_path / "demo", free_port()
    assert loyalty("sample", folder, "--customers", 60, "--years", 3).exit_code == 0
    command = [sys.executable, "-m", "pipelines.command_line", "ui", "--config", str(folder / "loyalty.yaml")]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    with (tmp_path / "ui.log").open("w") as log:
        process = subprocess.Popen(
            [*command, "--port", str(port)], env=environment, stdout=log, stderr=log, start_new_session=True
        )
        try:
            wait_for(lambda: is_ready(port))
            yield folder, port
        finally:
            os.killpg(process.pid, signal.SIGINT)
            process.wait(60)


def backfill(port: int) -> list[str]:
    """Launch a backfill of all assets and years to its end; the outcome of each of its runs."""
    nodes = [node for node in ask(port, ASSETS)["assetNodes"] if node["isMaterializable"]]
    assert all(set(YEARS) <= set(node["partitionKeys"]) for node in nodes)
    parameters = {"assetSelection": [node["assetKey"] for node in nodes], "partitionNames": YEARS, "tags": []}
    launched = ask(port, LAUNCH, parameters=parameters)["launchPartitionBackfill"]
    assert launched["__typename"] == "LaunchBackfillSuccess", launched

    def ended() -> Any:
        state = ask(port, PROGRESS, id=launched["backfillId"])["partitionBackfillOrError"]
        return None if state["status"] == "REQUESTED" else state

    state = wait_for(ended)
    assert state["status"] == "COMPLETED_SUCCESS", state
    return [run["status"] for run in state["runs"]]


def test_a_backfill_without_news_reports_all_assets_as_up_to_date_and_publishes_nothing(own_demo: Path) -> None:
    """Dagster tells a backfill as failed where assets were not reported, and reports only count in their order."""
    path = own_demo / "loyalty.yaml"
    window = Window(dt.date(2024, 1, 1), dt.date(2024, 12, 31))
    with mock.patch.dict(os.environ):
        outcome = run_job(load_configuration(path), path, "nightly", window, {BACKFILL_TAG: "quick"})
    assert outcome.version == 1
    assert [version.name for version in (own_demo / ".loyalty/publish/versions").iterdir()] == ["000001"]


def test_the_graph_of_assets_loads_and_leads_from_the_sources_to_the_publication(own_demo: Path) -> None:
    """Asked as the UI asks, of the company's own instance: the nodes, what each hangs on, and the run that made it."""
    program = ["exec", "--config", own_demo / "loyalty.yaml", "dagster-graphql", "-m", "pipelines.definitions"]
    ended = loyalty_process(*program, "--text", GRAPH, "--output", own_demo / "answer.json")
    assert ended.returncode == 0, ended.stderr
    answer = json.loads((own_demo / "answer.json").read_text())
    assert "errors" not in answer
    (run,) = answer["data"]["runsOrError"]["results"]
    assert (run["jobName"], run["status"]) == ("nightly", "SUCCESS")
    nodes = {tuple(node["assetKey"]["path"]): node for node in answer["data"]["assetNodes"]}
    before = {key: {tuple(one["path"]) for one in node["dependencyKeys"]} for key, node in nodes.items()}
    assert set().union(*before.values()) <= nodes.keys()
    made = {key for key, node in nodes.items() if node["isMaterializable"]}
    assert [key for key in made if not set(YEARS[1:]) <= set(nodes[key]["partitionKeys"])] == []
    assert {one["runId"] for key in made for one in nodes[key]["assetMaterializations"]} == {run["runId"]}
    assert [key for key in made if not nodes[key]["assetMaterializations"]] == []
    reached, edge = set(), {("publication",)}
    while edge:
        reached |= edge
        edge = set().union(*(before[key] for key in edge)) - reached
    lake = {key for key in nodes if key[0] == "lake"}
    assert len(lake) > 10
    assert lake <= reached


@pytest.mark.soak
def test_a_backfill_of_three_years_is_one_run(ui: tuple[Path, int]) -> None:
    folder, port = ui
    assert backfill(port) == ["SUCCESS"]
    published = read_publication(folder / ".loyalty/publish")
    assert published is not None
    assert (published.version, published.as_of_date.isoformat()) == (1, "2024-12-31")
    assert backfill(port) == ["SUCCESS"], "nothing is new, and nothing is wrong"
    again = read_publication(folder / ".loyalty/publish")
    assert again is not None
    assert again.version == 1
