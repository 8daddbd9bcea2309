"""`python -m benchmarks`: measures a size, keeps its figures, and writes docs/performance.md anew."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import sys
from pathlib import Path

from benchmarks.processes import REPOSITORY, measured
from benchmarks.scenarios import record_statements, run
from benchmarks.sizes import SIZES

FIGURES = REPOSITORY / "docs" / "performance"


def main() -> None:
    """Measure one size from its data to its backfill."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--size", choices=list(SIZES), default="S")
    parser.add_argument("--folder", type=Path, default=REPOSITORY / ".cache" / "benchmarks")
    parser.add_argument("--figures", type=Path, default=FIGURES, help="where the figures of all sizes are kept")
    arguments = parser.parse_args()
    folder = arguments.folder.resolve()
    size = SIZES[arguments.size]
    folder.mkdir(parents=True, exist_ok=True)
    print(f"Size {size.letter}: {size.told}. Logs and data are under {folder}.", file=sys.stderr)
    recording = folder / "recording.json"
    record_statements(folder / "recorded", recording)
    results = run(size, folder / size.letter, recording)
    results["machine"] = {
        "processors": os.cpu_count(),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "python": platform.python_version(),
        "measured_on": dt.datetime.now(dt.UTC).date().isoformat(),
    }
    arguments.figures.mkdir(parents=True, exist_ok=True)
    (arguments.figures / f"{size.letter}.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    measured("report", ["-m", "benchmarks.report", arguments.figures], folder / "report.log")
    print(f"Wrote {arguments.figures.with_suffix('.md')}", file=sys.stderr)


if __name__ == "__main__":
    main()
