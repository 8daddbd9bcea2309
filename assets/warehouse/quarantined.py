"""Counts the answers in quarantine by question and day, so that models can tell how far they could move a metric."""

from __future__ import annotations

import duckdb

from assets.lake.manifest import UNKNOWN_DAY, Lake, Manifest, day_key
from assets.sources import Window

# Identifiers are those of known questions only: what is wrong with a row may stand in any of its columns. An answer is
# repeated where its customer has an accepted answer whose place it could take.
COUNTED = """
insert into control.quarantined_answers
select
    questions.survey_id,
    questions.question_id,
    answers.business_day,
    count(*),
    count(*) filter (
        where answers.customer_id is not null and (
            questions.question_id is null
            or (answers.survey_id, answers.question_id, answers.customer_id)
            in (select (survey_id, question_id, customer_id) from lake.survey_responses where customer_id is not null)
        )
    )
from read_parquet(?) as answers
left join lake.survey_questions as questions
    on answers.survey_id = questions.survey_id and answers.question_id = questions.question_id
group by all
"""


def write_quarantined_answers(
    connection: duckdb.DuckDBPyConnection, lake: Lake, manifest: Manifest, days: Window
) -> bool:
    """Replace the counts of quarantined survey answers of `days` and of no known day; says whether they changed."""
    first, last = day_key(days.first_day), day_key(days.last_day)
    files = [
        str(lake.quarantine_file("survey_responses", key, partition.quarantine_version))
        for key, partition in manifest.partitions.items()
        if partition.quarantine_version and (key == UNKNOWN_DAY or first <= key <= last)
    ]
    counted = "from control.quarantined_answers order by all"
    old = connection.execute(counted).fetchall()
    connection.execute("delete from control.quarantined_answers")
    if files:
        connection.execute(COUNTED, [files])
    return connection.execute(counted).fetchall() != old
