"""The lake's commit: all partitions of an extraction at once, or none."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from assets.errors import LakeError
from assets.lake.manifest import UNKNOWN_DAY, Lake, Partition, current_partitions, read_manifest
from assets.lake.writer import PartitionWriter, partition_files, replace_partitions
from assets.sources import Window

DAY = dt.date(2024, 5, 1)
NO_QUARANTINE = pl.DataFrame(schema={"order_id": pl.String, "reasons": pl.List(pl.String), "details": pl.String})


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake", tmp_path / "quarantine")


def rows(*ids: str) -> pl.DataFrame:
    return pl.DataFrame({"order_id": list(ids)}, schema={"order_id": pl.String})


def bad_rows(**reasons: list[str]) -> pl.DataFrame:
    records = [(name, why, "so") for name, why in reasons.items()]
    return pl.DataFrame(records, schema=NO_QUARANTINE.schema, orient="row")


def commit(lake: Lake, days: dict[str, pl.DataFrame], replaced: str | None = None) -> None:
    """Replace the partition of one day, or all, by `days`."""
    with replace_partitions(lake, "orders", lambda key: replaced in (None, key), DAY, "source") as writer:
        stage(writer, days)


def stage(writer: PartitionWriter, days: dict[str, pl.DataFrame]) -> None:
    for key, frame in days.items():
        writer.stage(key, frame, NO_QUARANTINE, duplicates=0, extracted=frame.height)


def files_of(lake: Lake) -> list[Path]:
    return sorted(path for folder in (lake.accepted, lake.quarantine) for path in folder.rglob("*.parquet"))


def test_the_same_rows_give_the_same_version_in_any_order(lake: Lake) -> None:
    """Otherwise every night would find every day changed, and compute all of history again."""
    commit(lake, {"2024-05-01": rows("b", "a", "c")})
    first = read_manifest(lake, "orders").partitions["2024-05-01"].version
    commit(lake, {"2024-05-01": rows("c", "b", "a")})
    assert read_manifest(lake, "orders").partitions["2024-05-01"].version == first
    commit(lake, {"2024-05-01": rows("c", "b")})
    assert read_manifest(lake, "orders").partitions["2024-05-01"].version != first


def test_a_day_that_is_replaced_by_nothing_disappears_and_others_stay(lake: Lake) -> None:
    """Rows deleted at the source must not live on in the lake."""
    commit(lake, {"2024-05-01": rows("a"), "2024-05-02": rows("b")})
    commit(lake, {}, replaced="2024-05-02")
    manifest = read_manifest(lake, "orders")
    assert list(manifest.partitions) == ["2024-05-01"]
    assert files_of(lake) == partition_files(lake, "orders", dict(manifest.partitions))


class KilledWhileWriting(pl.DataFrame):
    """Rows in whose writing the run is stopped."""

    def is_empty(self) -> bool:
        raise KeyboardInterrupt


def test_a_run_that_fails_before_its_commit_changes_nothing(lake: Lake) -> None:
    """A half-replaced lake would hold one extraction's first days and another's last ones."""
    commit(lake, {"2024-05-01": rows("a")})
    before = read_manifest(lake, "orders")
    with pytest.raises(KeyboardInterrupt):
        commit(lake, {"2024-05-01": rows("x"), "2024-05-02": KilledWhileWriting()})
    assert read_manifest(lake, "orders") == before
    assert pl.read_parquet(partition_files(lake, "orders", dict(before.partitions)))["order_id"].to_list() == ["a"]


def test_leftovers_of_a_killed_run_are_removed_by_the_next_commit(lake: Lake) -> None:
    """Files that no manifest names would grow for ever, and a person's data in them could not be erased."""
    leftover = lake.accepted_file("orders", "2024-05-01", "0" * 16)
    leftover.parent.mkdir(parents=True)
    leftover.write_bytes(b"half a file")
    commit(lake, {"2024-05-01": rows("a")})
    assert leftover not in files_of(lake)
    assert len(files_of(lake)) == 1


def test_counts_and_reasons_stand_beside_the_version(lake: Lake) -> None:
    """A row with two reasons counts under both, and once among the quarantined."""
    with replace_partitions(lake, "orders", lambda _: True, DAY, "source") as writer:
        bad = bad_rows(x=["unknown_status", "missing_customer_id"], y=["unknown_status"])
        writer.stage(UNKNOWN_DAY, rows(), bad, duplicates=3, extracted=5)
    partition = read_manifest(lake, "orders").partitions[UNKNOWN_DAY]
    assert (partition.extracted, partition.accepted, partition.quarantined, partition.duplicates) == (5, 0, 2, 3)
    assert partition.reasons == {"missing_customer_id": 1, "unknown_status": 2}
    assert partition.version is None
    assert partition.quarantine_version is not None


def test_what_counts_is_the_newest_snapshot_or_the_days_of_a_window() -> None:
    """Rows of no known day never count, and a snapshot of yesterday does not add to today's."""
    partition = Partition("v", None, 1, 1, 0, 0)
    keys = ["2024-04-30", "2024-05-01", "2024-05-02", UNKNOWN_DAY]
    manifest = type(read_manifest(Lake(Path("none"), Path("none")), "orders"))(dict.fromkeys(keys, partition))
    assert list(current_partitions(manifest, is_state=True)) == ["2024-05-02"]
    assert list(current_partitions(manifest, is_state=False)) == keys[:3]
    assert list(current_partitions(manifest, is_state=False, days=Window(DAY, DAY))) == ["2024-05-01"]


def test_how_far_was_extracted_never_goes_back(lake: Lake) -> None:
    """A backfill of old days must not make the next night extract everything since then."""
    commit(lake, {"2024-05-01": rows("a")})
    with replace_partitions(lake, "orders", lambda key: key == "2023-01-01", dt.date(2023, 1, 1), "source"):
        pass
    assert read_manifest(lake, "orders").extracted_through == DAY


def test_a_manifest_that_cannot_be_read_is_told_with_what_to_do(lake: Lake) -> None:
    lake.manifest_file("orders").parent.mkdir(parents=True)
    lake.manifest_file("orders").write_text('{"partitions": {', encoding="utf-8")
    with pytest.raises(LakeError, match=r"manifest.*cannot be read.*backfill orders"):
        read_manifest(lake, "orders")


def test_a_disk_that_refuses_is_told_and_leaves_the_lake_whole(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    commit(lake, {"2024-05-01": rows("a")})
    before = read_manifest(lake, "orders")

    def refuse(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pl.DataFrame, "write_parquet", refuse)
    with pytest.raises(LakeError, match="No space left on device"):
        commit(lake, {"2024-05-01": rows("b")})
    assert read_manifest(lake, "orders") == before
