"""Ask a source again that does not answer now and may do so in a while."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

from assets.configuration import Retries
from assets.errors import SourceDownError

log = logging.getLogger("loyalty.sources")
LONGEST_WAIT_SECONDS = 300
Answer = TypeVar("Answer")


def retried(ask: Callable[[], Answer], retries: Retries) -> Answer:
    """What `ask` gives, tried again after growing waits with jitter where it raises SourceDownError.

    Any other error is raised at once: a missing table or a wrong password does not pass by itself.
    """
    import tenacity

    def tell(state: tenacity.RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        wait = state.next_action.sleep if state.next_action else 0
        log.warning(
            "%s. Try %s of %s failed, the next one is in %.0f s", error, state.attempt_number, retries.attempts, wait
        )

    first_wait = retries.first_wait_seconds
    attempts = tenacity.Retrying(
        stop=tenacity.stop_after_attempt(retries.attempts),
        wait=tenacity.wait_exponential(first_wait, max=LONGEST_WAIT_SECONDS) + tenacity.wait_random(0, first_wait / 2),
        retry=tenacity.retry_if_exception_type(SourceDownError),
        before_sleep=tell,
        reraise=True,
    )
    return attempts(ask)
