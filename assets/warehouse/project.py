"""Where the dbt project stands, and whether its definitions are those of the last build."""

from __future__ import annotations

import hashlib
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2] / "dbt_project"
PROJECT_FILES = ("*.sql", "*.yml", "*.csv")


def models_digest(project: Path = PROJECT) -> str:
    """A digest of the dbt project's files; where it differs, the definitions differ."""
    digest = hashlib.sha256()
    for path in sorted(path for pattern in PROJECT_FILES for path in project.rglob(pattern)):
        if "target" not in path.parts:
            digest.update(path.relative_to(project).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()
