"""dbt's graph of the project, so that sqlfluff's Jinja templater can render what reads it: without a node."""

from typing import Any

nodes: dict[str, Any] = {}
