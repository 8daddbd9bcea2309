"""Each malformed file is one clear error that names the source and says what to do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from assets.errors import ContractError, SourceError

Orders = Callable[..., pl.DataFrame]
HEADER = "id,customer,at\n"
GOOD = HEADER + "1,a,2024-01-05\n2,b,2024-01-06\n"


def test_a_missing_file_is_named(orders: Orders, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"sources\.orders: there is no file '.*absent\.csv'"):
        orders(file=str(tmp_path / "absent.csv"))


def test_a_glob_without_match_is_named(orders: Orders, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"no file matches '.*\*\.csv'"):
        orders(file=str(tmp_path / "*.csv"))


@pytest.mark.parametrize("ending", ["csv", "parquet", "ndjson", "xlsx"])
def test_an_empty_file_is_named(orders: Orders, tmp_path: Path, ending: str) -> None:
    (tmp_path / f"orders.{ending}").touch()
    with pytest.raises(SourceError, match="is empty"):
        orders(file=str(tmp_path / f"orders.{ending}"))


def test_an_unknown_ending_asks_for_the_format(orders: Orders, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="format: csv"):
        orders(file=str(tmp_path / "orders.dat"))


def test_latin_bytes_read_as_utf8_name_the_encoding(orders: Orders, tmp_path: Path) -> None:
    """Polars would raise only while collecting, and not say what to write."""
    (tmp_path / "orders.csv").write_bytes((HEADER + "1,caf\xe9,2024-01-05\n").encode("cp1252"))
    with pytest.raises(SourceError, match="is not UTF-8; write its `encoding`"):
        orders(file=str(tmp_path / "orders.csv"))


def test_bytes_that_the_told_encoding_lacks_are_named(orders: Orders, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_bytes(GOOD.encode() + b"3,\x81,2024-01-05\n")
    with pytest.raises(SourceError, match="is not written in cp1252"):
        orders(file={"path": str(tmp_path / "orders.csv"), "encoding": "cp1252"})


def test_what_a_file_holds_cannot_act_on_a_terminal_or_break_a_line(orders: Orders, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text('"i\nd\x1b[31m\u202e",customer,at\n1,a,2024-01-05\n')
    with pytest.raises(ContractError, match=r"columns are: i\\nd\\x1b\[31m\\u202e, customer") as caught:
        orders(file=str(tmp_path / "orders.csv"))
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("row", ["3,c\n", "3,c,2024-01-05,x\n", "3"])
def test_ragged_rows_and_a_csv_cut_off_in_its_last_row_fail(orders: Orders, tmp_path: Path, row: str) -> None:
    """Polars fills a short row with nulls: a file cut off in the middle would pass as whole."""
    (tmp_path / "orders.csv").write_text(GOOD + row)
    with pytest.raises(SourceError, match="fields where its header has 3"):
        orders(file=str(tmp_path / "orders.csv"))


def test_a_quote_that_is_never_closed_fails(orders: Orders, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(GOOD + '3,"c,2024-01-05\n4,d,2024-01-06\n')
    with pytest.raises(SourceError):
        orders(file=str(tmp_path / "orders.csv"))


def test_a_cut_off_parquet_file_fails(orders: Orders, tmp_path: Path) -> None:
    path = tmp_path / "orders.parquet"
    pl.DataFrame({"id": ["1"], "customer": ["a"], "at": ["2024-01-05"]}).write_parquet(path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(SourceError, match="no whole Parquet file"):
        orders(file=str(path))


def test_a_cut_off_ndjson_file_fails(orders: Orders, tmp_path: Path) -> None:
    path = tmp_path / "orders.ndjson"
    path.write_text('{"id": 1, "customer": "a", "at": "2024-01-05"}\n{"id": 2, "custo')
    with pytest.raises(SourceError, match="the file is cut off"):
        orders(file=str(path))


def test_a_workbook_without_the_sheet_names_its_sheets(orders: Orders, tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "orders.xlsx") as workbook:
        workbook.add_worksheet("Sales").write_row(0, 0, ["id"])
    with pytest.raises(SourceError, match="has no sheet 'Sale'; it has Sales"):
        orders(file={"path": str(tmp_path / "orders.xlsx"), "sheet": "Sale"})


def test_a_file_that_is_no_workbook_fails(orders: Orders, tmp_path: Path) -> None:
    (tmp_path / "orders.xlsx").write_text("id,customer\n")
    with pytest.raises(SourceError, match="no workbook"):
        orders(file=str(tmp_path / "orders.xlsx"))


def test_a_workbook_with_a_damaged_sheet_fails(orders: Orders, tmp_path: Path) -> None:
    """Its list of sheets can be read, the sheet itself cannot."""
    path = tmp_path / "orders.xlsx"
    with xlsxwriter.Workbook(path) as workbook:
        workbook.add_worksheet("Sales").write_row(0, 0, ["id", "customer", "at"])
    content = bytearray(path.read_bytes())
    start = content.index(b"xl/worksheets/sheet1.xml") + 60
    content[start : start + 8] = b"damaged!"
    path.write_bytes(content)
    with pytest.raises(SourceError, match="no workbook that can be read"):
        orders(file=str(path))


def test_files_of_one_glob_must_have_the_same_columns(orders: Orders, tmp_path: Path) -> None:
    """Stacked by position, a file with other columns would put its values under wrong names."""
    (tmp_path / "a.csv").write_text(GOOD)
    (tmp_path / "b.csv").write_text("id,client,at\n3,c,2024-01-05\n")
    with pytest.raises(SourceError, match="same columns: client, customer"):
        orders(file=str(tmp_path / "*.csv"))


def test_a_missing_column_names_those_that_are_there_near_ones_first(orders: Orders, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text("at,Customer,id\n2024-01-05,a,1\n")
    with pytest.raises(ContractError, match=r"no column 'customer'.*its columns are: Customer, at, id"):
        orders(file=str(tmp_path / "orders.csv"))


def test_a_required_column_that_nothing_serves_is_named(orders: Orders, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(GOOD)
    with pytest.raises(ContractError, match="no column serves customer_id, ordered_at, status"):
        orders(file=str(tmp_path / "orders.csv"), columns={"order_id": "id"})


def test_a_type_that_can_never_fit_is_named(orders: Orders, tmp_path: Path) -> None:
    pl.DataFrame({"id": ["1"], "customer": ["a"], "at": [[1]]}).write_parquet(tmp_path / "orders.parquet")
    with pytest.raises(ContractError, match="ordered_at must be timestamp, but the source holds lists"):
        orders(file=str(tmp_path / "orders.parquet"))


def test_an_ambiguous_date_form_must_be_told(orders: Orders, tmp_path: Path) -> None:
    """01/02/2024 read the wrong way round would move orders by a month without a word."""
    (tmp_path / "orders.csv").write_text(HEADER + "1,a,01/02/2024\n")
    with pytest.raises(ContractError, match=r"such as '01/02/2024'; say how .*date_format: \"%d/%m/%Y\""):
        orders(file=str(tmp_path / "orders.csv"))


def test_a_column_that_fails_only_after_the_first_look_is_no_wrong_type(orders: Orders, tmp_path: Path) -> None:
    """The first rows alone must not condemn a column whose later rows are right."""
    bad = "".join(f"{n},a,never\n" for n in range(10_001))
    (tmp_path / "orders.csv").write_text(HEADER + bad + "x,a,2024-01-05\n")
    assert orders(file=str(tmp_path / "orders.csv"))["_problems"].null_count() == 1
