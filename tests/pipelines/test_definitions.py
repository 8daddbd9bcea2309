"""The Dagster definitions: they load without I/O, read well in the UI, and make one run of any range of years.

What it guards against: a code location that fails to load where no company is configured, an asset in no group, a
nightly run as of the wrong day on the night of a clock change, a backfill that becomes a run per asset or per year.
"""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from assets.configuration import Configuration
from assets.configuration.file import load_configuration
from pipelines.definitions import build_definitions
from tests.pipelines.published_demo import REPOSITORY

UTC = dt.UTC


@pytest.fixture(scope="module")
def configuration(published_demo: Path) -> Configuration:
    return load_configuration(published_demo / "loyalty.yaml")


@pytest.fixture(scope="module")
def definitions(configuration: Configuration) -> dg.Definitions:
    return build_definitions(configuration)


def run_python(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_importing_the_definitions_reads_and_writes_nothing(tmp_path: Path) -> None:
    """A folder without `loyalty.yaml` is where a web server or a linter imports them."""
    ended = run_python(tmp_path, "-c", "import pipelines.definitions", LOYALTY_CONFIG="nowhere.yaml")
    assert ended.returncode == 0, ended.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_graph_is_known_without_what_builds_and_validates(published_demo: Path) -> None:
    """The UI's code server and a night without news would else pay seconds of imports for nothing."""
    told = "import sys; from pipelines.definitions import defs; from pipelines import runs; defs(); print(*sys.modules)"
    ended = run_python(published_demo, "-c", told)
    assert ended.returncode == 0, ended.stderr
    modules = {name.partition(".")[0] for name in ended.stdout.split()}
    assert modules & {"dbt", "dagster_dbt", "great_expectations", "pandas", "scipy", "altair"} == set()


def test_dagster_validates_the_definitions_calmly(published_demo: Path, tmp_path: Path) -> None:
    ended = run_python(
        tmp_path,
        *["-m", "dagster", "definitions", "validate", "-m", "pipelines.definitions"],
        LOYALTY_CONFIG=str(published_demo / "loyalty.yaml"),
        DAGSTER_HOME=str(tmp_path),
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "BetaWarning" not in ended.stdout + ended.stderr


def test_every_asset_says_what_it_is_and_where_it_belongs(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    nodes = [graph.get(key) for key in graph.get_all_asset_keys()]
    groups = {"lake", "control", "reference", "staging", "intermediate", "analysis", "marts", "publication"}
    assert {node.group_name for node in nodes} == groups
    assert [node.key for node in nodes if not node.description or not node.kinds] == []


def test_an_analysis_stands_between_the_models_that_it_reads_and_feeds(definitions: dg.Definitions) -> None:
    """A source without an asset would hang in the graph with nothing before it."""
    node = definitions.resolve_asset_graph().get(dg.AssetKey(["analysis", "relative_weights"]))
    assert {key.path[-1] for key in node.parent_keys} == {"int_key_drivers__observations", "ledger"}
    assert {key.path[-1] for key in node.child_keys} == {"int_key_drivers__weights"}


def ancestors(graph: Any, key: dg.AssetKey) -> set[dg.AssetKey]:
    found: set[dg.AssetKey] = set()
    waiting = [key]
    while waiting:
        found.add(next_key := waiting.pop())
        waiting += [parent for parent in graph.get(next_key).parent_keys if parent not in found]
    return found


def test_all_that_is_shown_leads_from_the_lake_to_the_publication(definitions: dg.Definitions) -> None:
    """Models that Dagster does not run must not fall out of its graph: where does a number come from?"""
    graph = definitions.resolve_asset_graph()
    beside = {("data_docs",), ("report",), ("control", "touched_customers")}
    before = ancestors(graph, dg.AssetKey(["publication"]))
    assert {tuple(key.path) for key in graph.get_all_asset_keys() - before} == beside
    in_lake = {key for key in before if key.path[0] == "lake"}
    marts = [key for key in before if graph.get(key).group_name == "marts" and key.path[-1] != "metric_definitions"]
    for mart in marts:
        through_models = {key for key in ancestors(graph, mart) if graph.get(key).group_name == "staging"}
        assert through_models or mart.path[-1] == "data_quality", mart
        assert in_lake <= ancestors(graph, mart), "the ledger, which is compared with all of the lake, comes before"


def made_by_name(definitions: dg.Definitions) -> set[str]:
    """What people look up by its name: the lake, what dbt's marts and analyses hold, and what is published."""
    graph = definitions.resolve_asset_graph()
    groups = {"lake", "analysis", "marts", "publication"}
    named = {key for key in graph.get_all_asset_keys() if graph.get(key).group_name in groups}
    return {key.to_user_string() for key in named} | {"control/ledger"}


def test_dagster_makes_only_what_people_look_up_by_name(definitions: dg.Definitions) -> None:
    """Each asset of a step costs three events in every run, whatever dbt does with it."""
    graph = definitions.resolve_asset_graph()
    made = {key.to_user_string() for key in graph.materializable_asset_keys}
    assert made == made_by_name(definitions)
    assert len(made) < len(graph.get_all_asset_keys()) / 4
    checks = [check for check in graph.asset_check_keys if check.name == "dbt_tests"]
    assert len(checks) == len([key for key in made if key.startswith("marts/")]) + 1


def records_of_the_run(configuration: Configuration) -> list[dg.EventLogEntry]:
    with dg.DagsterInstance.from_config(str(configuration.paths.dagster)) as instance:
        (run,) = instance.get_runs()
        return [record.event_log_entry for record in instance.get_records_for_run(run.run_id).records]


def test_a_run_notes_few_events_and_takes_its_steps_in_order(
    configuration: Configuration, definitions: dg.Definitions
) -> None:
    """An event costs about 10 ms: three for each asset and year, three for each check, four for each step."""
    entries = records_of_the_run(configuration)
    events = [entry.dagster_event for entry in entries if entry.dagster_event]
    made = [event for event in events if event.is_step_materialization]
    assert {event.asset_key.to_user_string() for event in made if event.asset_key} == made_by_name(definitions)
    years, steps = 2, len({event.step_key for event in events if event.step_key})
    checks = len(definitions.resolve_asset_graph().asset_check_keys)
    assert len(events) <= 3 * years * len(made_by_name(definitions)) + 3 * checks + 4 * steps + 10
    order = [(event.event_type_value, event.step_key) for event in events]
    started = order.index(("STEP_START", "warehouse"))
    extracted = [order.index(("STEP_SUCCESS", f"lake__{entity}")) for entity in configuration.sources]
    assert max(extracted) < started
    assert order.index(("STEP_SUCCESS", "warehouse")) < order.index(("STEP_START", "publication"))


@pytest.mark.parametrize("job", ["nightly", "backfill", "full_refresh", "forget"])
def test_in_every_job_the_warehouse_stands_between_lake_and_publication(definitions: dg.Definitions, job: str) -> None:
    steps = definitions.resolve_job_def(job).graph.dependencies
    upstream = {step.name: {name for dep in deps.values() for name in nodes_of(dep)} for step, deps in steps.items()}
    lake = {name for name in upstream if name.startswith("lake__")}
    assert upstream["warehouse"] == lake
    assert bool(lake) == (job in {"nightly", "backfill"})
    assert upstream["publication"] == {"warehouse"}


def nodes_of(dependency: Any) -> list[str]:
    return [node.node for node in dependency.get_node_dependencies()]


def test_who_asks_for_one_mart_is_told_that_all_are_made(definitions: dg.Definitions) -> None:
    """dbt builds all of them; and only the ledger waits for the lake, so that a part without it would not."""
    graph = definitions.resolve_asset_graph()
    one = dg.AssetSelection.assets(dg.AssetKey(["marts", "kpi"]))
    together = one.required_multi_asset_neighbors().resolve(graph)
    assert {key for key in graph.materializable_asset_keys if key.path[0] in {"marts", "analysis", "control"}} == set(
        together
    )
    orders = dg.AssetSelection.assets(dg.AssetKey(["lake", "orders"]))
    assets = [asset for asset in definitions.assets or [] if isinstance(asset, dg.AssetsDefinition | dg.AssetSpec)]
    with pytest.raises(dg.DagsterInvalidDefinitionError) as refused:
        dg.Definitions(assets, jobs=[dg.define_asset_job("part", one | orders)]).resolve_job_def("part")
    assert isinstance(refused.value.__cause__, dg.DagsterInvalidSubsetError)


def test_jobs_and_schedule_exist(definitions: dg.Definitions) -> None:
    assert {job.name for job in definitions.jobs or []} == {"nightly", "backfill", "full_refresh", "forget"}
    nightly = definitions.resolve_schedule_def("nightly")
    assert (nightly.cron_schedule, nightly.execution_timezone) == ("0 2 * * *", "Europe/London")
    full_refresh = definitions.resolve_job_def("full_refresh").asset_layer.selected_asset_keys
    assert not [key for key in full_refresh if key.path[0] == "lake"]


def test_a_range_of_years_of_all_assets_is_one_run(definitions: dg.Definitions) -> None:
    """Dagster makes one run of the assets that share partitions and a single-run policy, and several of others."""
    graph = definitions.resolve_asset_graph()
    nodes = [graph.get(key) for key in graph.materializable_asset_keys]
    ((partitions, policy),) = {(node.partitions_def, node.backfill_policy) for node in nodes}
    assert policy == dg.BackfillPolicy.single_run()
    assert partitions is not None
    keys = partitions.get_partition_keys(dt.datetime(2026, 1, 1, 3, tzinfo=UTC))
    assert list(keys) == ["2023", "2024", "2025", "2026"], "the year that is under way is one of them"


NIGHTS = [
    ("Europe/London", dt.datetime(2025, 1, 3, 2, tzinfo=UTC), "2025-01-02"),
    # Clocks go forward at 01:00 and back at 02:00: the night's day is the one before, whatever the hour says.
    ("Europe/London", dt.datetime(2025, 3, 30, 1, tzinfo=UTC), "2025-03-29"),
    ("Europe/London", dt.datetime(2025, 10, 26, 2, tzinfo=UTC), "2025-10-25"),
    ("America/New_York", dt.datetime(2025, 3, 9, 7, tzinfo=UTC), "2025-03-08"),
    # On the other side of the date line the night begins while it is still yesterday in UTC, or already tomorrow.
    ("Pacific/Auckland", dt.datetime(2025, 1, 1, 13, tzinfo=UTC), "2025-01-01"),
    ("Pacific/Honolulu", dt.datetime(2025, 1, 3, 12, tzinfo=UTC), "2025-01-02"),
]


@pytest.mark.parametrize(("timezone", "night", "as_of"), NIGHTS)
def test_a_night_is_as_of_the_day_before_in_the_companys_time_zone(
    configuration: Configuration, timezone: str, night: dt.datetime, as_of: str
) -> None:
    company = configuration.company.model_copy(update={"timezone": timezone})
    definitions = build_definitions(configuration.model_copy(update={"company": company}))
    schedule = definitions.resolve_schedule_def("nightly")
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_schedule_context(instance, scheduled_execution_time=night)
        (request,) = schedule.evaluate_tick(context).run_requests or []
    assert request.tags["loyalty/as_of_date"] == as_of
    assert request.tags["loyalty/last_day"] == as_of
    assert request.run_key == as_of


def test_a_night_extracts_what_is_new_and_looks_back_for_late_rows(definitions: dg.Definitions) -> None:
    """The demo was extracted through 2024-12-31; seven days of late rows are looked for, across the year's end."""
    schedule = definitions.resolve_schedule_def("nightly")
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_schedule_context(instance, scheduled_execution_time=dt.datetime(2025, 1, 4, 2, tzinfo=UTC))
        (request,) = schedule.evaluate_tick(context).run_requests or []
    assert "loyalty/first_day" not in request.tags, "each entity finds its own"
    assert request.tags["loyalty/last_day"] == "2025-01-03"
    assert request.tags["dagster/asset_partition_range_start"] == "2024"
    assert request.tags["dagster/asset_partition_range_end"] == "2025"
