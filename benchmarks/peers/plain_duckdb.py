"""The main marts by hand-written SQL over the lake's Parquet files: no dbt, no Dagster, no tests, no intervals.

It computes, for all their periods and dimensions: `cohort_retention`, `repurchase`, `upsell` (without the product
distance), `mrr_movements`, `contract_survival`, and of `kpi` retention, repurchase, upselling, recurring revenue by
month, NPS, CSAT, effort and the satisfaction indices; each the values and counts, without confidence intervals.
"""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path

import duckdb

SQL = Path(__file__).parent / "sql"
EVENTS = (
    "orders", "order_lines", "fx_rates", "survey_responses", "survey_invitations", "shipments", "support_requests",
    "usage_events",
)  # fmt: skip
STATES = ("customers", "products", "contracts", "survey_questions")
MARTS = ("cohort_retention", "repurchase", "upsell", "mrr_movements", "contract_survival", "kpi")


def compute(lake: Path, as_of: dt.date, history_start: dt.date, database: Path, marts: Path) -> None:
    """Load the lake into a new database, compute the marts and write each to a Parquet file."""
    marts.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(database)) as connection:
        for entity in EVENTS:
            connection.execute(f"create table {entity} as from read_parquet('{lake}/{entity}/[12]*/*.parquet')")
        for entity in STATES:
            newest = max(lake.glob(f"{entity}/[12]*"))
            connection.execute(f"create table {entity} as from read_parquet('{newest}/*.parquet')")
        for statement in statements(as_of, history_start):
            connection.execute(statement)
        for mart in MARTS:
            connection.execute(f"copy {mart} to '{marts / mart}.parquet' (format parquet, compression zstd)")


def statements(as_of: dt.date, history_start: dt.date) -> list[str]:
    """The statements of the script in their order."""
    returns = (SQL / "matched_returns.sql").read_text(encoding="utf-8").replace("{events}", "events")
    words = {
        "{matched_returns}": returns,
        "$as_of": f"date '{as_of}'",
        "$history_start": f"date '{history_start}'",
    }
    script = "\n".join(path.read_text(encoding="utf-8") for path in sorted(SQL.glob("[0-9]_*.sql")))
    for word, meaning in words.items():
        script = script.replace(word, meaning)
    return [statement.query for statement in duckdb.extract_statements(script)]


if __name__ == "__main__":
    lake, as_of, history_start, database, marts = sys.argv[1:]
    first, last = dt.date.fromisoformat(history_start), dt.date.fromisoformat(as_of)
    compute(Path(lake), last, first, Path(database), Path(marts))
