"""A real MariaDB server on a socket and a loopback port, in a folder of its own, ended by its process id."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pymysql

PASSWORD = "geheim/über"
SECONDS_TO_START = 30
SYSTEM_TABLES = [
    Path("/usr/share/mysql/mysql_system_tables.sql"),
    Path("/usr/share/mysql/mysql_system_tables_data.sql"),
]
FIRST_STATEMENTS = "CREATE DATABASE shop;\nCREATE USER admin@'%';\nGRANT ALL ON *.* TO admin@'%' WITH GRANT OPTION;\n"


@contextmanager
def mariadb(folder: Path) -> Iterator[int]:
    """The port on 127.0.0.1 of a server that has a database `shop`, a user `admin`, and `guest` with a password."""
    server = shutil.which("mariadbd", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
    if server is None or not all(path.exists() for path in SYSTEM_TABLES):
        message = "There is no MariaDB server on this machine: install Debian's package mariadb-server-core."
        raise FileNotFoundError(message)
    data, first = folder / "data", folder / "first.sql"
    data.mkdir()
    first.write_text(FIRST_STATEMENTS)
    options = [server, "--no-defaults", f"--datadir={data}", "--user=root", "--innodb-log-file-size=4M"]
    tables = "CREATE DATABASE mysql;\nUSE mysql;\n" + "".join(path.read_text() for path in SYSTEM_TABLES)
    subprocess.run([*options, "--bootstrap"], input=tables, text=True, check=True, capture_output=True, timeout=60)
    port = _free_port()
    own = ["--bind-address=127.0.0.1", f"--port={port}", f"--socket={folder / 's'}", f"--init-file={first}"]
    with (folder / "log").open("w") as log, subprocess.Popen([*options, *own], stdout=log, stderr=log) as running:
        try:
            _wait(port, folder / "log")
            with admin(port) as cursor:
                cursor.execute(f"CREATE USER guest@'%' IDENTIFIED BY '{PASSWORD}'")
                cursor.execute("GRANT SELECT ON shop.* TO guest@'%'")
            yield port
        finally:
            running.terminate()


@contextmanager
def admin(port: int) -> Iterator[Any]:
    """A cursor that may do everything in the database `shop`."""
    connection = pymysql.connect(host="127.0.0.1", port=port, user="admin", database="shop", autocommit=True)
    with connection, connection.cursor() as cursor:
        yield cursor


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _wait(port: int, log: Path) -> None:
    for _ in range(SECONDS_TO_START * 10):
        try:
            pymysql.connect(host="127.0.0.1", port=port, user="admin").close()
        except pymysql.Error:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(f"MariaDB did not start: {log.read_text()[-2000:]}")
