"""A random company that asks its customers, and plain loops that follow each of them from an answer on."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pandas as pd

AS_OF = dt.date(2024, 12, 31)
FIRST_DAY = dt.date(2022, 1, 1)
RESPONSE_WINDOW = 30
ACTIVITY_WINDOW = 365
HORIZONS = (90, 180, 365)
SEGMENTS = ["home", "trade", None]
DAY = dt.timedelta(days=1)
QUESTIONS = [
    ("pulse", "recommend", "nps", None, 0, 10),
    ("pulse", "s_price", "csi_satisfaction", "price", 1, 5),
    ("pulse", "s_taste", "csi_satisfaction", "taste", 1, 5),
    ("pulse", "i_price", "csi_importance", "price", 1, 5),
    ("pulse", "i_taste", "csi_importance", "taste", 1, 5),
    ("till", "smile", "csat", None, 1, 5),
]


@dataclass(frozen=True)
class Observation:
    """An answer, or what stands for one, with what the customer did from then on by horizon."""

    kind: str
    customer: str
    group: str
    time_zero: dt.date
    survey: str | None = None
    key: str = ""


def random_company(seed: int, customers: int = 150) -> dict[str, pd.DataFrame]:
    """Frames of customers who buy, subscribe, complain and answer, the more of all the better they like it."""
    random = np.random.default_rng(seed)
    span = (AS_OF - FIRST_DAY).days + 1
    rows: dict[str, list[dict[str, object]]] = defaultdict(list)
    for number in range(customers):
        customer, liking = f"c{number:03d}", random.random()
        rows["customers"].append({"customer_id": customer, "segment": SEGMENTS[number % 3]})
        _buy(random, rows, customer, int(random.poisson(1 + 6 * liking)), span)
        if random.random() < 0.2:
            start = FIRST_DAY + int(random.integers(span)) * DAY
            ended = start + int(random.integers(20, 700)) * DAY
            contract = {"contract_id": customer, "term_no": 1, "customer_id": customer, "plan_id": "basic"}
            terms = {"billing_period": "month", "recurring_amount": Decimal("7.50"), "started_on": start}
            rows["contracts"].append({**contract, **terms, "ended_on": ended if random.random() < 0.7 else None})
        for _ in range(int(random.poisson(1))):
            day = FIRST_DAY + int(random.integers(span)) * DAY
            row = {"request_id": f"q{len(rows['support_requests'])}", "customer_id": customer, "channel": "web"}
            rows["support_requests"].append({**row, "opened_at": day, "business_day": day})
        for _ in range(int(random.poisson(1.5))):
            _ask(random, rows, customer, liking, FIRST_DAY + int(random.integers(span)) * DAY)
    questions = [(*question, "higher_is_better") for question in QUESTIONS]
    columns = ["survey_id", "question_id", "measure", "parameter", "scale_min", "scale_max", "direction"]
    frames = {name: pd.DataFrame(found) for name, found in rows.items()}
    return {**frames, "survey_questions": pd.DataFrame(questions, columns=columns)}


def _buy(
    random: np.random.Generator, rows: dict[str, list[dict[str, object]]], who: str, count: int, span: int
) -> None:
    for _ in range(count):
        day = FIRST_DAY + int(random.integers(span)) * DAY
        order = f"o{len(rows['orders'])}"
        moment = dt.datetime.combine(day, dt.time(9))
        rows["orders"].append(
            {"order_id": order, "customer_id": who, "ordered_at": moment, "status": "completed", "business_day": day}
        )
        line = {"order_id": order, "line_no": 1, "product_id": "p", "quantity": Decimal(1), "business_day": day}
        rows["order_lines"].append({**line, "net_amount": Decimal(int(random.integers(100, 9000))) / 100})


def _ask(
    random: np.random.Generator, rows: dict[str, list[dict[str, object]]], who: str, liking: float, day: dt.date
) -> None:
    survey = "pulse" if random.random() < 0.7 else "till"
    number = len(rows["survey_invitations"])
    answered = day + int(random.integers(0, 45)) * DAY
    has_answered = random.random() < 0.6 and answered <= AS_OF
    invitation = {"invitation_id": f"i{number}", "survey_id": survey, "customer_id": who}
    link = f"r{number}" if has_answered and random.random() < 0.5 else None
    rows["survey_invitations"].append({**invitation, "sent_at": day, "business_day": day, "response_id": link})
    if not has_answered:
        return
    for row_survey, question, _, _, low, high in QUESTIONS:
        if row_survey == survey and random.random() < 0.9:
            share = np.clip(random.normal(liking, 0.25), 0, 1)
            answer = {"response_id": f"r{number}", "survey_id": survey, "question_id": question, "customer_id": who}
            score = float(np.round(low + (high - low) * share))
            when = {"answered_at": dt.datetime.combine(answered, dt.time(12)), "business_day": answered}
            rows["survey_responses"].append({**answer, **when, "score": score})


class Followed:
    """What the frames tell of every customer, day by day."""

    def __init__(self, frames: dict[str, pd.DataFrame]) -> None:
        amounts = frames["order_lines"].set_index("order_id")["net_amount"]
        self.purchases: dict[str, list[tuple[dt.date, Decimal]]] = defaultdict(list)
        for order in frames["orders"].itertuples():
            self.purchases[order.customer_id].append((order.business_day, amounts[order.order_id]))
        self.contracts: dict[str, tuple[dt.date, dt.date | None]] = {
            row.customer_id: (row.started_on, None if pd.isna(row.ended_on) else row.ended_on)
            for row in frames["contracts"].itertuples()
        }
        self.requests: dict[str, list[dt.date]] = defaultdict(list)
        for request in frames["support_requests"].itertuples():
            self.requests[request.customer_id].append(request.business_day)
        self.segments = {
            row.customer_id: "unknown" if pd.isna(row.segment) else row.segment
            for row in frames["customers"].itertuples()
        }
        self.frames = frames
        self._lapses: dict[tuple[str, dt.date], int | None] = {}

    def is_active(self, customer: str, seen_to: dt.date) -> bool:
        """Active after `seen_to` has passed: bought in the window that ends with it, or in force on it."""
        if any(seen_to - ACTIVITY_WINDOW * DAY < day <= seen_to for day, _ in self.purchases[customer]):
            return True
        start, end = self.contracts.get(customer, (dt.date.max, None))
        return start <= seen_to and (end is None or seen_to < end)

    def revenue(self, customer: str, after: dt.date, to: dt.date) -> Decimal:
        """Of orders, and of months charged on the first day after they closed."""
        total = sum((amount for day, amount in self.purchases[customer] if after < day <= to), Decimal(0))
        start, end = self.contracts.get(customer, (dt.date.max, None))
        day = after + DAY
        while day <= to:
            closed = day - DAY
            if day.day == 1 and start <= closed and (end is None or end > closed):
                total += Decimal("7.50")
            day += DAY
        return total

    def next_purchase(self, customer: str, after: dt.date) -> dt.date | None:
        return min((day for day, _ in self.purchases[customer] if day > after), default=None)

    def lapse(self, customer: str, after: dt.date) -> int | None:
        """Days after which activity has run out; None where it has not by the as-of date."""
        if (customer, after) not in self._lapses:
            self._lapses[customer, after] = self._look_for_lapse(customer, after)
        return self._lapses[customer, after]

    def _look_for_lapse(self, customer: str, after: dt.date) -> int | None:
        days = 1
        while after + days * DAY <= AS_OF:
            if not self.is_active(customer, after + days * DAY):
                return days
            days += 1
        return None

    def observations(self) -> list[Observation]:
        """Answers, invitations without one, and customers never asked."""
        answers = self.frames["survey_responses"]
        invitations = self.frames["survey_invitations"]
        found = []
        for (survey, response), rows in answers.groupby(["survey_id", "response_id"]):
            by_question = dict(zip(rows["question_id"], rows["score"], strict=True))
            first = rows.iloc[0]
            group = response_group(by_question)
            found.append(Observation("response", first.customer_id, group, first.business_day, survey, response))
        days = {(r.survey_id, r.customer_id, r.business_day) for r in answers.itertuples()}
        for row in invitations.itertuples():
            until = row.business_day + RESPONSE_WINDOW * DAY
            window = [row.business_day + number * DAY for number in range(RESPONSE_WINDOW + 1)]
            if until <= AS_OF and not any((row.survey_id, row.customer_id, day) in days for day in window):
                key = row.invitation_id
                found.append(Observation("invitation", row.customer_id, "not_answered", until, row.survey_id, key))
        asked = pd.concat([answers, invitations]).groupby("customer_id")["business_day"].min().to_dict()
        for year in (2022, 2023, 2024):
            close = dt.date(year, 12, 31)
            found += [
                Observation("customer", customer, "never_asked", close, None, customer)
                for customer in self.segments
                if asked.get(customer, dt.date.max) > close and self.is_active(customer, close)
            ]
        return found


def response_group(scores: dict[str, float]) -> str:
    """The group that the scores of a response put it in."""
    if "recommend" in scores:
        score = scores["recommend"]
        return "promoter" if score >= 9 else "passive" if score >= 7 else "detractor"
    if "smile" in scores:
        return "satisfied" if scores["smile"] >= 4 else "dissatisfied"
    return "answered"


def units(observations: list[Observation]) -> list[tuple[int, Observation]]:
    """Per customer, year and kind the first that the NPS question is behind, with its year."""
    first: dict[tuple[int, str, str], Observation] = {}
    for each in sorted(observations, key=lambda o: (o.time_zero, o.survey or "", o.key)):
        is_nps = each.group in {"promoter", "passive", "detractor"}
        if is_nps or each.kind == "customer" or (each.kind == "invitation" and each.survey == "pulse"):
            first.setdefault((each.time_zero.year, each.customer, each.kind), each)
    return [(year, each) for (year, _, _), each in first.items()]
