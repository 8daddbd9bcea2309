"""A demo company whose sources change from night to night as real ones do, and the nights that run over it.

Every source row says from which day the source shows it and from which day no more. So a late row is one that is shown
after its own day, a deletion one that goes, a correction one row that goes and another that comes in its place: what
the sources hold on any day, and in the end, follows from the rows alone.
"""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from assets.configuration import Configuration
from assets.configuration.file import load_configuration
from assets.contracts import load_contract
from assets.sample import write_sample

SHOWN_ON, GONE_ON, DAY = "shown_on", "gone_on", "day"
ALWAYS = dt.date(1900, 1, 1)


@dataclass
class ChangingDemo:
    """A company's folder, its rows by entity with the days on which they are there, and what it calls its columns."""

    folder: Path
    rows: dict[str, pl.DataFrame]
    renamed: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def settings_file(self) -> Path:
        """Its loyalty.yaml."""
        return self.folder / "loyalty.yaml"

    def configuration(self) -> Configuration:
        """Its configuration as it is now."""
        return load_configuration(self.settings_file)

    def set(self, settings: dict[str, Any]) -> None:
        """Replace some of its settings."""
        document = yaml.safe_load(self.settings_file.read_text(encoding="utf-8")) | settings
        self.settings_file.write_text(yaml.safe_dump(document), encoding="utf-8")

    def copy_to(self, folder: Path) -> ChangingDemo:
        """The same company in another folder, with all that the pipeline made for it."""
        shutil.copytree(self.folder, folder, symlinks=True)
        return ChangingDemo(folder, dict(self.rows), {entity: dict(names) for entity, names in self.renamed.items()})

    def show(self, day: dt.date) -> None:
        """Write the source files as they are on the evening of a day."""
        for entity in self.rows:
            shown = self.at(entity, day).drop(DAY)
            shown.rename(self.renamed.get(entity, {})).write_parquet(self.folder / f"{entity}.parquet")

    def at(self, entity: str, day: dt.date) -> pl.DataFrame:
        """The rows that the source of an entity shows on a day, with their own day."""
        is_gone = (pl.col(GONE_ON) <= day).fill_null(value=False)
        return self.rows[entity].filter((pl.col(SHOWN_ON) <= day) & ~is_gone).drop(SHOWN_ON, GONE_ON)

    def orders_of(self, first: dt.date, last: dt.date) -> list[str]:
        """Ids of the orders of some days that are there for good."""
        rows = self.rows["orders"].filter(pl.col(DAY).is_between(first, last) & pl.col(GONE_ON).is_null())
        return sorted(rows["order_id"].unique().to_list())

    def come_late(self, order_id: str, on: dt.date) -> None:
        """The order is not at the source before a day."""
        self._where(order_id, lambda rows: rows.with_columns(pl.lit(on).alias(SHOWN_ON)))

    def go(self, order_id: str, on: dt.date) -> None:
        """The order is deleted at the source on a day."""
        self._where(order_id, lambda rows: rows.with_columns(pl.lit(on).alias(GONE_ON)))

    def correct(self, order_id: str, on: dt.date) -> None:
        """Each line of the order costs one more from a day on."""

        def corrected(rows: pl.DataFrame) -> pl.DataFrame:
            if "net_amount" not in rows.columns:
                return rows
            dearer = (pl.col("net_amount") + 1).cast(rows.schema["net_amount"])
            later = rows.with_columns(dearer.alias("net_amount"), pl.lit(on).alias(SHOWN_ON))
            return pl.concat([rows.with_columns(pl.lit(on).alias(GONE_ON)), later])

        self._where(order_id, corrected)

    def deliver_twice(self, entity: str, day: dt.date) -> None:
        """The rows of a day are at the source twice."""
        rows = self.rows[entity]
        self.rows[entity] = pl.concat([rows, rows.filter(pl.col(DAY) == day)])

    def hold_back(self, day: dt.date, until: dt.date) -> None:
        """No event of a day is at any source before another day."""
        for entity, rows in self.rows.items():
            if load_contract(entity).kind == "event" and entity != "fx_rates":
                held = pl.when(pl.col(DAY) == day).then(pl.lit(until)).otherwise(pl.col(SHOWN_ON)).alias(SHOWN_ON)
                self.rows[entity] = rows.with_columns(held)

    def _where(self, order_id: str, change: Any) -> None:
        for entity in ("orders", "order_lines"):
            rows = self.rows[entity]
            is_of_order = (pl.col("order_id") == order_id) & pl.col(GONE_ON).is_null()
            self.rows[entity] = pl.concat([rows.filter(~is_of_order), change(rows.filter(is_of_order))])


def found_demo(folder: Path, *, customers: int, years: int, settings: dict[str, Any] | None = None) -> ChangingDemo:
    """A demo company whose sources show each row from its own day on; events that name no day from the beginning."""
    write_sample(folder, customers=customers, years=years, seed=3, progress=lambda _: None)
    rows = {path.stem: pl.read_parquet(path) for path in sorted(folder.glob("*.parquet"))}
    order_days = rows["orders"].select("order_id", _day("orders").alias(DAY))
    dated = {
        entity: frame.join(order_days, on="order_id", how="left", maintain_order="left")
        if load_contract(entity).day_of
        else frame.with_columns(_day(entity).alias(DAY))
        for entity, frame in rows.items()
    }
    demo = ChangingDemo(
        folder,
        {
            entity: frame.with_columns(
                pl.col(DAY).fill_null(ALWAYS).alias(SHOWN_ON), pl.lit(None, pl.Date).alias(GONE_ON)
            )
            for entity, frame in dated.items()
        },
    )
    demo.set(settings or {})
    return demo


def _day(entity: str) -> pl.Expr:
    """The business day of an event; of a contract the day on which it starts, so that nobody knows it before."""
    column = {"contracts": "started_on"}.get(entity) or load_contract(entity).day_column
    if column is None:
        return pl.lit(None, pl.Date)
    # Its files tell the time of day as clocks at the company do.
    return pl.col(column).cast(pl.Date)


def days(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    """Each day from the first to the last."""
    yield from (first + dt.timedelta(days=number) for number in range((last - first).days + 1))


def rows_by_day(shown: pl.DataFrame, wanted: Sequence[str]) -> dict[str, int]:
    """How many of the rows that a source shows are of each wanted business day, counted without the pipeline."""
    found = {str(own): int(count) for own, count in shown.group_by(DAY).len().iter_rows()}
    return {key: found[key] for key in wanted if key in found}
