"""What came in as a secret never goes out: one list per process, filled where `loyalty.yaml` is read, and one mask.

It is applied where text leaves: to every log record of the process, whoever writes it, and to every error before
Dagster stores it or the command line prints it.
"""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlsplit

from assets.errors import LoyaltyError

MASK = "***"
# Shorter ones stand in every other word.
SHORTEST = 4
SECRET_WORDS = ("password", "passwd", "secret", "token", "key", "sig", "credential", "pwd")

# The longest first: one may stand within another.
_kept: list[str] = []
_make_record: list[Callable[..., logging.LogRecord]] = []


def keep_secret(values: Iterable[str]) -> None:
    """Mask these values from now on, and the secrets within those that are addresses, in every form they may take.

    They take the place of those that were kept before: a process works for one configuration.
    """
    found = {form for value in values for secret in (value, *secrets_of_address(value)) for form in _forms(secret)}
    _kept[:] = sorted((form for form in found if len(form) >= SHORTEST), key=len, reverse=True)
    if _kept and not _make_record:
        _make_record.append(logging.getLogRecordFactory())
        logging.setLogRecordFactory(_masked_record)


def masked(text: str) -> str:
    """The text with every secret masked."""
    for secret in _kept:
        text = text.replace(secret, MASK)
    return text


def secrets_of_address(address: str) -> list[str]:
    """The password and the secret parameters within a URL; none where it is no URL or has none."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return []
    if not parts.scheme or "://" not in address:
        return []
    password = parts.netloc.rpartition("@")[0].partition(":")[2]
    named = [value for name, value in parse_qsl(parts.query) if is_secret_name(name)]
    return [secret for secret in (password, *named) if secret]


def is_secret_name(name: str) -> bool:
    """Whether an option of this name holds a secret, such as aws_secret_access_key."""
    return any(word in name.lower() for word in SECRET_WORDS)


@contextmanager
def without_secrets() -> Iterator[None]:
    """Within it, an error whose text holds a secret is raised with the secret masked, and without what caused it."""
    try:
        yield
    except Exception as error:
        text = "".join(traceback.format_exception(error))
        if masked(text) == text:
            raise
        kind = type(error) if isinstance(error, LoyaltyError) else LoyaltyError
        told = str(error) if isinstance(error, LoyaltyError) else f"{type(error).__name__}: {error}"
        raise kind(masked(told)) from None


def _forms(secret: str) -> set[str]:
    plain = unquote(secret)
    forms = {secret, plain, quote(plain), quote(plain, safe=""), quote_plus(plain)}
    return forms | {json.dumps(form)[1:-1] for form in forms} | {repr(form)[1:-1] for form in forms}


def _masked_record(*arguments: Any, **named: Any) -> logging.LogRecord:
    record = _make_record[0](*arguments, **named)
    if not _kept:
        return record
    try:
        text = record.getMessage()
    except (TypeError, ValueError, KeyError):
        # Arguments that do not fit their message: the handler says so, and the caller goes on.
        text = f"{record.msg} {record.args}"
    if masked(text) != text:
        record.msg, record.args = masked(text), ()
    if record.exc_info and record.exc_info[1] is not None:
        record.exc_text = masked("".join(traceback.format_exception(record.exc_info[1])).rstrip())
    return record
