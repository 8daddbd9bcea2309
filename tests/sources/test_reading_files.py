"""What the formats hold comes out as it is, whatever the delimiter, encoding or way of writing numbers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from assets.configuration import FileSource
from assets.sources.files import LARGEST_ROW_BYTES, read_file
from assets.sources.tables import Window

Orders = Callable[..., pl.DataFrame]


def test_a_cp1252_file_with_semicolons_and_quoted_newlines(orders: Orders, tmp_path: Path) -> None:
    (tmp_path / "o.csv").write_bytes('id;customer;at\r\n1;"Café\r\n€";2024-01-05 10:00\r\n'.encode("cp1252"))
    found = orders(file={"path": str(tmp_path / "o.csv"), "encoding": "cp1252", "delimiter": ";"})
    assert found["customer_id"].to_list() == ["Café\r\n€"]
    assert found["ordered_at"].to_list() == [dt.datetime(2024, 1, 5, 10)]  # noqa: DTZ001


def test_a_character_cut_by_a_chunk_is_transcoded_whole(tmp_path: Path) -> None:
    """Multi-byte characters at the border of a chunk must not break."""
    text = "a\n" + ("é" * 999 + "\n") * (LARGEST_ROW_BYTES // 1000)
    (tmp_path / "o.csv").write_bytes(text.encode("utf-16"))
    table = read_file(FileSource(path=str(tmp_path / "o.csv"), encoding="utf-16"), "sources.orders")
    assert table.rows.collect()["a"].unique().to_list() == ["é" * 999]


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path: Path) -> None:
    (tmp_path / "o.csv").write_bytes(b"\xef\xbb\xbfid,b\n1,2\n")
    assert list(read_file(FileSource(path=str(tmp_path / "o.csv")), "x").schema()) == ["id", "b"]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r", "\n\n"])
def test_every_line_end_ends_a_line(orders: Orders, tmp_path: Path, line_end: str) -> None:
    """One parser judged the file and another read it: with single carriage returns it had no rows at all."""
    lines = ["id,customer,at,note", '1,a,2024-01-05,"x"', "2,b,2024-01-06,"]
    (tmp_path / "o.csv").write_bytes((line_end.join(lines) + line_end).encode())
    assert orders(file=str(tmp_path / "o.csv"))["order_id"].to_list() == ["1", "2"]


def test_the_first_of_two_columns_of_a_name_is_the_one_that_is_meant(orders: Orders, tmp_path: Path) -> None:
    (tmp_path / "o.csv").write_text("id,customer,at,id,id\n1,a,2024-01-05,2,3\n")
    found = orders(file=str(tmp_path / "o.csv"), columns={"channel": "id_duplicated_1", "order_id": "id",
                   "customer_id": "customer", "ordered_at": "at", "status": "'completed'"})  # fmt: skip
    assert found.select("order_id", "channel").rows() == [("1", "3")]


def test_null_values_and_blanks_are_null(orders: Orders, tmp_path: Path) -> None:
    (tmp_path / "o.csv").write_text("id,customer,at\n1,NA,2024-01-05\n2,  ,2024-01-05\n")
    found = orders(file={"path": str(tmp_path / "o.csv"), "null_values": ["NA"]})
    assert found["customer_id"].to_list() == [None, None]
    assert found["_problems"].to_list() == [None, None]


def test_files_of_a_glob_are_stacked_by_name(orders: Orders, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,customer,at\n1,a,2024-01-05\n")
    (tmp_path / "b.csv").write_text("at,id,customer\n2024-01-06,2,b\n")
    found = orders(file=str(tmp_path / "*.csv")).sort("order_id")
    assert found["customer_id"].to_list() == ["a", "b"]


def test_a_path_with_glob_characters_that_exists_is_that_file(orders: Orders, tmp_path: Path) -> None:
    (tmp_path / "o[1].csv").write_text("id,customer,at\n1,a,2024-01-05\n")
    assert orders(file=str(tmp_path / "o[1].csv")).height == 1


def test_a_name_with_wildcards_in_it_is_one_file_in_every_format(orders: Orders, tmp_path: Path) -> None:
    """Polars would take it for a pattern, and read another file or none."""
    rows = pl.DataFrame({"id": ["1"], "customer": ["a"], "at": ["2024-01-05"]})
    for ending in ("ndjson", "parquet", "csv"):
        for name in ("o*", "o[1] 'x' \";", "of"):
            path = tmp_path / f"{name}.{ending}"
            getattr(rows.head(0 if name == "of" else 1), f"write_{ending}")(path)
        assert orders(file=str(tmp_path / f"o*.{ending}")).height == 1
        assert orders(file=str(tmp_path / f"o[1] 'x' \";.{ending}")).height == 1


def test_ndjson_with_keys_that_appear_late(orders: Orders, tmp_path: Path) -> None:
    rows = '{"id": 1, "at": "2024-01-05"}\n' * 200 + '{"id": 2, "at": "2024-01-05", "customer": "a"}\n'
    (tmp_path / "o.ndjson").write_text(rows)
    assert orders(file=str(tmp_path / "o.ndjson"))["customer_id"].drop_nulls().to_list() == ["a"]


def test_a_workbook_keeps_its_dates_and_numbers(orders: Orders, tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "o.xlsx", {"default_date_format": "yyyy-mm-dd hh:mm"}) as workbook:
        workbook.add_worksheet("Notes")
        sheet = workbook.add_worksheet("Sales")
        sheet.write_row(0, 0, ["id", "customer", "at"])
        sheet.write_row(1, 0, [7, "a"])
        sheet.write_datetime(1, 2, dt.datetime(2024, 1, 5, 10, 30))  # noqa: DTZ001
    found = orders(file={"path": str(tmp_path / "o.xlsx"), "sheet": "Sales"})
    assert found.select("order_id", "ordered_at").row(0) == ("7", dt.datetime(2024, 1, 5, 10, 30))  # noqa: DTZ001


def test_a_float_id_loses_its_point_zero_however_it_is_mapped(orders: Orders, tmp_path: Path) -> None:
    """Tools turn ids into floats where a column has gaps; `13085.0` would join with nothing."""
    frame = pl.DataFrame({"id": [1.0, 2.5], "customer": [13085.0, None], "at": ["2010-11-30 08:26:00"] * 2})
    frame.write_parquet(tmp_path / "o.parquet")
    for customer in ("customer", "CAST(customer AS BIGINT)"):
        found = orders(
            file=str(tmp_path / "o.parquet"),
            columns={"order_id": "id", "customer_id": customer, "ordered_at": "at", "status": "'completed'"},
        )
        assert found["customer_id"].to_list() == ["13085", None]
        assert found["order_id"].to_list() == ["1", "2.5"]


def test_decimal_commas(tmp_path: Path, lines: Callable[..., pl.DataFrame]) -> None:
    path = tmp_path / "l.csv"
    found = lines(
        path,
        "id;product;n;amount\n1;p;2;1.234,56\n2;p;3;0,5\n3;p;1;1.5\n",
        {"quantity": "n", "net_amount": "amount", "unit_cost": "n * amount"},
        file={"path": str(path), "delimiter": ";", "decimal_comma": True},
    ).sort("order_id")
    assert found["net_amount"].to_list() == [Decimal("1234.56"), Decimal("0.5"), None]
    assert found["unit_cost"].to_list() == [Decimal("2469.12"), Decimal("1.5"), None]
    assert (found["_problems"][2] or "").startswith("unparseable_unit_cost: '1.5' in amount")


@pytest.mark.parametrize(("first", "last", "kept"), [(5, 5, ["2"]), (4, 6, ["1", "2", "3"]), (7, 9, [])])
def test_the_window_is_inclusive_in_local_days_and_keeps_unknown_days(
    orders: Orders, tmp_path: Path, first: int, last: int, kept: list[str]
) -> None:
    (tmp_path / "o.csv").write_text(
        "id,customer,at\n1,a,2024-01-05T04:59:59Z\n2,a,2024-01-05T05:00:00Z\n3,a,2024-01-06T05:00:00Z\n4,a,soon\n"
    )
    window = Window(dt.date(2024, 1, first), dt.date(2024, 1, last))
    found = orders(timezone="America/New_York", window=window, file=str(tmp_path / "o.csv"))
    assert found["order_id"].sort().to_list() == [*kept, "4"]
    assert found.filter(order_id="4").select("business_day", "_problems").row(0) == (
        None,
        "unparseable_ordered_at: 'soon' is no timestamp",
    )
