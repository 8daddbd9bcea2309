"""A disk that is full or read-only is one clear error at every stage, and leaves whole what was there before.

What it guards against: a traceback of a library at night, a source that is blamed for a full disk, a file cut off that
no later run can open, a version that is published in part, settings of Dagster that are empty for ever.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import duckdb
import polars as pl
import pytest

from assets.configuration import Configuration
from assets.errors import InstanceError, LakeError, LoyaltyError, PublicationError, WarehouseError
from assets.lake.load import load_entity
from assets.lake.manifest import Lake, read_manifest
from assets.publication.publish import publish, read_publication
from assets.sources import Window, spool
from assets.warehouse.absorb import absorb
from assets.warehouse.build import invoke
from assets.warehouse.control import BuildState, write_build_state
from assets.warehouse.database import open_warehouse
from pipelines.instance import open_instance, prepare_instance
from tests.flow.small_company import (
    EXTRACTED_ON,
    FIRST_AS_OF,
    HISTORY_START,
    SmallCompany,
    differences,
    found_company,
    read_marts,
)
from tests.flow.small_disk import MEGABYTE, SmallDisk, read_only, small_disk
from tests.pipelines.published_demo import loyalty, loyalty_process

DAYS = Window(HISTORY_START, FIRST_AS_OF)
NIGHT = dt.datetime(2024, 1, 21, 2, tzinfo=dt.UTC)
SAYS = {"tmpfs": "No space left on device", "limit": "File too large|disk I/O error"}


@pytest.fixture(params=["tmpfs", "limit"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SmallDisk]:
    """A disk that can be full, by both means; where none can be mounted, by the second one twice."""
    if request.param == "limit":
        yield SmallDisk(tmp_path, "limit")
        return
    with small_disk(tmp_path / "disk", 200 * MEGABYTE) as mounted:
        yield mounted


@pytest.fixture
def company(disk: SmallDisk) -> SmallCompany:
    company = found_company(disk.folder / "company")
    company.write_sources()
    return company


def load_orders(configuration: Configuration) -> int:
    return load_entity("orders", configuration, DAYS, EXTRACTED_ON).accepted


@pytest.mark.parametrize("room", [0, 3000])
def test_the_lake_stays_as_it_was(company: SmallCompany, disk: SmallDisk, room: int) -> None:
    """The rows are first put down whole, then per day: neither may be taken for a fault of the source."""
    configuration = company.configuration()
    with disk.full(room), pytest.raises(LakeError, match=SAYS[disk.means]):
        load_orders(configuration)
    lake = Lake(configuration.paths.lake, configuration.paths.quarantine)
    assert read_manifest(lake, "orders").partitions == {}
    loaded = load_orders(configuration)
    assert loaded > 1
    before = read_manifest(lake, "orders")
    company.rows["orders"].popitem()
    company.rows["orders"].pop("o0")
    company.write_sources()
    with disk.full(room), pytest.raises(LakeError):
        load_orders(configuration)
    assert read_manifest(lake, "orders") == before
    assert load_orders(configuration) < loaded


def test_a_full_temporary_folder_is_not_the_sources_fault(
    company: SmallCompany, disk: SmallDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file in another encoding is written anew before Polars can read it."""
    path = company.folder / "customers.csv"
    pl.DataFrame({"customer_id": ["ada"] * 3000, "segment": ["süß"] * 3000}).write_csv(path)
    path.write_bytes(path.read_text("utf-8").encode("latin-1"))
    source = {"file": {"path": str(path), "encoding": "latin-1"}}
    settings = company.configuration().model_dump(by_alias=True)
    settings["sources"] = {**settings["sources"], "customers": source}
    monkeypatch.setattr(tempfile, "tempdir", str(company.folder))
    spool._folder.cache_clear()
    with disk.full(1000), pytest.raises(LakeError, match=r"Make room there and in the temporary folder"):
        load_entity("customers", Configuration.model_validate(settings), DAYS, EXTRACTED_ON)
    spool._folder.cache_clear()


@pytest.mark.parametrize("room", [0, 5000, 40_000])
def test_the_warehouse_can_be_opened_afterwards(company: SmallCompany, disk: SmallDisk, room: int) -> None:
    """DuckDB refuses for ever a file whose first blocks did not fit."""
    configuration = company.configuration()
    path = configuration.paths.warehouse
    lake = Lake(configuration.paths.lake, configuration.paths.quarantine)
    company.extract(DAYS)

    def bring_over() -> bool:
        with open_warehouse(path) as connection:
            return bool(absorb(connection, lake, configuration, FIRST_AS_OF, "models").partitions)

    with disk.full(room), pytest.raises(WarehouseError, match=SAYS[disk.means]):
        bring_over()
    assert bring_over()
    assert not bring_over(), "all of it is there"


def test_dbt_says_it_in_one_sentence(company: SmallCompany, disk: SmallDisk, capfd: pytest.CaptureFixture[str]) -> None:
    warehouse = company.configuration().paths.warehouse
    with disk.full(100_000), pytest.raises(WarehouseError, match=SAYS[disk.means]):
        invoke(warehouse, ["parse"])
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("room", [0, 600_000, 1_500_000])
def test_what_bi_reads_stays_whole(disk: SmallDisk, room: int) -> None:
    folder = disk.folder / "publish"
    with open_warehouse(disk.folder / "warehouse.duckdb") as connection:
        connection.execute("create schema marts")
        connection.execute("create table marts.first as select hash(range) as number from range(200000)")
        write_build_state(connection, BuildState(FIRST_AS_OF, is_complete=True, is_rebuild=False))
        connection.execute("checkpoint")

        def publish_once() -> int:
            return publish(connection, folder, run_id="run", published_at=NIGHT, keep_versions=3).version

        assert publish_once() == 1
        with disk.full(room), pytest.raises(PublicationError, match=SAYS[disk.means]):
            publish_once()
        published = read_publication(folder)
        assert published is not None
        assert published.version == 1
        with duckdb.connect(str(folder / "current/loyalty.duckdb"), read_only=True) as reader:
            assert reader.execute("select count(*) from marts.first").fetchall() == [(200_000,)]
        assert publish_once() == 2


@pytest.mark.parametrize("room", [0, 100, 20_000])
def test_the_history_of_runs_recovers(company: SmallCompany, disk: SmallDisk, room: int) -> None:
    configuration = company.configuration()
    paths = configuration.paths.model_copy(update={"dagster": disk.folder / "dagster"})
    configuration = configuration.model_copy(update={"paths": paths})

    def runs() -> int:
        with mock.patch.dict(os.environ):
            prepare_instance(configuration, company.folder / "loyalty.yaml")
            with open_instance(configuration) as instance:
                return len(instance.get_run_records(limit=1))

    with disk.full(room), pytest.raises(InstanceError, match="history of runs cannot be written under"):
        runs()
    assert runs() == 0


@pytest.mark.parametrize("place", ["lake", "quarantine", "warehouse", "publish", "dagster"])
def test_a_read_only_disk_is_told_with_what_to_do(tmp_path: Path, place: str) -> None:
    company = found_company(tmp_path / "company")
    company.write_sources()
    settings = company.configuration().model_dump(by_alias=True)
    folder = tmp_path / place
    folder.mkdir()
    settings["paths"][place] = folder / "warehouse.duckdb" if place == "warehouse" else folder
    configuration = Configuration.model_validate(settings)
    with (
        read_only(folder),
        pytest.raises(LoyaltyError, match=r"(Read-only file system|denied)\. Check its rights") as told,
    ):
        write_at(place, configuration)
    assert isinstance(told.value, FAMILIES[place])
    with mock.patch.dict(os.environ):
        write_at(place, configuration)


FAMILIES: dict[str, type[LoyaltyError]] = {
    "lake": LakeError,
    "quarantine": LakeError,
    "warehouse": WarehouseError,
    "publish": PublicationError,
    "dagster": InstanceError,
}


def write_at(place: str, configuration: Configuration) -> None:
    """What a run writes first at one of its places."""
    if place in ("lake", "quarantine"):
        load_orders(configuration)
    elif place == "dagster":
        prepare_instance(configuration, Path("loyalty.yaml"))
    else:
        with open_warehouse(configuration.paths.warehouse) as connection:
            connection.execute("create schema if not exists marts")
            connection.execute("create or replace table marts.first as select 1 as number")
            write_build_state(connection, BuildState(FIRST_AS_OF, is_complete=True, is_rebuild=False))
            publish(connection, configuration.paths.publish, run_id="run", published_at=NIGHT, keep_versions=3)


ROOMS = [0, 0.1, 0.5, 2, 5, 10, 20, 30, 45]
PATIENCE_SECONDS = 1800
RUN = ("run", "--as-of", "2024-12-31", "--config")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company whose run was not disturbed; its warehouse is what every other has to come to."""
    folder = tmp_path_factory.mktemp("whole")
    assert loyalty("sample", folder / "sources", "--customers", 60, "--years", 1).exit_code == 0
    shutil.copytree(folder / "sources", folder / "company")
    assert run_on_disk(folder / "company").returncode == 0
    return folder


def run_on_disk(company: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return loyalty_process(*RUN, company / "loyalty.yaml", timeout=PATIENCE_SECONDS, **environment)


def assert_one_sentence(ended: subprocess.CompletedProcess[str], codes: set[int]) -> None:
    assert "Traceback" not in ended.stdout + ended.stderr
    assert ended.returncode in codes, ended.stderr
    assert ended.stderr.splitlines()[-1].startswith("Error: ")


def assert_mended(company: Path, warehouse: Path, whole: Path) -> None:
    ended = run_on_disk(company)
    assert ended.returncode == 0, ended.stderr
    marts = [read_marts(path) for path in (whole / "company/.loyalty/warehouse.duckdb", warehouse)]
    assert differences(*marts) == []


@pytest.mark.soak
def test_a_run_on_a_disk_of_any_room_ends_in_one_sentence_and_the_next_one_mends_all(
    whole: Path, tmp_path: Path
) -> None:
    """Sources, results, history of runs and temporary files share the disk: which of them finds it full is chance."""
    codes = {family.exit_code for family in FAMILIES.values()}
    with small_disk(tmp_path / "disk", 400 * MEGABYTE) as disk:
        company = disk.folder / "company"
        shutil.copytree(whole / "sources", company)
        for room in ROOMS:
            with disk.full(int(room * MEGABYTE)):
                ended = run_on_disk(company, TMPDIR=str(disk.folder))
            if ended.returncode:
                assert_one_sentence(ended, codes)
        assert_mended(company, company / ".loyalty/warehouse.duckdb", whole)


@pytest.mark.soak
@pytest.mark.parametrize("room", [0, 1])
@pytest.mark.parametrize("place", FAMILIES)
def test_a_run_names_the_place_that_is_full(whole: Path, tmp_path: Path, place: str, room: float) -> None:
    """Each place has a disk of its own, which is full from the start, or after some of the run's writes."""
    company = tmp_path / "company"
    shutil.copytree(whole / "sources", company)
    with small_disk(tmp_path / "disk", 400 * MEGABYTE) as disk:
        if disk.means != "tmpfs":
            pytest.skip("a disk of its own has to be mounted")
        warehouse = moved(place, company, disk.folder)
        with disk.full(int(room * MEGABYTE)):
            ended = run_on_disk(company)
        if ended.returncode:
            assert_one_sentence(ended, {FAMILIES[place].exit_code})
        else:
            assert room, f"{place} was full, and the run wrote there all the same"
        assert_mended(company, warehouse, whole)


def moved(place: str, company: Path, disk: Path) -> Path:
    """The company's settings say that `place` lies on the disk; gives where its warehouse then is."""
    path = disk / "warehouse.duckdb" if place == "warehouse" else disk
    settings = company / "loyalty.yaml"
    settings.write_text(f"{settings.read_text()}\npaths:\n  {place}: {path}\n")
    return path if place == "warehouse" else company / ".loyalty/warehouse.duckdb"
