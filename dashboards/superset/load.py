"""Loads the dashboards of this folder into a running Apache Superset over its API.

What was loaded before is replaced, also where it was changed in Superset: to keep a change, export the dashboard there
and unpack it here. Needs nothing of Superset, so it runs anywhere that reaches it.
"""

from __future__ import annotations

import argparse
import getpass
import io
import os
import sys
import zipfile
from pathlib import Path

import requests
import yaml

FOLDER = Path(__file__).resolve().parent
DATABASE = "databases/loyalty.yaml"
TIMEOUT = 300


def bundle(database_url: str, schema: str) -> bytes:
    """The YAML files as one zip, as Superset exports it, that reads the views of `schema` at `database_url`."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(FOLDER.rglob("*.yaml")):
            name = path.relative_to(FOLDER).as_posix()
            document = yaml.safe_load(path.read_text(encoding="utf-8"))
            if name == DATABASE:
                document["sqlalchemy_uri"] = database_url
            elif name.startswith("datasets/"):
                document["schema"] = schema
            archive.writestr(f"loyalty/{name}", yaml.safe_dump(document, allow_unicode=True))
    return written.getvalue()


def log_in(superset: str, user: str, password: str) -> requests.Session:
    """A session that may write; raises requests.HTTPError where Superset refuses the user."""
    session = requests.Session()
    login = {"username": user, "password": password, "provider": "db"}
    answer = session.post(f"{superset}/api/v1/security/login", json=login, timeout=TIMEOUT)
    answer.raise_for_status()
    session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    answer = session.get(f"{superset}/api/v1/security/csrf_token/", timeout=TIMEOUT)
    answer.raise_for_status()
    session.headers.update({"X-CSRFToken": answer.json()["result"], "Referer": superset})
    return session


def load(session: requests.Session, superset: str, archive: bytes) -> None:
    """Import the zip, replacing what has the same ids; raises requests.HTTPError with what Superset says of it."""
    files = {"bundle": ("loyalty.zip", archive, "application/zip")}
    answer = session.post(f"{superset}/api/v1/assets/import/", files=files, timeout=TIMEOUT)
    if not answer.ok:
        raise requests.HTTPError(f"Superset refused the dashboards: {answer.text}", response=answer)


def main() -> None:
    """Read the addresses, ask for what is not in the environment, and load."""
    parser = argparse.ArgumentParser(description="Load the loyalty dashboards into a running Apache Superset.")
    parser.add_argument("superset", help="Superset's address, such as http://127.0.0.1:8088.")
    parser.add_argument("--user", default="admin", help="Its user, who may import; by default admin.")
    parser.add_argument("--schema", default="loyalty", help="Schema of the publication; by default loyalty.")
    given = parser.parse_args()
    superset = given.superset.rstrip("/")
    # Neither a password nor an address that holds one belongs into the list of processes.
    password = os.environ.get("SUPERSET_PASSWORD") or getpass.getpass(f"Password of {given.user} in Superset: ")
    database_url = os.environ.get("SUPERSET_DATABASE_URL") or getpass.getpass("Address of Postgres for BI: ")
    try:
        load(log_in(superset, given.user, password), superset, bundle(database_url, given.schema))
    except requests.RequestException as error:
        sys.exit(f"Error: {error}")
    for path in sorted((FOLDER / "dashboards").glob("*.yaml")):
        print(f"{superset}/superset/dashboard/{yaml.safe_load(path.read_text(encoding='utf-8'))['slug']}/")


if __name__ == "__main__":
    main()
