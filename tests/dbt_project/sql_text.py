"""What can be told of a model's SQL by reading it: pure functions over its text."""

from __future__ import annotations

import re

# What DuckDB knows and Spark does not, and the clock, which makes a run differ from its repetition.
UNPORTABLE = (
    r"\blist(_\w+)?\s*\(",
    r"\bgenerate_series\s*\(",
    r"\bunnest\s*\(",
    r"\bquantile_(cont|disc)\s*\(",
    r"\barg_(max|min)\s*\(",
    r"\bstr[fp]time\s*\(",
    r"\bregexp_matches\s*\(",
    r"\bdate_(diff|add|sub|part)\s*\(",
    r"\bstruct_pack\s*\(",
    r"\bvarchar\b",
    r"//",
    r"\*\s*(exclude|replace|rename)\b",
    r"\basof\b",
    r"\b(un)?pivot\b",
)
CLOCK = (
    r"\bcurrent_(date|time|timestamp)\b",
    r"\b(now|today|get_current_time\w*|transaction_timestamp)\s*\(",
    r"\blocaltime(stamp)?\b",
)


def without_comments(text: str) -> str:
    """Drop the comments of Jinja and of SQL."""
    return re.sub(r"--[^\n]*", "", re.sub(r"\{#.*?#\}", "", text, flags=re.DOTALL))


def plain_sql(text: str) -> str:
    """Return the SQL in lower case without comments, Jinja and quoted text; an expression of Jinja becomes a name."""
    sql = re.sub(r"\{%.*?%\}", "", without_comments(text), flags=re.DOTALL)
    sql = re.sub(r"\{\{.*?\}\}", "jinja", sql, flags=re.DOTALL)
    return re.sub(r"'[^']*'", "''", sql).lower()


def top_level(text: str) -> str:
    """Return what stands within no parentheses: of a model, the names of its steps and its last select."""
    sql, depth, kept = plain_sql(text), 0, []
    for character in sql:
        depth += (character == "(") - (character == ")")
        if depth == 0 and character != ")":
            kept.append(character)
    return "".join(kept)


def findings(text: str, patterns: tuple[str, ...]) -> list[str]:
    """Return each place in the SQL that one of the patterns describes."""
    sql = plain_sql(text)
    return [match.group() for pattern in patterns for match in re.finditer(pattern, sql)]


def join_count(text: str) -> int:
    """Count the joins."""
    return len(re.findall(r"\bjoin\b", plain_sql(text)))


def has_final_order(text: str) -> bool:
    """Whether the last select sorts its rows, which a table does not keep."""
    return bool(re.search(r"\border\s+by\b", top_level(text)))


def has_final_star(text: str) -> bool:
    """Whether the last select, or a part of its union, takes all columns of something."""
    return bool(re.search(r"(\bselect(\s+distinct)?|,)\s*(\w+\.)?\*", top_level(text)))


def code_lines(text: str) -> int:
    """Count the lines that are neither empty nor a comment."""
    return sum(bool(line.strip()) for line in without_comments(text).splitlines())
