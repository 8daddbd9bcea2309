"""Each example is run once for all its tests, and only where the real data stands beside the checkout."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from example_run import DATA, ExampleRun, run_example

Run = Callable[..., ExampleRun]


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Run an example by its file; skips where the data is absent, for none of it belongs to the project."""
    if not DATA.is_dir():
        pytest.skip(f"the real data is not beside the checkout, at {DATA}")

    def run_file(file: str, as_of: dt.date, extracted_to: dt.date | None = None) -> ExampleRun:
        return run_example(file, tmp_path_factory.mktemp("example"), as_of, extracted_to)

    return run_file


@pytest.fixture(scope="session")
def notebook(run: Run) -> ExampleRun:
    """Online Retail as a public notebook counted it: all of the file in the lake, the marts as of its last day."""
    return run("online_retail/loyalty.yaml", dt.date(2010, 11, 29), dt.date(2010, 12, 9))


@pytest.fixture(scope="session")
def cohort_report(run: Run) -> ExampleRun:
    """Online Retail as a published cohort report counted it."""
    return run("online_retail/cohort_report.yaml", dt.date(2010, 12, 9))


@pytest.fixture(scope="session")
def ravenstack(run: Run) -> ExampleRun:
    """Subscriptions, tickets and uses of a software company."""
    return run("ravenstack/loyalty.yaml", dt.date(2024, 12, 31))


@pytest.fixture(scope="session")
def olist(run: Run) -> ExampleRun:
    """Orders and reviews of a marketplace."""
    return run("olist/loyalty.yaml", dt.date(2018, 9, 30))


@pytest.fixture(scope="session")
def airline(run: Run) -> ExampleRun:
    """A passenger survey."""
    return run("airline/loyalty.yaml", dt.date(2015, 12, 31))
