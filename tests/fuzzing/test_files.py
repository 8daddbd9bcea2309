"""Mutated source files: each is a clear error, or its rows are accepted with the right values, or in quarantine.

What it guards against: a traceback, a hang, a row that vanishes, a number that is read wrongly.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.fuzzing.companies import TABLES, Example, Workshop
from tests.fuzzing.mutations import ENCODINGS, VALUES, byte_mutations, text_mutations, value_mutations

SHORT, PARTS, PART = 100, 4, 1_000
QUIET = settings(
    deadline=None, database=None, phases=[Phase.generate, Phase.shrink], suppress_health_check=list(HealthCheck)
)


def _examples() -> st.SearchStrategy[Example]:
    entities = st.sampled_from(list(TABLES))
    few = {"max_size": 3}
    texts = st.lists(value_mutations([]), **few)
    return st.one_of(
        st.builds(Example, entities, st.sampled_from(["csv", "ndjson"]), values=texts,
                  text=st.lists(text_mutations, **few), encoding=st.sampled_from(["utf-8"] * 9 + ENCODINGS),
                  bytes=st.lists(byte_mutations, max_size=1)),
        st.builds(Example, entities, st.sampled_from(["csv", "ndjson", "excel"]), values=texts),
        st.builds(Example, entities, st.just("ndjson"), values=st.lists(value_mutations(VALUES), **few)),
        st.builds(Example, entities, st.sampled_from(["parquet", "excel"]),
                  values=st.lists(value_mutations(VALUES), **few),
                  bytes=st.lists(byte_mutations, max_size=2)),
    )  # fmt: skip


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    workshop = Workshop(tmp_path_factory.mktemp("fuzzing"), Counter())
    workshop.prepare()
    yield workshop
    print(f"\n{sum(workshop.outcomes.values())} mutated files: {dict(workshop.outcomes)}")  # noqa: T201


@seed(20240101)
@settings(QUIET, max_examples=SHORT)
@given(example=_examples())
def test_a_mutated_file_is_a_clear_error_or_its_rows_are_right(workshop: Workshop, example: Example) -> None:
    workshop.run(example)


@pytest.mark.soak
@pytest.mark.parametrize("part", range(PARTS))
def test_thousands_of_mutated_files(workshop: Workshop, part: int) -> None:
    @seed(part)
    @settings(QUIET, max_examples=PART, phases=[Phase.generate])
    @given(example=_examples())
    def run(example: Example) -> None:
        workshop.run(example)

    run()
