"""The searches of the project's rules might find nothing ever; each is shown what it must find and what it must not."""

from __future__ import annotations

import pytest
from sql_text import CLOCK, UNPORTABLE, code_lines, findings, has_final_order, has_final_star, join_count


@pytest.mark.parametrize(
    "sql",
    [
        "select list(x) from t",
        "select list_sort(x) from t",
        "from generate_series(1, 2)",
        "select unnest(x)",
        "select quantile_cont(x, 0.5)",
        "select arg_max(a, b)",
        "select strftime(x, '%Y')",
        "select regexp_matches(a, 'b')",
        "select a // b",
        "select * exclude (a) from t",
        "select * replace (1 as a) from t",
        "select date_diff('day', a, b)",
        "from a asof join b on a.x >= b.x",
        "pivot t on x",
    ],
)
def test_unportable_sql_is_found(sql: str) -> None:
    assert findings(sql, UNPORTABLE)


@pytest.mark.parametrize("sql", ["select current_date", "select NOW()", "select current_timestamp", "select today()"])
def test_a_clock_is_found(sql: str) -> None:
    assert findings(sql, CLOCK)


@pytest.mark.parametrize(
    "sql",
    [
        "select a -- no list(x), no now()\nfrom t",
        "{#- // -#} select a",
        "{% for i in range(3) // 2 %} select a {% endfor %}",
        "select '// now()' as words",
        "select is_listed, unpivoted, now_active, {{ date_diff(a, b) }} as days from t",
    ],
)
def test_words_and_jinja_are_not_sql(sql: str) -> None:
    assert findings(sql, UNPORTABLE + CLOCK) == []


def test_only_an_order_of_the_whole_model_counts() -> None:
    """A window's order decides its result; the order of a table is lost."""
    assert has_final_order("with a as (select 1 as x) select x from a order by x")
    assert not has_final_order("with a as (select 1 as x order by 1) select rank() over (order by x) as r from a")


@pytest.mark.parametrize(
    "sql",
    [
        "select * from a",
        "select x, a.* from a",
        "select distinct * from a",
        "select x from a union all select * from b",
    ],
)
def test_a_star_at_the_end_is_found(sql: str) -> None:
    assert has_final_star(f"with a as (select 1 as x), b as (select 2 as x) {sql}")


def test_a_star_in_a_step_or_a_product_is_none() -> None:
    assert not has_final_star("with a as (select * from t) select count(*) as n, x * 2 as twice from a")


def test_joins_and_lines_are_counted() -> None:
    sql = "select a -- join\nfrom t\n\ninner join u using (a)\n-- comment\nleft join v using (a)"
    assert join_count(sql) == 2
    assert code_lines(sql) == 4
