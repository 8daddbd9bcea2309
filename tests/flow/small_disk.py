"""A disk that can be full: a small file system where one can be mounted, else a limit on the size of files.

Both fail inside the system, as a full disk does, and so inside every library that writes: `No space left on device`
where mounting is allowed, `File too large` everywhere.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class SmallDisk:
    """A folder whose disk can be full; `means` says how: `tmpfs` or `limit`."""

    folder: Path
    means: str

    @contextmanager
    def full(self, room: int = 0) -> Iterator[None]:
        """Within it, about `room` bytes can be written: to the whole disk, or to one file where files are limited."""
        if self.means == "limit":
            hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
            resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
            try:
                yield
            finally:
                resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
            return
        ballast = self.folder / "ballast"
        free = os.statvfs(self.folder)
        with ballast.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(1, free.f_bavail * free.f_frsize - room))
        try:
            yield
        finally:
            ballast.unlink()


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[SmallDisk]:
    """A disk of `size` bytes at `folder` where this user may mount one, else the folder with a limit on files."""
    folder.mkdir()
    mounted = system("mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder)
    try:
        yield SmallDisk(folder, "tmpfs" if mounted else "limit")
    finally:
        if mounted:
            system("umount", "--lazy", folder)


@contextmanager
def read_only(folder: Path) -> Iterator[str]:
    """Within it, nobody can write in `folder`: mounted so where this user may mount, else by its rights; says which.

    Rights do not stop a superuser, and who may not mount is none.
    """
    if system("mount", "--bind", folder, folder):
        try:
            system("mount", "-o", "remount,bind,ro", folder)
            yield "mount"
        finally:
            system("umount", "--lazy", folder)
        return
    folders = [folder, *(path for path in folder.rglob("*") if path.is_dir())]
    for path in folders:
        path.chmod(0o555)
    try:
        yield "rights"
    finally:
        for path in folders:
            path.chmod(0o755)


def system(program: str, *arguments: object) -> bool:
    """Run a program of the system; whether it is there and succeeded."""
    path = shutil.which(program)
    return bool(path) and subprocess.run([path, *map(str, arguments)], capture_output=True, check=False).returncode == 0
