"""Hold the locked requirements against the public lists of known vulnerabilities, where they can be reached.

Ends with 1 for a known vulnerability only: a machine without the lists must not fail, nor wait long, nor be told that
all is well. pip-audit itself ends with 1 in both cases, and calls packages that its service does not know `no known
vulnerabilities`; its report tells them apart.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

PATIENCE_SECONDS = 120
OPTIONS = ("--disable-pip", "--require-hashes", "--progress-spinner", "off", "--timeout", "5", "--format", "json")


def audit(requirements: Path, options: list[str], patience: float = PATIENCE_SECONDS) -> tuple[int, str]:
    """The exit code and what is to be told of the requirements; `options` go to pip-audit."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = ["-m", "pip_audit", "--requirement", str(requirements), *OPTIONS, "--output", str(report), *options]
        try:
            ended = subprocess.run(  # noqa: S603  (our own arguments)
                [sys.executable, *command], capture_output=True, text=True, timeout=patience, check=False
            )
        except subprocess.TimeoutExpired:
            return 0, f"Vulnerabilities: not audited, there was no answer within {patience:g} seconds."
        if not report.exists():
            reason = (ended.stderr.strip().splitlines() or ["it said nothing"])[-1]
            return 0, f"Vulnerabilities: not audited, pip-audit could not reach its data ({reason[:200]})."
        return judge(json.loads(report.read_text(encoding="utf-8"))["dependencies"])


def judge(packages: list[dict[str, Any]]) -> tuple[int, str]:
    """The exit code and what is to be told of a report."""
    audited = [package for package in packages if "skip_reason" not in package]
    found = [
        f"{package['name']} {package['version']}: {vulnerability['id']}, "
        f"mended in {', '.join(vulnerability['fix_versions']) or 'no version yet'}"
        for package in audited
        for vulnerability in package["vulns"]
    ]
    if found:
        return 1, "\n".join([f"Vulnerabilities: {len(found)} known, update requirements.lock:", *found])
    if not audited:
        return 0, "Vulnerabilities: not audited, the service that pip-audit reaches knows none of the packages."
    unknown = f", {len(packages) - len(audited)} unknown to it" if len(audited) < len(packages) else ""
    return 0, f"Vulnerabilities: none known in {len(audited)} packages{unknown}."


if __name__ == "__main__":
    code, told = audit(Path(sys.argv[1]), sys.argv[2:])
    print(told)  # noqa: T201  (a check's own line)
    sys.exit(code)
