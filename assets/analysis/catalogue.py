"""The analyses that are made between the two builds of the models: what each reads, and what makes it.

Their libraries are imported only where something is built.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Analysis:
    """One table of the schema `analysis`, the models that it is made from, and what writes it and counts its rows."""

    table: str
    reads: tuple[str, ...]
    write: Callable[[Path], int]

    @property
    def unique_id(self) -> str:
        """Its name among the nodes of dbt, between two of which it stands."""
        return f"analysis.loyalty.{self.table}"


def _relative_weights(warehouse: Path) -> int:
    from assets.analysis.key_drivers import write_relative_weights

    return write_relative_weights(warehouse)


def _survey_weights(warehouse: Path) -> int:
    from assets.analysis.survey_weights import write_survey_weights

    return write_survey_weights(warehouse)


ANALYSES = (
    Analysis("relative_weights", ("int_key_drivers__observations",), _relative_weights),
    Analysis("survey_weights", ("int_survey_raking__cells", "int_survey_raking__margins"), _survey_weights),
)
