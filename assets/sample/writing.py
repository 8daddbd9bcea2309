"""Writing a demo: chunks of customers to Parquet within bounded memory, `loyalty.yaml` and the truths beside them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

import polars as pl
import pyarrow.parquet as pq
import yaml

from assets.contracts import entities
from assets.errors import ConfigurationError
from assets.sample.blemishes import MINIMUM_ROWS, spoil
from assets.sample.blocks import Company, Tally, draw_block
from assets.sample.catalogue import competitor_price_rows, draw_catalogue
from assets.sample.market import market_rows, panel_rows
from assets.sample.parameters import BLOCK_CUSTOMERS, COMPETITOR_BRAND, OWN_BRAND
from assets.sample.questionnaires import question_rows
from assets.sample.streams import Calendar
from assets.sample.surroundings import cost_rows, draw_drivers, draw_rates, driver_rows, event_rows, rate_rows
from assets.sample.telling import tell_truths
from assets.sample.truths import SampleTruths

LAST_DAY = dt.date(2024, 12, 31)
BLOCKS_PER_CHUNK = 20
YEARS = range(1, 31)


def _say_nothing(message: str) -> None:
    del message


class EntityFile:
    """One Parquet file that grows by a row group per chunk; bad rows, made from its first rows, come last."""

    def __init__(self, folder: Path, entity: str) -> None:
        """Name the file; it is opened by the first rows."""
        self.entity = entity
        self.path = folder / f"{entity}.parquet"
        self.row_count = 0
        self.bad_rows: dict[str, int] = {}
        self._writer: pq.ParquetWriter | None = None
        self._examples: pl.DataFrame | None = None

    def __enter__(self) -> EntityFile:
        """Do nothing: there is nothing to open yet."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        if self._writer is not None:
            self._writer.close()

    def write(self, rows: pl.DataFrame) -> None:
        """Write rows as one row group."""
        table = rows.to_arrow(compat_level=pl.CompatLevel.oldest())
        if self._writer is None:
            self._writer = pq.ParquetWriter(self.path, table.schema, compression="zstd")
        if self._examples is None or self._examples.height < MINIMUM_ROWS:
            self._examples = rows.head(MINIMUM_ROWS)
        self._writer.write_table(table)
        self.row_count += rows.height

    def finish(self) -> None:
        """Write the deliberately bad rows, where the entity is large enough to bear them."""
        if self._examples is None or self.row_count < MINIMUM_ROWS:
            return
        spoiled = spoil(self.entity, self._examples)
        self.bad_rows = {kind: rows.height for kind, rows in spoiled.items()}
        if spoiled:
            self.write(pl.concat(list(spoiled.values())))


def write_sample(
    folder: Path,
    customers: int = 2_000,
    years: int = 3,
    seed: int = 1,
    last_day: dt.date = LAST_DAY,
    progress: Callable[[str], None] = _say_nothing,
    blocks_per_chunk: int = BLOCKS_PER_CHUNK,
) -> SampleTruths:
    """Write demo data of all entities, `loyalty.yaml` and `truths.json` into a folder, and give the truths.

    The history is that many times twelve calendar months and ends on the last day. The same arguments give the same
    files; `blocks_per_chunk` (thousands of customers held in memory) changes the row groups and no row.
    """
    _check(customers, years, seed)
    calendar = Calendar(last_day, years * 12)
    company = Company(
        seed=seed,
        customers=customers,
        calendar=calendar,
        catalogue=draw_catalogue(calendar),
        rates=draw_rates(seed, calendar),
        drivers=draw_drivers(seed, calendar),
    )
    tally = Tally()
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        files = {entity: stack.enter_context(EntityFile(folder, entity)) for entity in entities()}
        for entity, rows in _fixed_rows(company).items():
            files[entity].write(rows)
        for chunk, done in _chunks(company, blocks_per_chunk, tally):
            for entity, rows in chunk.items():
                files[entity].write(rows)
            progress(f"{done:,} of {customers:,} customers, {files['orders'].row_count:,} orders")
        for file in files.values():
            file.finish()
    truths = tell_truths(
        company,
        tally,
        years,
        row_counts={entity: file.row_count for entity, file in files.items()},
        bad_rows={entity: file.bad_rows for entity, file in files.items() if file.bad_rows},
    )
    _write_configuration(folder, calendar)
    truths.write(folder / "truths.json")
    return truths


def _check(customers: int, years: int, seed: int) -> None:
    if customers < 1:
        raise ConfigurationError(f"The demo needs at least 1 customer, not {customers}: give a larger --customers.")
    if years not in YEARS:
        raise ConfigurationError(f"The demo spans 1 to 30 years, not {years}: give another --years.")
    if seed < 0:
        raise ConfigurationError(f"A seed is 0 or more, not {seed}: give another --seed.")


def _fixed_rows(company: Company) -> dict[str, pl.DataFrame]:
    """Give the rows that do not grow with customers."""
    seed, calendar = company.seed, company.calendar
    return {
        "products": company.catalogue.rows,
        "competitor_prices": competitor_price_rows(seed, calendar, company.catalogue),
        "survey_questions": question_rows(),
        "survey_responses": pl.concat([market_rows(seed, calendar), panel_rows(seed, calendar, company.catalogue)]),
        "retention_costs": cost_rows(seed, calendar),
        "fx_rates": rate_rows(calendar, company.rates),
        "business_events": event_rows(calendar),
        "unit_drivers": driver_rows(calendar, company.drivers),
    }


def _chunks(company: Company, blocks_per_chunk: int, tally: Tally) -> Iterator[tuple[dict[str, pl.DataFrame], int]]:
    """Draw the customers chunk by chunk: the rows by entity, and how many customers are done."""
    block_count = -(-company.customers // BLOCK_CUSTOMERS)
    for first in range(0, block_count, blocks_per_chunk):
        last = min(first + blocks_per_chunk, block_count)
        drawn = [draw_block(company, block, tally) for block in range(first, last)]
        names = {entity: None for frames in drawn for entity in frames}
        yield (
            {entity: pl.concat([frames[entity] for frames in drawn if entity in frames]) for entity in names},
            min(last * BLOCK_CUSTOMERS, company.customers),
        )


def _write_configuration(folder: Path, calendar: Calendar) -> None:
    """Write a `loyalty.yaml` whose sources are the files beside it, under their canonical columns."""
    company = {
        "name": "Demo",
        "timezone": "Europe/London",
        "currency": "GBP",
        "history_start": calendar.first_day,
    }
    settings = {
        "company": company,
        "sources": {entity: {"file": f"{entity}.parquet"} for entity in entities()},
        "surveys": {"own_brands": [OWN_BRAND], "weighting": {"dimensions": ["segment", "region"]}},
        "competition": {"main_competitor": COMPETITOR_BRAND},
    }
    text = "# Demo data: the files beside this one, with canonical column names.\n"
    (folder / "loyalty.yaml").write_text(text + yaml.safe_dump(settings, sort_keys=False), encoding="utf-8")
