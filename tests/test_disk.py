"""Which errors are the disk's, in the words of each library.

What it guards against: a search through causes that never ends, and an error of the data that is told as a full disk.
"""

from __future__ import annotations

import errno
import os

import pytest

from assets.disk import causes, disk_errors, disk_problem
from assets.errors import LakeError, SourceError


def test_a_chain_of_causes_that_runs_in_a_circle_ends() -> None:
    """As where a context manager raises again what it was given."""
    first, second = ValueError("first"), KeyError("second")
    first.__cause__, second.__context__ = second, first
    assert list(causes(first)) == [first, second]
    assert disk_problem(first) is None


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES])
def test_the_disks_own_error_is_told_also_where_it_is_a_cause(code: int) -> None:
    library = RuntimeError("the library's own words")
    library.__cause__ = OSError(code, os.strerror(code))
    told = disk_problem(library)
    assert told is not None
    assert told.startswith(os.strerror(code))


def test_other_errors_and_our_own_pass_as_they_are() -> None:
    for error in (ValueError("not a number"), SourceError("sources.orders: No space left on device")):
        with pytest.raises(type(error)) as told, disk_errors(LakeError, "The lake cannot be written"):
            raise error
        assert told.value is error
