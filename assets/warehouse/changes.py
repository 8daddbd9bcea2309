"""Notes what the lake changed since the last publication, so that a restated number can say why it is another.

A business day has rows that only came in addition (late data), or rows that were there before and changed or vanished
(correction). The rows of state entities have no day.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from assets.contracts import Contract, duckdb_columns

LATE_DATA = "late data"
CORRECTION = "correction"

ARRIVED_DAYS = """
insert or ignore into control.arrivals
select '{entity}', cast(partition as date), '{late}' from differing
"""
# A row that changed is gone in its old form and came in its new one, on another day where its day is what changed.
CHANGED_DAYS = """
insert or ignore into control.arrivals
with old as (select {columns} from lake."{entity}" where {is_differing}),
new as (select {columns} from {source}),
gone as (select * from old except select * from new),
came as (select * from new except select * from old)
select '{entity}', {day}, '{correction}' from gone
union
select
    '{entity}',
    {day},
    case when ({key}) in (select ({key}) from gone) then '{correction}' else '{late}' end
from came
"""


def note_arrivals(connection: duckdb.DuckDBPyConnection, contract: Contract, files: list[Path]) -> None:
    """Note the days of an entity on which rows came, changed or vanished; before its table takes over `files`.

    The partitions that differ stand in the relation `differing`.
    """
    is_state = contract.kind == "state"
    is_differing = "true" if is_state else "business_day in (select cast(partition as date) from differing)"
    words = {"entity": contract.entity, "late": LATE_DATA, "correction": CORRECTION}
    held = connection.execute(f'select 1 from lake."{contract.entity}" where {is_differing} limit 1').fetchall()
    if not held and not is_state:
        connection.execute(ARRIVED_DAYS.format(**words))
        return
    sql = CHANGED_DAYS.format(
        **words,
        columns=", ".join(f'"{name}"' for name in duckdb_columns(contract)),
        is_differing=is_differing,
        source="read_parquet(?)" if files else f'lake."{contract.entity}" where false',
        day=f"date '{NO_DAY}'" if is_state else "business_day",
        key=", ".join(f'"{name}"' for name in contract.key),
    )
    connection.execute(sql, [[str(path) for path in files]] if files else [])


# Stands for "no day" in the key of the notes, where null cannot.
NO_DAY = "0001-01-01"
