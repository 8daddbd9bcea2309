"""The rules of the house that dbt itself does not check, over the parsed project; a failure names who breaks one."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sql_text import (
    CLOCK,
    UNPORTABLE,
    code_lines,
    findings,
    has_final_order,
    has_final_star,
    join_count,
    plain_sql,
)

from assets.contracts import entities

PROJECT = Path(__file__).parents[2] / "dbt_project"
MOST_JOINS = 7
MOST_LINES = 110
# Each model is one subject; what is longer than the rule says why.
LONGER = {"int_kpi__recurring_revenue": "the parts of seven metrics are listed in it"}
# What it finds is missing from the numbers, but makes none of them wrong.
WARNINGS = {"assert_survey_questions_fit_their_measures"}
# Rows that no column tells apart, each of which is built from rows that have a key.
KEYLESS_VIEWS = {"int_conversions__by_dimension"}
METRIC_FIELDS = {"metric_id", "name", "version", "formula", "grains", "interval_method", "direction", "unit", "mart"}


@pytest.fixture(scope="session")
def models(manifest: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The project's models by name."""
    return {node["name"]: node for node in manifest["nodes"].values() if node["resource_type"] == "model"}


@pytest.fixture(scope="session")
def data_tests(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    """The tests that run with every build."""
    return [node for node in manifest["nodes"].values() if node["resource_type"] == "test"]


def layer(model: dict[str, Any]) -> str:
    """The folder below `models` that a model stands in."""
    return str(Path(model["original_file_path"]).parts[1])


def in_layer(models: dict[str, dict[str, Any]], name: str) -> dict[str, dict[str, Any]]:
    """The models of a layer; there are some, or a rule about them would hold for nothing."""
    found = {key: model for key, model in models.items() if layer(model) == name}
    assert found
    return found


def test_every_description_ends_with_its_grain(models: dict[str, Any]) -> None:
    """Who does not know what a row is joins wrongly and counts twice."""
    assert [n for n, m in models.items() if not re.search(r"\bOne row\b[^.]*\.\s*$", m["description"])] == []


def test_every_model_has_a_file_of_its_own_beside_it(models: dict[str, Any]) -> None:
    """A model without YAML is documented and tested nowhere; one in a shared file is not found."""
    expected = {name: model["original_file_path"].removesuffix(".sql") + ".yml" for name, model in models.items()}
    actual = {name: str(model["patch_path"]).partition("://")[2] for name, model in models.items()}
    assert actual == expected


def test_described_columns_are_those_that_are_built(
    models: dict[str, Any], built_columns: dict[str, list[str]]
) -> None:
    """A column that was renamed keeps its old description, and a new one has none."""
    described = {name: sorted(model["columns"]) for name, model in models.items()}
    assert described == {name: sorted(columns) for name, columns in built_columns.items()}


def test_every_column_is_described(models: dict[str, Any]) -> None:
    columns = [(name, column) for name, model in models.items() for column in model["columns"].values()]
    assert [f"{name}.{column['name']}" for name, column in columns if not column["description"].strip()] == []


def test_names_tell_the_layer(models: dict[str, Any]) -> None:
    """A reader of a query sees by the name what may be relied upon: marts alone are public."""
    assert set(in_layer(models, "staging")) == {f"stg_{entity}" for entity in entities()}
    assert [name for name in in_layer(models, "intermediate") if not name.startswith("int_")] == []
    assert [name for name in in_layer(models, "marts") if re.match(r"(stg|int|fct|dim|mart)_", name)] == []


def test_marts_have_enforced_contracts(models: dict[str, Any]) -> None:
    """A BI tool breaks where a column of a mart changes its name or type."""
    marts = in_layer(models, "marts")
    assert [name for name, model in marts.items() if not model["config"]["contract"]["enforced"]] == []
    columns = [(name, column) for name, model in marts.items() for column in model["columns"].values()]
    assert [f"{name}.{column['name']}" for name, column in columns if not column["data_type"]] == []


def test_layers_read_downwards_only(models: dict[str, Any]) -> None:
    """Staging is where a source's quirks end: what reads around it meets them again."""
    may_read = {
        "staging": ("source.loyalty.lake.",),
        "intermediate": (
            "model.loyalty.stg_",
            "model.loyalty.int_",
            "source.loyalty.control.",
            "source.loyalty.analysis.",
            "seed.",
        ),
        "marts": (
            "model.loyalty.int_",
            "source.loyalty.control.",
            *(f"model.loyalty.{n}" for n in in_layer(models, "marts")),
        ),
    }
    read = [(name, layer(model), parent) for name, model in models.items() for parent in model["depends_on"]["nodes"]]
    assert [f"{name} reads {parent}" for name, where, parent in read if not parent.startswith(may_read[where])] == []


def test_models_join_few_relations(models: dict[str, Any]) -> None:
    """A model of many joins hides which of them multiplies rows."""
    assert {n: c for n, m in models.items() if (c := join_count(m["raw_code"])) > MOST_JOINS} == {}


def test_models_are_short(models: dict[str, Any]) -> None:
    """A model of several pages is several models."""
    longer = {name: lines for name, model in models.items() if (lines := code_lines(model["raw_code"])) > MOST_LINES}
    assert set(longer) == set(LONGER), longer


def test_nothing_reads_the_clock(manifest: dict[str, Any]) -> None:
    """A run for an earlier as-of date must give what the run of that day gave."""
    assert {name: found for name, sql in _all_sql(manifest).items() if (found := findings(sql, CLOCK))} == {}


def test_sql_runs_on_both_engines(manifest: dict[str, Any]) -> None:
    """What only DuckDB knows stands in a macro that is dispatched, beside what Spark has for it."""
    assert {name: found for name, sql in _all_sql(manifest).items() if (found := findings(sql, UNPORTABLE))} == {}


def test_every_dispatched_macro_exists_for_both_engines(manifest: dict[str, Any]) -> None:
    """A macro without Spark's half fails on the day on which somebody changes the engine."""
    names = {macro["name"] for macro in _own_macros(manifest)}
    dispatched = {name.removeprefix("default__") for name in names if name.startswith("default__")}
    assert dispatched
    assert [name for name in dispatched if f"spark__{name}" not in names] == []


def test_no_model_sorts_its_rows(models: dict[str, Any]) -> None:
    """Tables have no order; sorting them costs time and promises what is not kept."""
    assert [name for name, model in models.items() if has_final_order(model["raw_code"])] == []


def test_final_selects_name_their_columns(models: dict[str, Any]) -> None:
    """With a star a column that is added upstream appears downstream unasked."""
    assert [name for name, model in models.items() if has_final_star(model["raw_code"])] == []


def test_incremental_models_replace_whole_customers(models: dict[str, Any]) -> None:
    """Any other strategy leaves rows of a customer behind that a full refresh would not have."""
    incremental = {n: m for n, m in models.items() if m["config"]["materialized"] == "incremental"}
    assert incremental
    assert [
        name
        for name, model in incremental.items()
        if model["config"]["incremental_strategy"] != "replace_touched_customers"
        or "is_touched(" not in model["raw_code"]
    ] == []


def test_every_model_of_kpi_has_a_catalogue(models: dict[str, Any]) -> None:
    """A metric without an entry would be a number of unknown meaning; another model's entry has no number."""
    listed = re.findall(r"- (int_kpi__\w+)", (PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))
    named = [name for name in models if name.startswith("int_kpi__")]
    catalogued = {name: model["config"]["meta"].get("metrics", []) for name, model in models.items()}
    marts = {name: catalogued.pop(name) for name in in_layer(models, "marts")}
    assert sorted(listed) == sorted(named) == sorted(name for name, metrics in catalogued.items() if metrics)
    assert [m["metric_id"] for name, metrics in marts.items() for m in metrics if m["mart"] != name] == []


def test_every_metric_is_defined_once_and_in_full(models: dict[str, Any]) -> None:
    """Two definitions of one id double its rows in `kpi`; a mart that does not exist cannot be looked up."""
    metrics = [metric for model in models.values() for metric in model["config"]["meta"].get("metrics", [])]
    assert [metric_id for metric_id, count in Counter(m["metric_id"] for m in metrics).items() if count > 1] == []
    assert {m["metric_id"]: missing for m in metrics if (missing := METRIC_FIELDS - set(m))} == {}
    assert [m["metric_id"] for m in metrics if m["mart"] not in in_layer(models, "marts")] == []
    assert {m["direction"] for m in metrics} <= {"higher_is_better", "lower_is_better", "neither"}


def test_every_model_has_a_key_test(models: dict[str, Any], data_tests: list[dict[str, Any]]) -> None:
    """A join that multiplies rows shows in the key of the model that it is in, or nowhere."""
    keyed = {test["attached_node"] for test in data_tests if _generic(test) in {"unique_combination", "never_null"}}
    assert {name for name, model in models.items() if model["unique_id"] not in keyed} == KEYLESS_VIEWS
    assert {models[name]["config"]["materialized"] for name in KEYLESS_VIEWS} == {"view"}


def test_nulls_cost_no_test_of_their_own(data_tests: list[dict[str, Any]]) -> None:
    """Every test costs a nightly run a tenth of a second, and there would be hundreds of these.

    A mart says it as a constraint, which the build itself enforces, any other model in the `required` of its key test.
    """
    assert [test["name"] for test in data_tests if _generic(test) in {"not_null", "unique"}] == []


def test_every_mart_says_which_of_its_rows_settle(models: dict[str, Any]) -> None:
    """A mart that does not say is never compared with the version before: its numbers would change in silence."""
    marts = in_layer(models, "marts")
    settled = {name: model["config"]["meta"].get("settled") for name, model in marts.items()}
    assert [name for name, rows in settled.items() if rows is None] == []
    assert [n for n, model in marts.items() if settled[n] and "is_complete" not in model["columns"]] == []
    assert [n for n, model in marts.items() if not settled[n] and "is_complete" in model["columns"]] == []


def test_every_data_test_stops_publication(data_tests: list[dict[str, Any]]) -> None:
    """An invariant that only warned would be published broken."""
    warnings = {test["name"] for test in data_tests if test["config"]["severity"].lower() != "error"}
    assert warnings == WARNINGS


def test_singular_tests_say_their_invariant_and_why(data_tests: list[dict[str, Any]]) -> None:
    """Whoever is woken by a failure must learn from the file what is at stake."""
    singular = [test for test in data_tests if _generic(test) is None]
    assert singular
    assert [t["name"] for t in singular if not t["name"].startswith("assert_")] == []
    assert [t["name"] for t in singular if not t["raw_code"].lstrip().startswith(("--", "{#"))] == []


def test_every_case_is_unit_tested(models: dict[str, Any], manifest: dict[str, Any]) -> None:
    """A branch that can never be reached comes out of no data test."""
    tested = {test["model"] for test in manifest["unit_tests"].values()}
    branching = {name for name, model in models.items() if re.search(r"\bcase\b", plain_sql(model["raw_code"]))}
    assert branching - tested == set()


def test_every_macro_is_explained(manifest: dict[str, Any]) -> None:
    """A formula whose edge cases are not told is trusted blindly; parts of macros, named `_...`, need no YAML."""
    public = [m for m in _own_macros(manifest) if not re.match(r"_|default__|spark__", m["name"])]
    assert [macro["name"] for macro in public if not macro["description"].strip()] == []
    files = {macro["original_file_path"] for macro in _own_macros(manifest)}
    assert [file for file in files if not (PROJECT / file).read_text(encoding="utf-8").startswith("{#-")] == []


def _generic(test: dict[str, Any]) -> str | None:
    """The name of the generic test that a test is an instance of; None for a singular one."""
    return (test.get("test_metadata") or {}).get("name")


def _own_macros(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    return [macro for macro in manifest["macros"].values() if macro["package_name"] == "loyalty"]


def _all_sql(manifest: dict[str, Any]) -> dict[str, str]:
    """The SQL that must run on any engine: models, tests, and macros that are written for none."""
    nodes = {n["name"]: n["raw_code"] for n in manifest["nodes"].values() if n["resource_type"] in {"model", "test"}}
    macros = {m["name"]: m["macro_sql"] for m in _own_macros(manifest)}
    return nodes | {name: sql for name, sql in macros.items() if not re.match(r"default__|spark__", name)}
