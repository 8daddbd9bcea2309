"""What a disk that is full or cannot be written does to each library, as one error of ours that says what to do.

Python gives an error number; Polars, Arrow, DuckDB and dbt a text with the system's words in it; SQLite its own words.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from assets.errors import LoyaltyError

FULL = [os.strerror(code) for code in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)]
FULL += ["database or disk is full", "failed to offload data block", "No usable temporary directory"]
REFUSED = [os.strerror(code) for code in (errno.EROFS, errno.EACCES, errno.EPERM)]
REFUSED += ["attempt to write a readonly database", "unable to open database file", "disk I/O error"]


def disk_problem(error: BaseException | str) -> str | None:
    """What the disk refused and what to do, where an error or one of its causes says so; null for any other error."""
    text = error if isinstance(error, str) else _texts(error)
    for words in FULL:
        if words in text:
            return f"{words}. Make room there and in the temporary folder, then run again"
    for words in REFUSED:
        if words in text:
            return f"{words}. Check its rights, its room and how it is mounted, then run again"
    return None


def is_disk_full(error: BaseException) -> bool:
    """Whether an error, or one of its causes, can only have come from writing to a disk without room."""
    return any(words in _texts(error) for words in FULL)


def replace_text(path: Path, text: str) -> None:
    """Replace a file in one atomic step: who reads it finds the old text or the new one, after a power cut as well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.new")
    with beside.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


@contextmanager
def disk_errors(family: type[LoyaltyError], what: str) -> Iterator[None]:
    """Within it, a disk that refuses is an error of `family`: `what`, which names the place, and why."""
    try:
        yield
    except LoyaltyError:
        raise
    except Exception as error:
        problem = disk_problem(error)
        if problem is None:
            raise
        raise family(f"{what}: {problem}. What was there before is whole.") from error


def causes(error: BaseException) -> Iterator[BaseException]:
    """An error, what it was raised from, and so on; each once: one that was raised again may be its own cause."""
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        yield cause
        cause = cause.__cause__ or cause.__context__


def _texts(error: BaseException) -> str:
    return "\n".join(map(str, causes(error)))
