"""The published demo for comparisons: its source files, less the rows that are bad on purpose, and its marts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd

AS_OF = pd.Timestamp(2024, 12, 31)
CURRENCY = "GBP"
STATUSES = {"completed", "cancelled", "pending"}
BILLING_MONTHS = {"month": 1, "quarter": 3, "year": 12}
OWN_BRAND = "Own Brand"


@dataclass(frozen=True)
class DemoCompany:
    """The folder of a published demo."""

    folder: Path

    def marts(self, sql: str) -> pd.DataFrame:
        """The rows of a query over the published marts."""
        database = self.folder / ".loyalty/publish/current/loyalty.duckdb"
        with duckdb.connect(str(database), read_only=True) as connection:
            connection.execute("use marts")
            return connection.execute(sql).df()

    def file(self, entity: str) -> pd.DataFrame:
        """The rows of a source file, each of them once."""
        return pd.read_parquet(self.folder / f"{entity}.parquet").drop_duplicates()

    def orders(self) -> pd.DataFrame:
        """Orders with a known status and a time; the day is that of the shop's own clock."""
        orders = self.file("orders")
        orders = orders[orders["status"].isin(STATUSES) & orders["ordered_at"].notna()]
        return orders.assign(business_day=orders["ordered_at"].dt.normalize())

    def order_lines(self) -> pd.DataFrame:
        """Lines of orders that are there, each on the day of its order."""
        lines = self.file("order_lines").merge(self.orders()[["order_id", "business_day"]], on="order_id")
        return lines.assign(is_return=lines["is_return"].eq(True)).astype({"quantity": float, "net_amount": float})

    def contracts(self) -> pd.DataFrame:
        """Terms with a known billing period that don't end before they start."""
        terms = self.file("contracts")
        for day in ("started_on", "ended_on"):
            terms[day] = pd.to_datetime(terms[day])
        return terms[terms["billing_period"].isin(BILLING_MONTHS) & ~(terms["ended_on"] < terms["started_on"])]

    def answers(self) -> pd.DataFrame:
        """Answers on the scales of their questions, with the customer's segment, about ourselves."""
        answers = self.file("survey_responses").merge(self.file("survey_questions"), on=["survey_id", "question_id"])
        answers = answers[answers["score"].between(answers["scale_min"], answers["scale_max"])]
        return self._described(answers[answers["brand"].fillna(OWN_BRAND) == OWN_BRAND], "answered_at")

    def invitations(self) -> pd.DataFrame:
        """Invitations with a time, and whether they name a response that is there."""
        invitations = self.file("survey_invitations")
        sent = self._described(invitations[invitations["sent_at"].notna()], "sent_at")
        known = set(map(tuple, self.file("survey_responses")[["survey_id", "response_id"]].to_numpy()))
        named = zip(sent["survey_id"], sent["response_id"], strict=True)
        return sent.assign(is_answered=[key in known for key in named])

    def _described(self, rows: pd.DataFrame, moment: str) -> pd.DataFrame:
        customers = self.file("customers")[["customer_id", "segment", "region"]].dropna(subset="customer_id")
        described = rows.merge(customers, on="customer_id", how="left")
        dimensions = ["segment", "region", "channel"]
        described[dimensions] = described[dimensions].fillna("unknown")
        return described.assign(total="total", day=described[moment].dt.normalize())
