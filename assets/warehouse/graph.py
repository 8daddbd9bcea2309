"""The warehouse as Dagster's graph shows it: what the step makes and reports, and what dbt builds within it.

Dagster notes several events for each asset of a step, about 10 ms each. So only what people look up by its name is
made in its eyes: the ledger, the analyses and the marts. All else that dbt builds is shown, with its lineage, and
reported by the ledger.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import dagster as dg

from assets.analysis.catalogue import ANALYSES

CONTROL_GROUP = "control"
REFERENCE_GROUP = "reference"
ANALYSIS_GROUP = "analysis"
MARTS_GROUP = "marts"
LEDGER = dg.AssetKey([CONTROL_GROUP, "ledger"])
LEDGER_DESCRIPTION = (
    "Which version of each partition of the lake the warehouse holds, compared with the lake at the begin of every "
    "run. Its materialization tells how long dbt took for each model, and its check of all tests of the run."
)


@dataclass(frozen=True)
class WarehouseGraph:
    """The assets of the warehouse.

    `made` are those of the step, each after those that it is made from; `shown` is what dbt builds or reads within the
    step; `keys` are the assets by the unique ids of dbt's nodes and of the analyses.
    """

    made: list[dg.AssetSpec]
    shown: list[dg.AssetSpec]
    keys: dict[str, dg.AssetKey]

    @property
    def groups(self) -> dict[dg.AssetKey, str]:
        """The group of each asset, which for dbt's models is their layer."""
        return {spec.key: str(spec.group_name) for spec in (*self.made, *self.shown)}

    @property
    def marts(self) -> list[dg.AssetKey]:
        """What is published."""
        return [spec.key for spec in self.made if spec.group_name == MARTS_GROUP]

    def lineage(self, key: dg.AssetKey) -> set[dg.AssetKey]:
        """The asset and all that it is built from within the warehouse."""
        return _lineage(key, {spec.key: [dep.asset_key for dep in spec.deps] for spec in (*self.made, *self.shown)})


def read_dbt_manifest(path: Path) -> dict[str, Any]:
    """The dbt project as dbt parsed it."""
    return dict(json.loads(path.read_text(encoding="utf-8")))


def warehouse_graph(manifest: Mapping[str, Any], entities: Iterable[str]) -> WarehouseGraph:
    """The graph of a dbt project over the lake's `entities`.

    All that is made depends on the ledger, and the ledger on the lake: dbt's models between them are nothing that
    Dagster would wait for.
    """
    nodes = [node for node in manifest["nodes"].values() if node["resource_type"] in {"model", "seed"}]
    keys = {node["unique_id"]: dg.AssetKey([node["config"]["schema"], node["name"]]) for node in nodes}
    for analysis in ANALYSES:
        key = dg.AssetKey([ANALYSIS_GROUP, analysis.table])
        keys |= {analysis.unique_id: key, f"source.loyalty.{ANALYSIS_GROUP}.{analysis.table}": key}
    sources = manifest["sources"].values()
    read = {source["unique_id"]: dg.AssetKey([source["source_name"], source["name"]]) for source in sources}
    specs = [_node_spec(node, keys[node["unique_id"]], {**read, **keys}) for node in nodes]
    control = [_control_spec(source) for source in sources if source["source_name"] == CONTROL_GROUP]
    marts = [spec for spec in specs if spec.group_name == MARTS_GROUP]
    made = [spec.merge_attributes(deps=[LEDGER]) for spec in (*_analysis_specs(manifest, keys), *marts)]
    return WarehouseGraph(
        made=[_ledger_spec(entities), *_after_their_parents(made)],
        shown=[*control, *(spec for spec in specs if spec.group_name != MARTS_GROUP)],
        keys=keys,
    )


def _lineage(key: dg.AssetKey, parents: Mapping[dg.AssetKey, list[dg.AssetKey]]) -> set[dg.AssetKey]:
    found: set[dg.AssetKey] = set()
    waiting = [key]
    while waiting:
        found.add(next_key := waiting.pop())
        waiting += [parent for parent in parents[next_key] if parent in parents and parent not in found]
    return found


def _ledger_spec(entities: Iterable[str]) -> dg.AssetSpec:
    return dg.AssetSpec(
        LEDGER,
        deps=[dg.AssetKey(["lake", entity]) for entity in entities],
        description=LEDGER_DESCRIPTION,
        group_name=CONTROL_GROUP,
        kinds={"duckdb"},
        skippable=True,
    )


def _control_spec(source: Mapping[str, Any]) -> dg.AssetSpec:
    """A table that the step writes beside the ledger, for the models to read."""
    return dg.AssetSpec(
        dg.AssetKey([CONTROL_GROUP, source["name"]]),
        deps=[LEDGER],
        description=source["description"],
        group_name=CONTROL_GROUP,
        kinds={"duckdb"},
        metadata={"dagster/column_schema": _column_schema(source)},
    )


def _analysis_specs(manifest: Mapping[str, Any], keys: Mapping[str, dg.AssetKey]) -> list[dg.AssetSpec]:
    """The analyses that are made in Python, each from the models that it reads to the source that dbt takes it for."""
    described = {
        source["name"]: source for source in manifest["sources"].values() if source["source_name"] == ANALYSIS_GROUP
    }
    return [
        dg.AssetSpec(
            keys[analysis.unique_id],
            deps=[keys[f"model.loyalty.{model}"] for model in analysis.reads],
            description=described[analysis.table]["description"],
            group_name=ANALYSIS_GROUP,
            kinds={"python", "numpy"},
            metadata={"dagster/column_schema": _column_schema(described[analysis.table])},
            skippable=True,
        )
        for analysis in ANALYSES
    ]


def _node_spec(node: Mapping[str, Any], key: dg.AssetKey, keys: Mapping[str, dg.AssetKey]) -> dg.AssetSpec:
    """A model or seed, with its SQL and its columns."""
    is_seed = node["resource_type"] == "seed"
    sql = f"\n\n#### SQL\n```sql\n{node['raw_code']}\n```"
    return dg.AssetSpec(
        key,
        deps=[keys[parent] for parent in node["depends_on"].get("nodes", [])],
        description=node["description"] + ("" if is_seed else sql),
        group_name=REFERENCE_GROUP if is_seed else node["fqn"][1],
        kinds={"dbt", "duckdb"},
        code_version=node["checksum"]["checksum"],
        metadata={
            "dagster/column_schema": _column_schema(node),
            "dagster/table_name": ".".join((node["database"], node["schema"], node["alias"])),
            "materialized_as": node["config"]["materialized"],
        },
        skippable=True,
    )


def _column_schema(node: Mapping[str, Any]) -> dg.TableSchema:
    """The columns that the YAML of a model, seed or source describes; only marts tell their types."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(column["name"], column["data_type"] or "?", column["description"])
            for column in node["columns"].values()
        ]
    )


def _after_their_parents(specs: list[dg.AssetSpec]) -> list[dg.AssetSpec]:
    """The specs in an order in which each follows all of them that it is built from."""
    by_key = {spec.key: spec for spec in specs}
    order = TopologicalSorter({spec.key: [dep.asset_key for dep in spec.deps] for spec in specs}).static_order()
    return [by_key[key] for key in order if key in by_key]
