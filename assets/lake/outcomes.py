"""How each expectation did in the last extraction of an entity, kept beside its quarantine for the Data Docs."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from assets.configuration import Configuration
from assets.contracts import load_contract
from assets.disk import replace_text
from assets.lake.manifest import Lake
from assets.validation import ExpectationOutcome, allowed_values
from assets.validation.data_docs import build_data_docs


def write_outcomes(lake: Lake, entity: str, outcomes: Sequence[ExpectationOutcome]) -> None:
    """Keep the outcomes of an extraction in place of the last one's."""
    replace_text(_file(lake, entity), json.dumps([asdict(outcome) for outcome in outcomes]))


def read_outcomes(lake: Lake, entity: str) -> list[ExpectationOutcome]:
    """The outcomes of the last extraction; none where there was none."""
    path = _file(lake, entity)
    if not path.exists():
        return []
    return [ExpectationOutcome(**outcome) for outcome in json.loads(path.read_text(encoding="utf-8"))]


def build_site(configuration: Configuration, run_name: str, run_time: dt.datetime) -> Path:
    """Build the Data Docs of all entities that were extracted and return their index page; `run_time` is in UTC."""
    lake = Lake(configuration.paths.lake, configuration.paths.quarantine)
    found = {entity: read_outcomes(lake, entity) for entity in configuration.sources}
    results = {entity: outcomes for entity, outcomes in found.items() if outcomes}
    allowed = {entity: allowed_values(load_contract(entity), configuration) for entity in results}
    return build_data_docs(results, allowed, configuration.paths.data_docs, run_name, run_time)


def _file(lake: Lake, entity: str) -> Path:
    return lake.quarantine / entity / "expectations.json"
