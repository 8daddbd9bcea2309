"""The schema `control`: what the warehouse knows of itself and tells the models about the run."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import polars as pl

from assets.configuration import ACSI_QUESTIONS, REPORT_INDICATORS, Configuration
from assets.lake.manifest import UNKNOWN_DAY, Manifest

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

# Models read the tables of `analysis`, too: they are there, empty, before anything has been analysed.
TABLES = """
create schema if not exists control;
create table if not exists control.ledger (
    entity varchar, partition varchar, version varchar, primary key (entity, partition)
);
create table if not exists control.entity_tables (entity varchar primary key, definition varchar);
create table if not exists control.touched_customers (customer_id varchar primary key);
create table if not exists control.build_state (
    as_of_date date, settings varchar, models varchar, is_complete boolean, is_rebuild boolean
);
create table if not exists control.published (version integer);
create table if not exists control.arrivals_since (version integer);
create table if not exists control.arrivals (
    entity varchar, business_day date, reason varchar, primary key (entity, business_day, reason)
);
create table if not exists control.partition_counts (
    entity varchar, business_day date, extracted bigint, accepted bigint, quarantined bigint, duplicates bigint
);
create table if not exists control.quarantine_reasons (
    entity varchar, business_day date, reason varchar, row_count bigint
);
create table if not exists control.quarantined_answers (
    survey_id varchar, question_id varchar, business_day date, answer_count bigint, repeated_count bigint
);
create schema if not exists analysis;
create table if not exists analysis.relative_weights (
    analysis varchar, scope varchar, outcome varchar, predictor varchar, n bigint, clusters bigint, predictors bigint,
    r_squared double, r_squared_ci_low double, r_squared_ci_high double,
    weight double, weight_ci_low double, weight_ci_high double,
    weight_share double, weight_share_ci_low double, weight_share_ci_high double,
    correlation double, coefficient double, coefficient_ci_low double, coefficient_ci_high double
);
create table if not exists analysis.survey_weights (
    measure varchar, grain varchar, period_start date, segment varchar, region varchar, weight double
);
"""


@dataclass(frozen=True)
class BuildState:
    """What the last build was of, and whether it came to its end."""

    as_of_date: dt.date | None = None
    settings: str = ""
    models: str = ""
    is_complete: bool = False
    is_rebuild: bool = True


def read_build_state(connection: duckdb.DuckDBPyConnection) -> BuildState:
    """The state of the last build; of none, where the warehouse is new."""
    columns = "as_of_date, settings, models, is_complete, is_rebuild"
    rows = connection.execute(f"select {columns} from control.build_state").fetchall()
    return BuildState(*rows[0]) if rows else BuildState()


def write_build_state(connection: duckdb.DuckDBPyConnection, state: BuildState) -> None:
    """Replace the build state."""
    connection.execute("delete from control.build_state")
    connection.execute(
        "insert into control.build_state values (?, ?, ?, ?, ?)",
        [state.as_of_date, state.settings, state.models, state.is_complete, state.is_rebuild],
    )


def settings_tables(configuration: Configuration, as_of: dt.date) -> dict[str, pl.DataFrame]:
    """The control tables that hold settings, by name; empty lists give empty tables with their columns."""
    company, csi, surveys = configuration.company, configuration.csi, configuration.surveys
    parameters = {
        "as_of_date": as_of,
        "currency": company.currency,
        "week_start_offset": WEEKDAYS.index(company.week_start),
        "history_start": company.history_start,
        "purchase_occasion": configuration.orders.purchase_occasion,
        "rolling_days": configuration.retention.rolling_days,
        "activity_window_days": configuration.retention.activity_window_days,
        "contracts_grace_days": configuration.contracts.grace_days,
        "repurchase_level": configuration.repurchase.level,
        "upsell_level": configuration.upsell.level,
        "repeat_policy": configuration.surveys.repeat_policy,
        "csi_target": csi.target,
        "minimum_n": configuration.privacy.minimum_n,
        "affinity_window_days": configuration.affinity.window_days,
        "affinity_minimum_n": configuration.affinity.minimum_n,
        "offers_per_customer": configuration.offers.per_customer,
        "offers_budget_factor": configuration.offers.budget_factor,
        "event_window_days": configuration.surveys.event_window_days,
        "response_window_days": configuration.surveys.response_window_days,
        "weighting_trim": surveys.weighting.trim,
        "abc_a_cut": configuration.abc.a,
        "abc_b_cut": configuration.abc.b,
        "main_competitor": configuration.competition.main_competitor,
        "support_repeat_window_days": configuration.support.repeat_window_days,
    }
    return {
        "run_parameters": pl.DataFrame(
            [parameters],
            schema_overrides={"main_competitor": pl.String}
            | {name: pl.Int32 for name, value in parameters.items() if isinstance(value, int)},
        ),
        "valid_statuses": pl.DataFrame({"status": configuration.orders.valid_statuses}, schema={"status": pl.String}),
        "repurchase_windows": pl.DataFrame(
            {"window_days": configuration.repurchase.window_days}, schema={"window_days": pl.Int32}
        ),
        "dimensions": pl.DataFrame({"dimension": configuration.dimensions}, schema={"dimension": pl.String}),
        "csi_weights": _pairs(csi.weights, ("parameter", pl.String), ("weight", pl.Float64)),
        "csi_report_weights": _pairs(
            csi.report_weights or dict.fromkeys(REPORT_INDICATORS, 1 / len(REPORT_INDICATORS)),
            ("indicator", pl.String),
            ("weight", pl.Float64),
        ),
        "quality_weights": _pairs(csi.quality_weights, ("parameter", pl.String), ("weight", pl.Float64)),
        "own_brands": pl.DataFrame({"brand": surveys.own_brands}, schema={"brand": pl.String}),
        "acsi_weights": _pairs(
            surveys.acsi_weights or dict.fromkeys(ACSI_QUESTIONS, 1 / len(ACSI_QUESTIONS)),
            ("question", pl.String),
            ("weight", pl.Float64),
        ),
        "weighting_dimensions": pl.DataFrame(
            {"dimension": surveys.weighting.dimensions}, schema={"dimension": pl.String}
        ),
        "servqual_points": _pairs(surveys.servqual_points, ("parameter", pl.String), ("points", pl.Float64)),
        "core_actions": pl.DataFrame(
            {"event_type": configuration.engagement.core_actions}, schema={"event_type": pl.String}
        ),
        "csi_satisfied_from": _pairs(csi.satisfied_from, ("scale_max", pl.Float64), ("satisfied_from", pl.Float64)),
    }


def write_settings(connection: duckdb.DuckDBPyConnection, configuration: Configuration, as_of: dt.date) -> None:
    """Replace the settings tables by those of this run."""
    for name, rows in settings_tables(configuration, as_of).items():
        replace_table(connection, name, rows)


def settings_digest(configuration: Configuration) -> str:
    """A digest of every setting that models read; where it differs, the definitions differ and all is computed anew."""
    tables = settings_tables(configuration, dt.date.min)
    document = {name: rows.to_dicts() for name, rows in tables.items()}
    return hashlib.sha256(json.dumps(document, sort_keys=True, default=str).encode()).hexdigest()


def write_counts(
    connection: duckdb.DuckDBPyConnection, manifests: Mapping[str, Manifest], states: Iterable[str]
) -> bool:
    """Replace the counts of extracted rows and say whether they changed; a state entity has those of its snapshot."""
    counts: list[tuple[Any, ...]] = []
    reasons: list[tuple[Any, ...]] = []
    state_entities = set(states)
    for entity, manifest in manifests.items():
        keys = sorted(manifest.partitions)
        for key in keys[-1:] if entity in state_entities else keys:
            partition = manifest.partitions[key]
            day = None if key == UNKNOWN_DAY or entity in state_entities else dt.date.fromisoformat(key)
            counts.append(
                (entity, day, partition.extracted, partition.accepted, partition.quarantined, partition.duplicates)
            )
            reasons += [(entity, day, reason, rows) for reason, rows in partition.reasons.items()]
    old = _counts(connection)
    counted = dict.fromkeys(("extracted", "accepted", "quarantined", "duplicates"), pl.Int64)
    replace_table(
        connection, "partition_counts", _rows(counts, {"entity": pl.String, "business_day": pl.Date, **counted})
    )
    schema = {"entity": pl.String, "business_day": pl.Date, "reason": pl.String, "row_count": pl.Int64}
    replace_table(connection, "quarantine_reasons", _rows(reasons, schema))
    return _counts(connection) != old


def _counts(connection: duckdb.DuckDBPyConnection) -> list[list[tuple[Any, ...]]]:
    tables = ("partition_counts", "quarantine_reasons")
    return [connection.execute(f"from control.{table} order by all").fetchall() for table in tables]


def replace_table(connection: duckdb.DuckDBPyConnection, name: str, rows: pl.DataFrame) -> None:
    """Replace `control.<name>` by the rows of a frame."""
    connection.register("replacement", rows.to_arrow())
    connection.execute(f'create or replace table control."{name}" as select * from replacement')
    connection.unregister("replacement")


def _pairs(mapping: Mapping[Any, Any], key: tuple[str, Any], value: tuple[str, Any]) -> pl.DataFrame:
    rows = [(k, float(v)) for k, v in sorted(mapping.items())]
    return _rows(rows, dict([key, value]))


def _rows(rows: Sequence[tuple[Any, ...]], schema: Mapping[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dict(schema), orient="row")
