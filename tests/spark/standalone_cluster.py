"""A standalone cluster of Spark on loopback: a master and workers, each a process that can be killed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from assets.spark.server import LOOPBACK, free_port, spark_home, spark_process

WORKER_COUNT = 2
SECONDS_TO_START = 300
DEPLOY = "org.apache.spark.deploy"


@contextmanager
def standalone_cluster(folder: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """The address of a master, and the processes of its workers, each with one core."""
    port = free_port()
    master = f"spark://{LOOPBACK}:{port}"
    with ExitStack() as stack:
        stack.enter_context(_process(folder, "master", port, []))
        _wait_for(port)
        workers = []
        for number in range(WORKER_COUNT):
            own = ["--cores", "1", "--memory", "768m", "--work-dir", str(folder / f"work{number}"), master]
            workers.append(stack.enter_context(_process(folder, "worker", free_port(), own, f"worker{number}")))
        yield master, workers


@contextmanager
def _process(
    folder: Path, role: str, port: int, words: list[str], name: str = "master"
) -> Iterator[subprocess.Popen[bytes]]:
    program = str(spark_home() / "bin" / "spark-class")
    listening = ["--host", LOOPBACK, "--port", str(port), "--webui-port", str(free_port())]
    command = [program, f"{DEPLOY}.{role}.{role.capitalize()}", *listening, *words]
    with spark_process(command, folder / f"{name}.log") as process:
        yield process


def _wait_for(port: int) -> None:
    """Workers that find no master try again only after many seconds."""
    until = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex((LOOPBACK, port)) == 0:
                return
        time.sleep(0.2)
    raise AssertionError(f"no master at port {port} within {SECONDS_TO_START} seconds")


def kill(worker: subprocess.Popen[bytes]) -> None:
    """End a worker and the executors that it started, without a word to anybody."""
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()
