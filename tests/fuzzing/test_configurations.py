"""Mutated `loyalty.yaml` documents: each loads, or is a list of clear problems with their places; checks never break.

What it guards against: a traceback, a hang or a filled memory by a file that somebody sent, code that YAML would run.
"""

from __future__ import annotations

import copy
import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from assets.configuration import Configuration, FileSource
from assets.configuration.file import load_configuration
from assets.errors import ConfigurationError
from assets.sources import check_sources
from tests.fuzzing.mutations import TOKENS, VALUES, byte_mutations, mutated, text_mutations

SHORT, PARTS, PART = 100, 3, 2_000
SECONDS_PER_EXAMPLE = 5
QUIET = settings(
    deadline=None, database=None, phases=[Phase.generate, Phase.shrink], suppress_health_check=list(HealthCheck)
)
ENVIRONMENT = {"TOKEN": "hush-hush-secret", "HOME": "/home/acme"}
DOCUMENT = """\
company: {name: Acme, timezone: Europe/London, currency: GBP, week_start: monday, history_start: 2022-01-01}
paths: {lake: lake, warehouse: w.duckdb}
connections:
  shop: {url: "postgresql://u:${TOKEN}@127.0.0.1:1/shop"}
sources:
  orders:
    file: {path: orders.csv, delimiter: ",", null_values: [NA], date_format: "%d/%m/%Y"}
    where: "amount > 0 AND id <> 'x'"
    columns: &columns {order_id: id, customer_id: customer, ordered_at: at, status: "'completed'"}
    distinct: true
  order_lines:
    file: orders.csv
    columns: {order_id: id, product_id: "COALESCE(product, 'none')", quantity: 1, net_amount: CAST(amount AS DOUBLE)}
  contracts:
    database: {connection: shop, table: billing.contracts}
  survey_questions:
    rows:
      - &first {survey_id: s, question_id: a, measure: csat, scale_min: 1, scale_max: 5, direction: higher_is_better}
      - {<<: *first, question_id: b}
  survey_responses:
    query: "SELECT o.id AS response_id, o.amount AS score, o.at FROM orders o"
    tables: {orders: orders.csv}
    columns: {survey_id: "'s'", question_id: "'a'", answered_at: "'2024-01-05'"}
  survey_invitations:
    rest:
      url: https://api.example.org/v2
      data: items
      paging: {kind: cursor, next: meta.next, parameter: after}
      auth: {kind: bearer, token: "${TOKEN}"}
      day_param: {from: since, to: until}
publish: {keep_versions: 7}
quarantine: {max_share: 0.1, entities: {orders: 0.2}}
csi: {weights: {a: 0.5, b: 0.5}, satisfied_from: {5: 4}}
surveys: {weighting: {dimensions: [segment]}}
dimensions: [segment, region]
"""
DATA = "id,customer,at,amount,product\n1,a,05/01/2024,2.5,milk\n2,b,06/01/2024,x,\n"
HOSTILE = [
    "!!python/object/apply:os.system ['touch pwned']",
    "!!python/name:os.system",
    "!!python/object/new:subprocess.Popen [['touch', 'pwned']]",
    "!!binary aGVsbG8=",
    "!!set {a, b}",
    "!!timestamp 2024-13-45",
    "!unknown x",
    "&a [*a]",
    "&a {b: *a}",
    "*nowhere",
    "{<<: *first}",
    "{? [a, b] : c}",
    "{? {a: b} : c}",
    "[" * 2_000 + "]" * 2_000,
    "{a: " * 2_000 + "1" + "}" * 2_000,
    "9" * 5_000,
    "0b" + "1" * 300,
    "190:20:30",
    "1e999",
    ".nan",
    "-.inf",
    "'${TOKEN}'",
    "${NOT_SET}",
    "${TOKEN",
    "2024-02-30",
    "~",
    "|\n  text",
    "[&x a, *x, *x]",
]
BOMB = "\n".join(
    ["a0: &a0 [x, x, x, x, x, x, x, x, x]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12))]
)


@dataclass(frozen=True)
class Change:
    """One change of the document's structure: at the place whose number is `at`, modulo how many there are."""

    kind: str
    at: int
    value: Any = None


_changes = st.one_of(
    st.builds(Change, st.sampled_from(["replace", "add"]), st.integers(0, 500), st.sampled_from([*TOKENS, *VALUES])),
    st.builds(Change, st.just("rename"), st.integers(0, 500), st.sampled_from(TOKENS)),
    st.builds(Change, st.sampled_from(["delete", "copy"]), st.integers(0, 500), st.integers(0, 500)),
)


def places(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place of a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in inner:
        yield (*place, key)
        yield from places(part, (*place, key))


def changed(document: Any, changes: list[Change]) -> Any:
    """The document after changes of its structure."""
    for change in changes:
        found = list(places(document))
        if not found:
            break
        *parents, last = found[change.at % len(found)]
        holder = document
        for step in parents:
            holder = holder[step]
        if change.kind == "delete":
            del holder[last]
        elif change.kind == "rename" and isinstance(holder, dict):
            holder[change.value] = holder.pop(last)
        elif change.kind == "add" and isinstance(holder[last], dict):
            holder[last][str(change.value)] = change.value
        elif change.kind == "copy":
            holder[last] = copy.deepcopy(_at(document, found[change.value % len(found)]))
        else:
            holder[last] = change.value
    return document


def _at(document: Any, place: tuple[Any, ...]) -> Any:
    for step in place:
        document = document[step]
    return document


def _documents() -> st.SearchStrategy[bytes]:
    parsed = yaml.safe_load(DOCUMENT)
    structural = st.lists(_changes, min_size=1, max_size=3).map(
        lambda changes: yaml.safe_dump(changed(copy.deepcopy(parsed), changes), allow_unicode=True).encode()
    )
    lines = DOCUMENT.splitlines()
    textual = st.lists(text_mutations, max_size=3).map(lambda changes: mutated(DOCUMENT, changes).encode())
    hostile = st.tuples(st.integers(0, len(lines) - 1), st.sampled_from(HOSTILE)).map(lambda put: _put(lines, *put))
    with_bytes = st.lists(byte_mutations, min_size=1, max_size=2).map(
        lambda changes: mutated(DOCUMENT.encode(), changes)
    )
    bombs = st.just(f"{DOCUMENT}\n{BOMB}".encode())
    return st.one_of(structural, structural, textual, textual, hostile, with_bytes, bombs)


def _put(lines: list[str], number: int, value: str) -> bytes:
    """The document with the value of one line's key replaced."""
    key = re.match(r"( *(?:- )?[\w]+: ?)", lines[number])
    return "\n".join([*lines[:number], f"{key[1] if key else ''}{value}", *lines[number + 1 :]]).encode()


@pytest.fixture(scope="module")
def outcomes() -> Iterator[Counter[str]]:
    counted: Counter[str] = Counter()
    yield counted
    print(f"\n{sum(counted.values())} mutated configurations: {dict(counted)}")  # noqa: T201


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("configurations")
    (folder / "orders.csv").write_text(DATA)
    return folder


def run(document: bytes, folder: Path, outcomes: Counter[str]) -> None:
    """Load a document and try its sources; whatever is wrong is told in clear lines, in time."""
    path = folder / "loyalty.yaml"
    path.write_bytes(document)
    started = time.process_time()
    try:
        configuration = load_configuration(path, ENVIRONMENT)
    except ConfigurationError as error:
        outcomes["error"] += 1
        for line in str(error).splitlines():
            assert "loyalty.yaml" in line, line
            assert len(line) < 2_000, line
            assert line.isprintable(), repr(line)
            assert ENVIRONMENT["TOKEN"] not in line, line
    else:
        outcomes["loaded"] += 1
        for finding in check_sources(_on_this_machine(configuration)):
            assert finding.message, finding
            # Where somebody made it a path, a text or an expression it is no secret: those are told.
            assert ENVIRONMENT["TOKEN"] not in finding.message or ENVIRONMENT["TOKEN"] in repr(configuration)
            assert len(finding.message.splitlines()) == 1, finding
    assert time.process_time() - started < SECONDS_PER_EXAMPLE
    assert not (folder / "pwned").exists()
    assert not Path("pwned").exists()


def _on_this_machine(configuration: Configuration) -> Configuration:
    """The configuration without what it would ask of others."""
    sources = {
        entity: source
        for entity, source in configuration.sources.items()
        if not (source.database or source.rest or any("://" in path for path in _paths(source.file)))
    }
    return configuration.model_copy(update={"connections": {}, "sources": sources})


def _paths(file: str | FileSource | None) -> list[str]:
    return [] if file is None else [file.path if isinstance(file, FileSource) else file]


@seed(20240103)
@settings(QUIET, max_examples=SHORT)
@given(document=_documents())
def test_a_mutated_configuration_loads_or_tells_what_is_wrong(
    folder: Path, outcomes: Counter[str], document: bytes
) -> None:
    run(document, folder, outcomes)


@pytest.mark.soak
@pytest.mark.parametrize("part", range(PARTS))
def test_thousands_of_mutated_configurations(folder: Path, outcomes: Counter[str], part: int) -> None:
    @seed(part)
    @settings(QUIET, max_examples=PART, phases=[Phase.generate])
    @given(document=_documents())
    def run_one(document: bytes) -> None:
        run(document, folder, outcomes)

    run_one()


@pytest.mark.parametrize("value", HOSTILE)
def test_no_value_that_yaml_could_run_or_repeat_does_anything(folder: Path, outcomes: Counter[str], value: str) -> None:
    """A tag that calls a function, an anchor within itself, two thousand brackets: each at several places."""
    lines = DOCUMENT.splitlines()
    for number in range(0, len(lines), 15):
        run(_put(lines, number, value), folder, outcomes)


def test_a_bomb_of_anchors_is_refused_at_once(folder: Path) -> None:
    """Twelve lines that stand for nine to the twelfth values."""
    (folder / "loyalty.yaml").write_text(f"{DOCUMENT}\n{BOMB}")
    started = time.process_time()
    with pytest.raises(ConfigurationError, match=r"loyalty\.yaml holds more than"):
        load_configuration(folder / "loyalty.yaml", ENVIRONMENT)
    assert time.process_time() - started < SECONDS_PER_EXAMPLE
