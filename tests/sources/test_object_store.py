"""Files on an object store, read from a real S3 server that checks signatures."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import polars as pl
import pytest
import requests
import xlsxwriter
from moto.server import ThreadedMotoServer

from assets.configuration import FileSource
from assets.errors import ConfigurationError, SourceError
from assets.sources import check_sources
from assets.sources.samples import sample_of
from tests.sources.one_source import ORDERS, configured

Orders = Callable[..., pl.DataFrame]
CSV = "id;customer;at\n1;café;05.01.2024\n2;b;06.01.2024\n"
ALLOWED = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}


@pytest.fixture(scope="module")
def store() -> Iterator[dict[str, str]]:
    """The storage options of a server with one bucket, whose signatures it checks."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    options: dict[str, Any] = {"endpoint_url": endpoint, "region_name": "us-east-1"}
    anyone = {"aws_access_key_id": "setup", "aws_secret_access_key": "setup"}
    people = boto3.client("iam", **options, **anyone)
    people.create_user(UserName="loyalty")
    people.put_user_policy(UserName="loyalty", PolicyName="s3", PolicyDocument=json.dumps(ALLOWED))
    key = people.create_access_key(UserName="loyalty")["AccessKey"]
    bucket = boto3.client("s3", **options, **anyone)
    bucket.create_bucket(Bucket="acme")
    for name, content in objects().items():
        bucket.put_object(Bucket="acme", Key=name, Body=content)
    requests.post(f"{endpoint}/moto-api/reset-auth", data="0", timeout=10).raise_for_status()
    yield {
        "aws_endpoint_url": endpoint,
        "aws_access_key_id": key["AccessKeyId"],
        "aws_secret_access_key": key["SecretAccessKey"],
        "aws_region": "us-east-1",
    }
    server.stop()


def objects() -> dict[str, bytes]:
    workbook, parquet = io.BytesIO(), io.BytesIO()
    with xlsxwriter.Workbook(workbook) as book:
        sheet = book.add_worksheet("Sales")
        for number, row in enumerate([["id", "customer", "at"], ["7", "xl", "2024-01-05"]]):
            sheet.write_row(number, 0, row)
    rows = pl.DataFrame({"id": ["5"], "customer": ["p"], "at": ["2024-01-05"], "unused": [1]})
    rows.write_parquet(parquet)
    plain = b"id,customer,at\n%d,a,2024-01-05\n"
    return {
        "latin.csv": CSV.encode("cp1252"),
        "a/1.csv": plain % 1,
        "a/2.csv": plain % 2,
        "a/deep/3.csv": plain % 3,
        "a/3.txt": b"something else",
        "odd name's [1];*.csv": plain % 9,
        "p/odd name's [1];*?#%20.parquet": parquet.getvalue(),
        "p/5.parquet": parquet.getvalue(),
        "n.ndjson": b'{"id": 1, "customer": "n", "at": "2024-01-05"}\n',
        "book.xlsx": workbook.getvalue(),
        "short.csv": plain % 1 + b"2,b",
        "cut.parquet": parquet.getvalue()[:-30],
        "empty.csv": b"",
    }


@pytest.fixture
def read(orders: Orders, store: dict[str, str]) -> Orders:
    def run(key: str, **told: Any) -> pl.DataFrame:
        return orders(file={"path": f"s3://acme/{key}", "storage_options": store, **told})

    return run


def test_every_format_is_read_as_a_local_file_is(read: Orders) -> None:
    """Polars alone would read UTF-8 only, no workbook, and a row cut off as one with nulls."""
    told = {"encoding": "cp1252", "delimiter": ";", "date_format": "%d.%m.%Y"}
    assert read("latin.csv", **told)["customer_id"].to_list() == ["café", "b"]
    assert read("n.ndjson")["customer_id"].to_list() == ["n"]
    assert read("book.xlsx", sheet="Sales")["customer_id"].to_list() == ["xl"]
    assert read("p/5.parquet")["order_id"].to_list() == ["5"]


def test_globs_mean_what_they_mean_locally(read: Orders) -> None:
    """A `*` that crossed folders would bring in an archive kept below."""
    assert sorted(read("a/*.csv")["order_id"]) == ["1", "2"]
    assert sorted(read("a/**/*.csv")["order_id"]) == ["1", "2", "3"]
    assert read("*/5.parquet")["order_id"].to_list() == ["5"]


@pytest.mark.parametrize("key", ["odd name's [1];*.csv", "p/odd name's [1];*?#%20.parquet"])
def test_a_name_with_wildcards_and_quotes_in_it_is_a_name(read: Orders, key: str) -> None:
    assert read(key).height == 1


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("absent.csv", "there is no object 's3://acme/absent.csv'"),
        ("absent/*.csv", r"no object matches 's3://acme/absent/\*\.csv'"),
        ("empty.csv", "the object 's3://acme/empty.csv' is empty"),
        ("short.csv", "'s3://acme/short.csv' has a row with 2 fields where its header has 3"),
        ("cut.parquet", "'s3://acme/cut.parquet' is no whole Parquet file"),
        ("a/*", "the format of 's3://acme/a/\\*' is not known by its ending"),
        ("a//../b.csv", "cannot be read"),
    ],
)
def test_what_is_wrong_with_an_object_is_one_sentence(read: Orders, key: str, message: str) -> None:
    with pytest.raises(SourceError, match=message) as caught:
        read(key)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("key", ["n.ndjson", "*.ndjson", "p/5.parquet"])
@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("aws_secret_access_key", "geheim/über+x y", "refuses access to 's3://acme/.*see the keys"),
        ("aws_access_key_id", "NOBODY-KNOWS", "refuses access to 's3://acme/.*see the keys"),
        ("aws_endpoint_url", "http://127.0.0.1:1", r"does not answer at http://127\.0\.0\.1:1; see the endpoint"),
        ("aws_bucket_style", "x", "cannot be read: Configuration key: 'aws_bucket_style' is not valid"),
    ],
)
def test_no_access_is_one_sentence_without_the_secret(
    orders: Orders, store: dict[str, str], key: str, option: str, value: str, message: str
) -> None:
    """What a store answers quotes the request that was signed; a log is no place for it."""
    options = {**store, option: value}
    with pytest.raises(SourceError, match=message) as caught:
        orders(file={"path": f"s3://acme/{key}", "storage_options": options})
    told = str(caught.value)
    assert "\n" not in told
    assert options["aws_secret_access_key"] not in told
    assert "geheim" not in told


def test_a_bucket_that_is_not_there_is_told_from_a_missing_object(orders: Orders, store: dict[str, str]) -> None:
    for key in ("a.csv", "*.csv"):
        with pytest.raises(SourceError, match="there is no bucket 'acmee' at http://127"):
            orders(file={"path": f"s3://acmee/{key}", "storage_options": store})


@pytest.mark.parametrize("path", ["file:///etc/passwd", "https://x.example/a.csv", "s3://acme", "s3:///a.csv"])
def test_an_address_of_no_store_says_what_addresses_there_are(orders: Orders, path: str) -> None:
    with pytest.raises(ConfigurationError, match="write a path, or one such as s3://bucket/folder"):
        orders(file={"path": path, "format": "csv"})


@pytest.mark.parametrize("endpoint", ["s3.example.org", "http://a b", "http://a\nb"])
def test_an_endpoint_that_is_no_address_is_told(orders: Orders, endpoint: str) -> None:
    """The library panics on it, with a stack of its own on the terminal."""
    with pytest.raises(ConfigurationError, match="storage option endpoint must be an address"):
        orders(file={"path": "s3://acme/a.csv", "storage_options": {"endpoint": endpoint}})


@pytest.mark.parametrize("scheme", ["gs", "abfss", "az"])
def test_other_stores_go_the_same_way(orders: Orders, scheme: str) -> None:
    """Broken keys show that each address reaches its own store's client."""
    options = {"gs": {"service_account_key": "geheim"}}.get(scheme, {"account_name": "acme", "account_key": "geheim"})
    bucket = "data@acme.dfs.core.windows.net" if scheme == "abfss" else "data"
    with pytest.raises(SourceError, match=f"{scheme}://.*cannot be read: Generic") as caught:
        orders(file={"path": f"{scheme}://{bucket}/a.csv", "storage_options": options})
    assert "geheim" not in str(caught.value)


def test_check_tells_of_each_store(store: dict[str, str]) -> None:
    wrong = {**store, "aws_secret_access_key": "geheim"}
    good = {"file": {"path": "s3://acme/a/*.csv", "storage_options": store}, "columns": ORDERS}
    bad = {"file": {"path": "s3://acme/a/*.csv", "storage_options": wrong}}
    findings = check_sources(configured(orders=good, customers=bad))
    assert [(finding.level, finding.place) for finding in findings] == [
        ("info", "sources.orders"),
        ("error", "sources.customers"),
    ]
    assert "geheim" not in findings[1].message


def test_init_looks_at_objects_too(store: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The keys come from the environment there: an address is all that the command line takes."""
    for name, value in store.items():
        monkeypatch.setenv(name.upper(), value)
    (sample,) = sample_of("s3://acme/latin.csv")
    assert sample.settings["file"] == {
        "path": "s3://acme/latin.csv",
        "encoding": "cp1252",
        "delimiter": ";",
        "date_format": "%d.%m.%Y",
    }


def test_keys_are_no_part_of_what_is_shown_or_kept(tmp_path: Path) -> None:
    """A new key is no new source: history would be extracted again for it."""
    source = FileSource(path=str(tmp_path), storage_options={"secret": "hush"})
    assert "hush" not in repr(source) + source.model_dump_json()
