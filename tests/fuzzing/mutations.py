"""What is done to a valid file or text: each mutation is drawn by hypothesis and applied to values, text or bytes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

TOKENS = [
    "", " ", "\t", "\n", "\r", "\r\n", "\0", ",", ";", '"', '""', "'", "\\", "{", "}", "[", "]", ":", "#", "\ufeff",
    "\u202e", "\u2028", "\u00a0", "é", "日本", "😀", "null", "NULL", "None", "NaN", "nan", "inf", "-inf", "Infinity",
    "0", "-0", "+5", "007", "1.", ".5", "1e3", "1E400", "1e-400", "0x10", "1_000", "1,234", "1.234,5", "٣", "½",
    "9007199254740993", "9223372036854775808", "99999999999999.99995", "0.00005", "0.00015", "-1", "13085.0",
    "123456789012345678901234567890", "true", "FALSE", "yes", "01/02/2024", "2024-02-30", "2024-13-01", "24-01-05",
    "2024-01-05", "0001-01-01", "9999-12-31", "10000-01-01", "2024-03-31 01:30", "2024-10-27 01:30",
    "2024-06-01T10:00Z",
    "2024-06-01T10:00:00.123456789Z", "2024-06-01 10:00+25:00", "1970-01-01T00:00:00-12:00", "-2024-01-05", "20240105",
    "2024-W05-1", "24:00", "<script>", "{{ x }}", "${HOME}", "'; DROP TABLE x; --", "=1+1", "../../x", "x" * 300,
]  # fmt: skip
ODD_BYTES = [b"\xff", b"\xfe", b"\x00", b"\xc3", b"\xe9", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"PK\x03\x04", b"PAR1"]
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252", "utf-32"]
VALUES: list[Any] = [
    None, True, False, 0, -1, 7, 2**53 + 1, 2**63 - 1, 0.1, 0.30000000000000004, -0.0, 1e300, float("nan"),
    float("inf"), [], [1], {}, {"a": 1},
]  # fmt: skip

Position = int


@dataclass(frozen=True)
class Mutation:
    """One change; positions and lengths are taken modulo what there is."""

    kind: str
    at: Position = 0
    to: Position = 0
    length: int = 1
    token: Any = ""


_numbers = st.integers(0, 10_000)
_tokens = st.sampled_from(TOKENS)
_lengths = st.integers(1, 12)


def value_mutations(values: Sequence[Any]) -> st.SearchStrategy[Mutation]:
    """Changes to single values of a table, to its column names, and to the order and number of its rows."""
    anything = st.sampled_from([*TOKENS, *values])
    return st.one_of(
        st.builds(Mutation, st.just("value"), at=_numbers, to=_numbers, token=anything),
        st.builds(Mutation, st.just("append"), at=_numbers, to=_numbers, token=_tokens),
        st.builds(Mutation, st.just("name"), to=_numbers, token=_tokens),
        st.builds(Mutation, st.sampled_from(["repeat_row", "drop_row", "drop_column"]), at=_numbers, to=_numbers),
    )


text_mutations = st.one_of(
    st.builds(Mutation, st.just("insert"), at=_numbers, token=_tokens),
    st.builds(Mutation, st.sampled_from(["cut", "double"]), at=_numbers, length=_lengths),
    st.builds(Mutation, st.just("swap"), at=_numbers, to=_numbers, length=_lengths),
    st.builds(Mutation, st.just("cut_off"), at=_numbers),
    st.builds(Mutation, st.just("newlines"), token=st.sampled_from(["\r\n", "\r", "\n\n"])),
)
byte_mutations = st.one_of(
    st.builds(Mutation, st.just("insert"), at=_numbers, token=st.sampled_from(ODD_BYTES)),
    st.builds(Mutation, st.just("insert"), at=_numbers, token=st.binary(min_size=1, max_size=4)),
    st.builds(Mutation, st.sampled_from(["cut", "double"]), at=_numbers, length=_lengths),
    st.builds(Mutation, st.just("swap"), at=_numbers, to=_numbers, length=_lengths),
    st.builds(Mutation, st.just("cut_off"), at=_numbers),
    st.builds(Mutation, st.just("flip"), at=_numbers, to=st.integers(0, 7)),
)


def mutated(content: Any, mutations: Sequence[Mutation]) -> Any:
    """A text, or bytes, after all mutations."""
    for mutation in mutations:
        content = _mutated(content, mutation)
    return content


def _mutated(content: Any, mutation: Mutation) -> Any:
    at = mutation.at % (len(content) + 1)
    end = at + mutation.length
    to = mutation.to % (len(content) + 1)
    empty = content[:0]
    changes: dict[str, Callable[[], Any]] = {
        "insert": lambda: content[:at] + mutation.token + content[at:],
        "cut": lambda: content[:at] + content[end:],
        "double": lambda: content[:end] + content[at:],
        "swap": lambda: empty.join([content[:at], content[to : to + mutation.length], content[end:]]),
        "cut_off": lambda: content[:at],
        "newlines": lambda: content.replace("\n", mutation.token),
        "flip": lambda: (
            content[:at] + bytes(byte ^ 1 << mutation.to for byte in content[at : at + 1]) + content[at + 1 :]
        ),
    }
    return changes[mutation.kind]()


def mutated_table(names: list[str], rows: list[list[Any]], mutations: Sequence[Mutation]) -> None:
    """Change a table in place."""
    for mutation in mutations:
        row, column = mutation.at % max(len(rows), 1), mutation.to % max(len(names), 1)
        if mutation.kind == "name" and names:
            names[column] = str(mutation.token)
        elif mutation.kind == "drop_column" and len(names) > 1:
            for cells in [names, *rows]:
                del cells[column]
        elif rows and mutation.kind == "value":
            rows[row][column] = mutation.token
        elif rows and mutation.kind == "append":
            rows[row][column] = f"{'' if rows[row][column] is None else rows[row][column]}{mutation.token}"
        elif rows and mutation.kind == "repeat_row":
            rows.append(list(rows[row]))
        elif rows and mutation.kind == "drop_row":
            del rows[row]
