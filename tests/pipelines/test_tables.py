"""Rows are told so that they can be read on the terminal that is there."""

from __future__ import annotations

import pytest

from pipelines.tables import print_records

ROW = {"order_id": "o1", "reason": "question_not_found", "answered_at": "2024-05-01 10:00:00", "comment": "", "n": 1200}


@pytest.mark.parametrize(("columns", "is_table"), [("200", True), ("40", False)])
def test_a_row_that_is_too_wide_is_a_block_of_lines(
    columns: str, is_table: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A table squeezed into a narrow terminal breaks every word at every second letter."""
    monkeypatch.setenv("COLUMNS", columns)
    print_records([ROW, {**ROW, "order_id": "o2"}])
    told = capsys.readouterr().out
    lines = [line.rstrip() for line in told.splitlines()]
    assert "question_not_found" in told
    if is_table:
        assert len(lines) == 3
        return
    block = [
        "order_id     o1",
        "reason       question_not_found",
        "answered_at  2024-05-01 10:00:00",
        "n            1,200",
    ]
    assert lines[: len(block) + 2] == [*block, "", "order_id     o2"]
