"""Who was erased, so that they are refused when a source still has them: salted hashes, which do not say who it was.

A person's rows do not all name the person. Lines hang on an order, answers on an invitation or an order, so the keys of
an erased person's orders and responses are kept in the same way. Where nobody was erased there is nothing to check.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import polars as pl

from assets.contracts import Contract, load_contract

CUSTOMER = "customer_id"
ORDER = ("order_id",)
RESPONSE = ("survey_id", "response_id")
# The keys of a person's own rows by which rows that name nobody are found, and where such rows stand.
OWNED: dict[str, tuple[str, ...]] = {"orders": ORDER, "survey_invitations": RESPONSE, "survey_responses": RESPONSE}
HANGING: dict[str, list[tuple[str, ...]]] = {
    "order_lines": [ORDER],
    "survey_invitations": [RESPONSE],
    "survey_responses": [RESPONSE, ORDER],
}
HANGS_ON = {"survey_responses": ["orders", "survey_invitations"]}
SALT_BYTES = 32
DIGEST_BYTES = 16
BETWEEN = "\x1f"


@dataclass
class Tombstones:
    """The salt of a lake and the digests of the ids and keys that are refused."""

    folder: Path
    salt: bytes
    digests: set[str]

    def digest(self, columns: tuple[str, ...], value: str) -> str:
        """The keyed hash of an id or key; the same text under other columns has another one."""
        kind = f"{'.'.join(columns)}{BETWEEN}{value}"
        return hashlib.blake2b(kind.encode(), key=self.salt, digest_size=DIGEST_BYTES).hexdigest()

    def add_customer(self, customer_id: str) -> None:
        """Refuse a customer from now on."""
        self._add([self.digest((CUSTOMER,), customer_id)])

    def add_owned(self, entity: str, erased: pl.DataFrame) -> None:
        """Refuse from now on what hangs on these rows of an erased customer."""
        if entity in OWNED:
            columns = OWNED[entity]
            self._add(self.digest(columns, key) for key in _unique(erased.select(_joined(columns)).to_series()))

    def _add(self, digests: Iterable[str]) -> None:
        new = sorted(set(digests) - self.digests)
        if not new:
            return
        with _file(self.folder).open("a", encoding="ascii") as file:
            # A process killed within a line leaves a part of it: the next one starts on a line of its own.
            file.write("\n" + "\n".join(new) + "\n")
            file.flush()
            os.fsync(file.fileno())
        self.digests.update(new)


@dataclass
class Refusal:
    """Leaves the rows of erased customers out of an extraction, and counts them."""

    entity: str
    tombstones: Tombstones | None
    rows: int = 0
    _owned: list[pl.DataFrame] = field(default_factory=list)
    _undated: list[pl.DataFrame] = field(default_factory=list)

    def applied(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """The rows without those of erased customers, batch by batch, before they are written anywhere."""
        if self.tombstones is None or not key_columns(self.entity):
            return rows
        refused = partial(self._without_erased, self.tombstones)
        return rows.map_batches(refused, projection_pushdown=False, streamable=True)

    def rescued(self, owner: Contract, owners: pl.LazyFrame) -> pl.DataFrame | None:
        """Rows to take back: what hangs on a row that is in the lake is somebody else's, under the same key."""
        if not self._undated:
            return None
        refused = pl.concat(self._undated)
        keys = owners.select(owner.key).join(refused.lazy(), on=owner.key, how="semi").collect(engine="streaming")
        rescued = refused.join(keys, on=owner.key, how="semi")
        self.rows -= rescued.height
        return rescued

    def note(self) -> None:
        """Remember what else hangs on the rows that were refused; to be called before anything is committed."""
        if self.tombstones is not None and self._owned:
            self.tombstones.add_owned(self.entity, pl.concat(self._owned))

    def _without_erased(self, tombstones: Tombstones, batch: pl.DataFrame) -> pl.DataFrame:
        erased = is_erased(batch, self.entity, tombstones)
        if not erased.any():
            return batch
        refused = batch.filter(erased)
        self.rows += refused.height
        if load_contract(self.entity).day_of is not None:
            self._undated.append(refused)
        if self.entity in OWNED:
            self._owned.append(refused.select(OWNED[self.entity]).unique())
        return batch.filter(~erased)


def read_tombstones(folder: Path) -> Tombstones | None:
    """The tombstones of a lake; null where nobody was ever erased."""
    if not _file(folder).exists():
        return None
    salt = bytes.fromhex(_salt(folder).read_text(encoding="ascii"))
    return Tombstones(folder, salt, set(_file(folder).read_text(encoding="ascii").split()))


def make_tombstones(folder: Path) -> Tombstones:
    """The tombstones of a lake, made with a salt of their own where there are none; for nobody else to read."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if found := read_tombstones(folder):
        return found
    salt = secrets.token_bytes(SALT_BYTES)
    _salt(folder).touch(mode=0o600)
    _salt(folder).write_text(salt.hex(), encoding="ascii")
    _file(folder).touch(mode=0o600)
    return Tombstones(folder, salt, set())


def is_erased(rows: pl.DataFrame, entity: str, tombstones: Tombstones) -> pl.Series:
    """Which rows are of an erased customer: by the customer they name, or else by what they hang on."""
    customer = _customers(rows, entity)
    erased = _known(customer, (CUSTOMER,), tombstones)
    names_nobody = customer.is_null() | (customer.str.strip_chars() == "")
    for columns in HANGING.get(entity, ()):
        erased |= names_nobody & _known(rows.select(_joined(columns)).to_series(), columns, tombstones)
    return erased


def key_columns(entity: str) -> list[str]:
    """The columns that tell whose a row is; none where an entity holds nothing of customers."""
    if entity == "unit_drivers":
        return ["unit_kind", "unit_id"]
    told = {CUSTOMER} & set(load_contract(entity).column_names)
    return sorted(told.union(*HANGING.get(entity, ()), OWNED.get(entity, ())))


def hangs_on(entity: str) -> list[str]:
    """The entities that are to be extracted before this one, for its rows may hang on theirs."""
    return HANGS_ON.get(entity, [])


def _customers(rows: pl.DataFrame, entity: str) -> pl.Series:
    """The customer that each row names; null where it names none."""
    if entity == "unit_drivers":
        is_customer = pl.col("unit_kind").str.strip_chars().str.to_lowercase() == "customer"
        return rows.select(pl.when(is_customer).then("unit_id")).to_series()
    if CUSTOMER in rows.columns:
        return rows[CUSTOMER]
    return pl.Series(CUSTOMER, [None], pl.String).new_from_index(0, rows.height)


def _joined(columns: tuple[str, ...]) -> pl.Expr:
    return pl.concat_str(columns, separator=BETWEEN)


def _known(values: pl.Series, columns: tuple[str, ...], tombstones: Tombstones) -> pl.Series:
    found = [value for value in _unique(values) if tombstones.digest(columns, value) in tombstones.digests]
    return values.is_in(found).fill_null(value=False)


def _unique(values: pl.Series) -> list[str]:
    return values.drop_nulls().unique().to_list()


def _file(folder: Path) -> Path:
    return folder / "tombstones"


def _salt(folder: Path) -> Path:
    return folder / "salt"
