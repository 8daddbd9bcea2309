"""After `loyalty forget` nothing of a customer is found anywhere, and the numbers are as if there had been none.

What it guards against: a row that stays in a snapshot, a quarantine file, a leftover of a killed run, an older version,
a freed block of a database, the message of a failed run; a customer who comes back with the next night.
"""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
import polars as pl
import pytest

from assets.business_day import yesterday_in
from assets.configuration.file import load_configuration
from assets.errors import QuarantineLimitError
from assets.lake.load import load_entity
from assets.publication.publish import publish
from assets.sources import Window
from assets.warehouse import asset as warehouse
from assets.warehouse.build import refuse_failures
from assets.warehouse.database import open_warehouse
from tests.erasure.person import PERSON, TRACES, company_of_traces, traces, write_settings
from tests.flow.small_company import FIRST_AS_OF, HISTORY_START, SmallCompany, differences, read_marts
from tests.pipelines.published_demo import REPOSITORY, loyalty

AS_OF = FIRST_AS_OF.isoformat()
EVERYTHING = Window(HISTORY_START, FIRST_AS_OF)
KILLED_RUN = """
import os, signal, sys
from pathlib import Path
import polars as pl
from assets.configuration.file import load_configuration
from assets.lake import load
from assets.sources import Window
from assets.sources.spool import spool_file
import datetime as dt

configuration = load_configuration(sys.argv[1])
pl.read_parquet(Path(sys.argv[1]).parent / "orders.parquet").write_parquet(spool_file(".parquet"))
load._stage_batches = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
load.load_entity("orders", configuration, Window(dt.date(2023, 11, 1), dt.date(2024, 1, 20)), dt.date(2024, 6, 1))
"""


@pytest.fixture(scope="module")
def temporary(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("temporary")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(folder))
        patch.setattr(tempfile, "tempdir", str(folder))
        yield folder


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory, temporary: Path, without_tests: None) -> SmallCompany:  # noqa: ARG001
    """A published company whose person stands wherever a row can be left behind."""
    company = company_of_traces(tmp_path_factory.mktemp("erasure") / "company", with_person=True)
    historic_snapshots(company)
    build(company)
    for _ in range(2):
        publish_version(company)
    give_an_extraction_up(company)
    fail_a_night(company)
    leave_unfinished_work(company)
    return company


def build(company: SmallCompany) -> None:
    configuration = load_configuration(company.folder / "loyalty.yaml")
    today = yesterday_in(configuration.company.timezone) + dt.timedelta(days=1)
    for entity in company.entities:
        load_entity(entity, configuration, EVERYTHING, today)
    refuse_failures(warehouse.refresh(configuration, {warehouse.AS_OF_TAG: AS_OF}, FIRST_AS_OF))


def historic_snapshots(company: SmallCompany) -> None:
    configuration = load_configuration(company.folder / "loyalty.yaml")
    customer = company.rows["customers"][PERSON]
    customer["segment"] += "-of-old"
    company.write_sources()
    for entity in ("customers", "contracts"):
        load_entity(entity, configuration, EVERYTHING, dt.date(2024, 6, 1))
    customer["segment"] = customer["segment"].removesuffix("-of-old")
    company.write_sources()


def give_an_extraction_up(company: SmallCompany) -> None:
    write_settings(company, support_requests=0)
    strict = load_configuration(company.folder / "loyalty.yaml")
    with pytest.raises(QuarantineLimitError):
        load_entity("support_requests", strict, EVERYTHING, dt.date(2024, 6, 1))
    write_settings(company)


def publish_version(company: SmallCompany) -> None:
    configuration = load_configuration(company.folder / "loyalty.yaml")
    with open_warehouse(configuration.paths.warehouse) as connection:
        publish(
            connection,
            configuration.paths.publish,
            run_id="another",
            published_at=dt.datetime(2024, 6, 1, tzinfo=dt.UTC),
            keep_versions=7,
        )


def fail_a_night(company: SmallCompany) -> None:
    """A text stands where numbers are to be: the message quotes it."""
    good = pl.read_parquet(company.folder / "usage_events.parquet")
    quoted = pl.lit(f"minutes of {PERSON}").alias("duration_minutes")
    good.with_columns(quoted).write_parquet(company.folder / "usage_events.parquet")
    told = loyalty("run", "--config", company.folder / "loyalty.yaml", "--as-of", AS_OF)
    assert told.exit_code == 4, told.err
    good.write_parquet(company.folder / "usage_events.parquet")


def leave_unfinished_work(company: SmallCompany) -> None:
    settings = company.folder / "loyalty.yaml"
    killed = subprocess.run([sys.executable, "-c", KILLED_RUN, settings], cwd=REPOSITORY, check=False)
    assert killed.returncode == -9
    versions = company.folder / ".loyalty/publish/versions"
    (versions / ".000009.new/marts").mkdir(parents=True)
    pl.DataFrame({"customer_id": [PERSON]}).write_parquet(versions / ".000009.new/marts/customers.parquet")
    pl.DataFrame({"customer_id": [PERSON]}).write_parquet(company.folder / ".loyalty/lake/orders/2023-12-29/.a.new")


def test_nothing_of_the_person_is_left_and_nothing_comes_back(
    company: SmallCompany, temporary: Path, tmp_path: Path
) -> None:
    settings, folder = company.folder / "loyalty.yaml", company.folder
    places = {trace.split(":")[0].removeprefix(".loyalty/").split("/")[0] for trace in traces(folder, folder)}
    assert places >= {"lake", "quarantine", "warehouse.duckdb", "publish", "dagster"}, places
    assert traces(temporary, folder), "the killed run left nothing behind"
    assert "fax" in shown_channels(folder)

    told = loyalty("forget", PERSON, "--yes", "--config", settings)
    assert told.exit_code == 0, told.err
    assert not any(trace in told.out + told.err for trace in TRACES)
    assert traces(folder, folder) == []
    assert traces(temporary, folder) == []

    assert loyalty("run", "--config", settings, "--as-of", AS_OF).exit_code == 0
    assert traces(folder, folder) == []
    never = company_of_traces(tmp_path / "never", with_person=False)
    build(never)
    warehouses = [one.folder / ".loyalty/warehouse.duckdb" for one in (company, never)]
    assert differences(*(read_marts(warehouse) for warehouse in warehouses)) == []
    assert "fax" not in shown_channels(folder), "two customers are fewer than privacy.minimum_n"


def shown_channels(folder: Path) -> set[str]:
    with duckdb.connect(str(folder / ".loyalty/publish/current/loyalty.duckdb"), read_only=True) as connection:
        shown = "select distinct dimension_value from marts.kpi where dimension = 'channel' and value is not null"
        return {channel for (channel,) in connection.execute(shown).fetchall()}
