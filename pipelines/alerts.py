"""Tells a webhook what an operator has to know: a failed run, too many bad rows, stale data.

The message goes to a chat's incoming webhook or to an incident tool, and it may never cost a run more than seconds:
what cannot be delivered is logged, without the address's secret path.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Literal
from urllib.parse import urlsplit

from assets.configuration import Configuration
from assets.errors import LakeError, LoyaltyError, QuarantineLimitError
from assets.freshness import Freshness, all_freshness
from assets.lake.manifest import locked

log = logging.getLogger("loyalty.alerts")
Event = Literal["run_failed", "quarantine_limit", "stale_data"]
DOCS = {
    "run_failed": "docs/operations.md#exit-codes",
    "quarantine_limit": "docs/operations.md#exit-codes",
    "stale_data": "docs/operations.md#stale-data",
}
TRIES = 3
PAUSE_SECONDS = 0.5
BUSY = (429, 502, 503, 504)
ANSWER_SECONDS = 5
# Name look-ups and answers that drip have no time limit of their own.
PATIENCE_SECONDS = 12


@dataclass(frozen=True)
class Alert:
    """What is told: the event, what happened in one sentence, and the run, job and entities it is about."""

    event: Event
    message: str
    run_id: str | None = None
    job: str | None = None
    entity: str | None = None


@contextmanager
def alerting(configuration: Configuration, job: str) -> Iterator[str]:
    """Tell of a failure in the block, and of stale data after it; yields the id for the run that the block makes.

    For runs of this process: those that the daemon launches are watched by its sensors.
    """
    run_id = str(uuid.uuid4())
    try:
        yield run_id
    except Exception as error:
        send(configuration, failure_alert(type(error).__name__, _sentence(error), run_id, job, _entity(error)))
        raise
    finally:
        tell_stale(configuration, dt.datetime.now(dt.UTC))


def failure_alert(error_name: str, sentence: str, run_id: str, job: str, entity: str | None) -> Alert:
    """The alert of a failed run; too many bad rows are an event of their own."""
    event: Event = "quarantine_limit" if error_name == QuarantineLimitError.__name__ else "run_failed"
    return Alert(event, sentence, run_id, job, entity)


def unexpected(error_name: str) -> str:
    """What is told of an error that is not of the product's family: its text may hold anything, so only its name."""
    return f"Unexpected error {error_name}; the run's log and `loyalty --debug run` say more."


def tell_stale(configuration: Configuration, now: dt.datetime) -> None:
    """Tell of what has become stale since it was last fresh: once, whoever notices it first, daemon or command line."""
    if configuration.alerts.webhook is None:
        return
    note = configuration.paths.dagster / "told_stale.json"
    try:
        stale = {found.subject: found for found in all_freshness(configuration, now) if found.is_stale}
        with locked(note.parent, exclusive=True):
            told = set(json.loads(note.read_text(encoding="utf-8"))) if note.exists() else set()
            fresh_news = [found for subject, found in stale.items() if subject not in told]
            if not fresh_news or send(configuration, _stale_alert(fresh_news)):
                told = set(stale)
            note.write_text(json.dumps(sorted(told & stale.keys())), encoding="utf-8")
    except (OSError, ValueError, LakeError) as error:
        log.warning("Whether data are stale could not be found out or noted: %s", error)


def send(configuration: Configuration, alert: Alert) -> bool:
    """Post an alert to the webhook, if there is one; whether it was taken. Never raises, ends within seconds."""
    webhook = configuration.alerts.webhook
    if webhook is None:
        return False
    company = configuration.company.name
    text = f"{company}: {alert.event.replace('_', ' ')}: {alert.message}"
    document = {"text": text, "company": company, **asdict(alert), "docs": DOCS[alert.event]}
    outcome: list[str] = []
    posting = threading.Thread(target=lambda: outcome.append(_post(webhook, document)), daemon=True)
    posting.start()
    posting.join(PATIENCE_SECONDS)
    problem = outcome[0] if outcome else f"no answer within {PATIENCE_SECONDS} seconds"
    if problem:
        place = urlsplit(webhook)
        log.warning("The alert was not taken by alerts.webhook at %s: %s", place.hostname, problem)
    return not problem


def _post(webhook: str, document: dict[str, str | None]) -> str:
    """Post a document, trying again where the server is busy or out of reach; what went wrong, else empty.

    Exceptions are told by their name: their text has the address in it, and so has what urllib3's own retries log. An
    answer that did not come is not asked for again: the alert may have been taken.
    """
    import requests

    problem = ""
    for tried in range(TRIES):
        time.sleep(tried * PAUSE_SECONDS)
        try:
            answer = requests.post(webhook, json=document, timeout=ANSWER_SECONDS, allow_redirects=False)
        except requests.ConnectionError as error:
            problem = type(error).__name__
            continue
        except (requests.RequestException, ValueError) as error:
            return type(error).__name__
        problem = "" if answer.ok and not answer.is_redirect else f"status {answer.status_code}"
        if answer.status_code not in BUSY:
            break
    return problem


def _stale_alert(stale: list[Freshness]) -> Alert:
    return Alert("stale_data", "; ".join(map(str, stale)), entity=", ".join(found.subject for found in stale))


def _sentence(error: Exception) -> str:
    return str(error) if isinstance(error, LoyaltyError) else unexpected(type(error).__name__)


def _entity(error: Exception) -> str | None:
    return error.entity if isinstance(error, LoyaltyError) else None
