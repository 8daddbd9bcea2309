"""What people open in a spreadsheet is text: a cell that a stranger filled in does not run as a formula there."""

from __future__ import annotations

import csv
from pathlib import Path

import polars as pl
import pytest

from assets.lake.spreadsheet import write_spreadsheet

DANGEROUS = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1+1", "\r=1+1", "\n=1+1", '="x","y"', "-", "+-1"]
HARMLESS = ["-12.50", "+3", "-1e5", "-0,5", "12", "o-1", "a=b", "", "'quoted", "Möwe", "two\nlines"]


def written(values: list[str | None], path: Path) -> list[list[str]]:
    reasons = [["a", "b"]] * len(values)
    write_spreadsheet(pl.DataFrame({"value": values, "reasons": reasons, "row": range(len(values))}), path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


@pytest.mark.parametrize("value", DANGEROUS)
def test_a_formula_gets_an_apostrophe(value: str, tmp_path: Path) -> None:
    assert written([value], tmp_path / "rows.csv")[1] == ["'" + value, "a, b", "0"]


@pytest.mark.parametrize("value", HARMLESS)
def test_numbers_and_plain_text_stay_as_they_are(value: str, tmp_path: Path) -> None:
    assert written([value], tmp_path / "rows.csv")[1][0] == value


def test_lists_are_defused_too_and_nothing_is_lost(tmp_path: Path) -> None:
    rows = pl.DataFrame({"reasons": [["=1", "b"], []], "value": [None, "x"]})
    write_spreadsheet(rows, tmp_path / "rows.csv")
    with (tmp_path / "rows.csv").open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file)) == [["reasons", "value"], ["'=1, b", ""], ["", "x"]]
