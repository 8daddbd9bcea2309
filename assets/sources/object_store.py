"""Objects of S3, Google Cloud Storage and Azure: which ones an address names, and a copy of one on this machine.

Polars scans Parquet where it lies, so that only the columns that are needed travel. Everything else is fetched once and
then read as any local file: with its encoding, the check for a file that is cut off, and workbooks.
"""

from __future__ import annotations

import datetime as dt
import glob
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatchcase
from itertools import takewhile
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote, quote_plus

from assets.configuration import FileSource
from assets.errors import ConfigurationError, SourceError
from assets.sources.spool import spool_file
from assets.sources.tables import plain_reason

SCHEMES = ("s3", "s3a", "gs", "abfss", "abfs", "az")
CLIENT_OPTIONS = (
    "allow_http", "allow_invalid_certificates", "connect_timeout", "http1_only", "http2_only", "proxy_url",
    "proxy_ca_certificate", "proxy_excludes", "read_timeout", "timeout", "user_agent",
)  # fmt: skip
SHOWN_OPTIONS = ("endpoint", "region", "allow", "timeout", "http1", "http2", "bucket", "account_name", "style")
"""Parts of the names of options whose values are no secrets, so that errors may show them."""
RETRIES = {"max_retries": 3, "retry_timeout": dt.timedelta(seconds=30)}
# The library's 30 seconds for a request hold for its body too, and a large object takes longer.
PATIENCE = {"connect_timeout": "10s", "read_timeout": "60s", "timeout": "6h"}
BYTES_PER_CHUNK = 1 << 23
ENDPOINT = re.compile(r"https?://[!-~]+")


def is_address(path: str) -> bool:
    """Whether a path is an object-store address such as s3://bucket/key."""
    return "://" in path


def objects_of(source: FileSource, place: str) -> list[str]:
    """The addresses of the objects that an address or glob names, in a fixed order; SourceError where there are none.

    As in local globs, `*` stays within one folder and `**` spans several.
    """
    root, key = _parts(source.path, place)
    store = _store(root, source, place)
    with _told(source, place):
        sizes = _matching(store, key) if glob.has_magic(key) else {key: _size(store, key, source.path, place)}
    if not sizes:
        raise SourceError(f"{place}: no object matches '{source.path}'")
    for path, size in sizes.items():
        if size == 0:
            raise SourceError(f"{place}: the object '{root}/{path}' is empty")
    return [f"{root}/{path}" for path in sorted(sizes)]


def fetched(address: str, source: FileSource, place: str) -> str:
    """The path of a copy of one object in the process's own temporary folder."""
    root, key = _parts(address, place)
    store = _store(root, source, place)
    target = spool_file(PurePosixPath(key).suffix)
    with _told(source, place), target.open("wb") as writer:
        for chunk in store.get(key).stream(min_chunk_size=BYTES_PER_CHUNK):
            writer.write(chunk)
    return str(target)


def polars_options(source: FileSource) -> dict[str, str]:
    """The options of a store as Polars takes them."""
    return _with_http_allowed(source.storage_options)


def option_secrets(source: FileSource) -> list[str]:
    """Every form in which a secret among the options could turn up in an error."""
    told = source.storage_options.items()
    secrets = [value for name, value in told if not any(shown in name.lower() for shown in SHOWN_OPTIONS)]
    return [form for value in secrets for form in (value, quote(value), quote(value, safe=""), quote_plus(value))]


def _parts(address: str, place: str) -> tuple[str, str]:
    """The root of an address such as s3://bucket, and the key within it."""
    scheme, _, rest = address.partition("://")
    bucket, _, key = rest.partition("/")
    if scheme in SCHEMES and bucket and key:
        return f"{scheme}://{bucket}", key
    raise ConfigurationError(
        f"{place}: '{address}' is no address of a file: write a path, or one such as s3://bucket/folder/*.parquet "
        f"({', '.join(f'{known}://' for known in SCHEMES)}); a service that answers in pages is a `rest` source"
    )


def _store(root: str, source: FileSource, place: str) -> Any:
    try:
        import obstore.store as stores
    except ModuleNotFoundError:
        raise SourceError(f"{place}: to read from {root} install what it needs: pip install 'loyalty[cloud]'") from None
    options = {_option(name): value for name, value in _with_http_allowed(source.storage_options).items()}
    for name, value in options.items():
        if "endpoint" in name and not ENDPOINT.fullmatch(value):
            raise ConfigurationError(
                f"{place}: storage option {name} must be an address such as https://s3.example.org"
            )
    client: Any = PATIENCE | {name: value for name, value in options.items() if name in CLIENT_OPTIONS}
    config: Any = {name: value for name, value in options.items() if name not in CLIENT_OPTIONS}
    retries: Any = RETRIES
    with _told(source, place):
        return stores.from_url(root, config=config, client_options=client, retry_config=retries)


def _option(name: str) -> str:
    """The name of an option as the library knows it: those of the HTTP client have no prefix of a provider."""
    plain = re.sub(r"^(aws|google|azure)_", "", name.lower())
    return plain if plain in CLIENT_OPTIONS else name.lower()


def _with_http_allowed(options: dict[str, str]) -> dict[str, str]:
    """Allow an endpoint without TLS where the user wrote one: the address itself says so."""
    told = [value for name, value in options.items() if "endpoint" in name.lower()]
    is_plain = any(value.startswith("http://") for value in told or [os.environ.get("AWS_ENDPOINT_URL", "")])
    return {"allow_http": "true", **options} if is_plain else options


def _matching(store: Any, pattern: str) -> dict[str, int]:
    """The sizes of the objects that a pattern matches; only the folder before its first wildcard is listed."""
    segments = pattern.split("/")
    fixed = list(takewhile(lambda segment: not glob.has_magic(segment), segments))
    found = {str(item["path"]): int(item["size"]) for items in store.list("/".join(fixed)) for item in items}
    return {path: size for path, size in found.items() if path == pattern or _matches(path.split("/"), segments)}


def _matches(path: Sequence[str], pattern: Sequence[str]) -> bool:
    if not pattern:
        return not path
    if pattern[0] == "**":
        return any(_matches(path[skipped:], pattern[1:]) for skipped in range(len(path) + 1))
    return bool(path) and fnmatchcase(path[0], pattern[0]) and _matches(path[1:], pattern[1:])


def _size(store: Any, key: str, address: str, place: str) -> int:
    try:
        return int(store.head(key)["size"])
    except FileNotFoundError:
        # A store says the same of a missing bucket; listing tells the two apart.
        next(iter(store.list(key)), None)
        raise SourceError(f"{place}: there is no object '{address}'") from None


@contextmanager
def _told(source: FileSource, place: str) -> Iterator[None]:
    """Turn what a store answers into one sentence: its own texts hold requests, and could hold what signs them."""
    from obstore.exceptions import BaseError

    try:
        yield
    except (BaseError, OSError, ValueError) as error:
        raise SourceError(f"{place}: {_sentence(str(error), type(error).__name__, source)}") from None


def _sentence(text: str, kind: str, source: FileSource) -> str:
    root, _, _ = source.path.partition("://")[2].partition("/")
    where = next((v for k, v in source.storage_options.items() if "endpoint" in k.lower()), "its provider's address")
    code = next(iter(re.findall(r"<Code>(\w+)</Code>", text)), None)
    if code == "NoSuchBucket" or "The specified bucket does not exist" in text or "ContainerNotFound" in text:
        return f"there is no bucket '{root}' at {where}"
    if kind in ("PermissionDeniedError", "UnauthenticatedError") or " 403 " in text or " 401 " in text:
        return f"the store refuses access to '{source.path}' ({code or 'denied'}); see the keys in storage_options"
    if "169.254.169.254" in text or "Missing" in text:
        return f"no keys for '{source.path}' are told; write them in storage_options, such as aws_secret_access_key"
    if "error sending request" in text or "HTTP error" in text or "timed out" in text:
        return (
            f"the store of '{source.path}' does not answer at {where}; see the endpoint and region in storage_options"
        )
    if " 404 " in text:
        return f"there is no object '{source.path}'"
    reason = plain_reason(Exception(text), option_secrets(source))
    return f"'{source.path}' cannot be read: {reason}"
