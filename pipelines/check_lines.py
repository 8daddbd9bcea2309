"""Tells what `loyalty check` found as advice: what stands in the way, what is worth a look, what comes next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assets.errors import printable
from assets.sources.checks import Finding

SHOWN = {"error": "error", "warning": "warning", "info": "ok"}


def check_lines(findings: Sequence[Finding], next_command: str) -> Iterator[str]:
    """A line per finding, the most urgent first, and a last one that says what to do."""
    counts = {level: sum(finding.level == level for finding in findings) for level in SHOWN}
    for level, word in SHOWN.items():
        for finding in findings:
            if finding.level == level:
                yield printable(f"{word:<8} {finding.place}: {finding.message}")
    if counts["error"]:
        yield f"{_counted(counts['error'], 'error')} in the way of a run. After mending: loyalty check"
        return
    if counts["warning"]:
        yield f"Worth a look first: {_counted(counts['warning'], 'warning')} above."
    yield printable(f"Nothing stands in the way. Next: {next_command}")


def _counted(count: int, word: str) -> str:
    return f"{count} {word}{'s' * (count != 1)}"
