"""The definition catalogue, read from the YAML beside the models: what a metric means, where it stands, who owns it."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from assets.errors import ConfigurationError
from assets.warehouse.project import PROJECT

KPI = "kpi"
KPI_FAMILY = "int_kpi__"


@dataclass(frozen=True)
class Metric:
    """One metric of the catalogue.

    One number per period stands in `kpi`, and `mart` holds the detail behind it; what has more shape stands in `mart`
    alone.
    """

    metric_id: str
    name: str
    version: int
    formula: str
    grains: tuple[str, ...]
    interval_method: str
    direction: str
    unit: str
    mart: str
    owner_model: str
    owner_file: str
    numerator: str | None = None
    denominator: str | None = None
    window: str | None = None
    has_target: bool = False

    @property
    def marts(self) -> tuple[str, ...]:
        """The marts that it stands in."""
        return tuple(dict.fromkeys((KPI, self.mart) if self.owner_model.startswith(KPI_FAMILY) else (self.mart,)))


def read_catalogue(project: Path = PROJECT) -> list[Metric]:
    """Every metric of the project, by id. It needs no warehouse and no dbt, so it answers at once."""
    metrics = (
        Metric(
            **{**entry, "grains": tuple(entry["grains"])}, owner_model=model["name"], owner_file=_name(path, project)
        )
        for path, model in (
            *_models(project / "models" / "intermediate", f"{KPI_FAMILY}*.yml"),
            *_models(project / "models" / "marts", "*.yml"),
        )
        for entry in model.get("config", {}).get("meta", {}).get("metrics", [])
    )
    return sorted(metrics, key=lambda metric: metric.metric_id)


@dataclass(frozen=True)
class PublishedMart:
    """What a mart promises: its key, the columns that are never null, and the version of its interface.

    The version grows when the interface breaks. `settled` says which rows of complete periods stay as they are unless
    data or definitions change: a condition of SQL over the key, or true or false for all rows; null where the mart does
    not say.
    """

    key: tuple[str, ...]
    required: frozenset[str]
    version: int
    settled: str | bool | None = None


def published_marts(project: Path = PROJECT) -> dict[str, PublishedMart]:
    """Every mart of the project by name; its key is that of its test `unique_combination`."""
    return {
        model["name"]: PublishedMart(
            key=tuple(
                column
                for test in model.get("data_tests", [])
                if "unique_combination" in test
                for column in test["unique_combination"]["arguments"]["columns"]
            ),
            required=frozenset(
                column["name"]
                for column in model.get("columns", [])
                if any(constraint["type"] == "not_null" for constraint in column.get("constraints", []))
            ),
            version=model.get("config", {}).get("meta", {}).get("version", 1),
            settled=model.get("config", {}).get("meta", {}).get("settled"),
        )
        for _, model in _models(project / "models" / "marts", "*.yml")
    }


def find_metric(metric_id: str, project: Path = PROJECT) -> Metric:
    """Return the metric of that id; ConfigurationError says which is near where there is none."""
    catalogue = {metric.metric_id: metric for metric in read_catalogue(project)}
    if metric_id not in catalogue:
        near = difflib.get_close_matches(metric_id, catalogue, n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise ConfigurationError(f"No metric is called {metric_id}.{hint} `loyalty metrics` lists all.")
    return catalogue[metric_id]


def columns_of(mart: str, project: Path = PROJECT) -> dict[str, str]:
    """The columns of a mart with what each means, in their order."""
    for _, model in _models(project / "models" / "marts", f"{mart}.yml"):
        return {column["name"]: " ".join(str(column["description"]).split()) for column in model["columns"]}
    raise ConfigurationError(f"No mart is called {mart}.")


def types_of(mart: str, project: Path = PROJECT) -> dict[str, str]:
    """The columns of a mart with the type of each, written as DuckDB writes it, but for case."""
    for _, model in _models(project / "models" / "marts", f"{mart}.yml"):
        return {column["name"]: str(column["data_type"]).replace(" ", "") for column in model["columns"]}
    raise ConfigurationError(f"No mart is called {mart}.")


def description_of(mart: str, project: Path = PROJECT) -> str:
    """What a mart's rows are, in the words of its YAML."""
    for _, model in _models(project / "models" / "marts", f"{mart}.yml"):
        return " ".join(str(model["description"]).split())
    raise ConfigurationError(f"No mart is called {mart}.")


def explain(metric: Metric, project: Path = PROJECT) -> dict[str, Any]:
    """All that is known of a metric, with the columns of the marts that it stands in."""
    return {**asdict(metric), "marts": {mart: columns_of(mart, project) for mart in metric.marts}}


def explanation_lines(metric: Metric, project: Path = PROJECT) -> Iterator[str]:
    """The explanation as a page of text."""
    yield f"{metric.name} ({metric.metric_id}, version {metric.version})"
    lines = {
        "Formula": metric.formula,
        "Numerator": metric.numerator,
        "Denominator": metric.denominator,
        "Window": metric.window,
        "Grains": ", ".join(metric.grains),
        "Interval": metric.interval_method.replace("_", " "),
        "Direction": metric.direction.replace("_", " "),
        "Unit": metric.unit,
        "Target": "csi.target of loyalty.yaml" if metric.has_target else "none",
        "Model": f"{metric.owner_model} ({metric.owner_file})",
    }
    yield from (f"  {title:<12} {value}" for title, value in lines.items() if value)
    for mart in metric.marts:
        columns = columns_of(mart, project)
        where = f", rows with metric_id = '{metric.metric_id}'" if mart == KPI else ""
        yield f"  {'Mart':<12} marts.{mart}{where}"
        width = max(map(len, columns))
        yield from (f"    {name:<{width}}  {description}" for name, description in columns.items())


def _models(folder: Path, pattern: str) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The models that YAML files describe."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    for path in sorted(folder.rglob(pattern)):
        for model in yaml.load(path.read_text(encoding="utf-8"), loader).get("models", []):  # noqa: S506  (a safe loader)
            yield path, model


def _name(path: Path, project: Path) -> str:
    return path.with_suffix(".sql").relative_to(project.parent).as_posix()
