"""Read `loyalty.yaml`: environment variables put in, every problem told at once and with its place."""

from __future__ import annotations

import copy
import difflib
import os
import re
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from assets.configuration import Configuration, Connection, FileSource, Paths, Source
from assets.configuration_checks import Place, Problem, problems_of
from assets.configuration_services import SECRETS
from assets.errors import ConfigurationError, printable
from assets.secrets import is_secret_name, keep_secret, secrets_of_address

VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
SHORTEST_SECRET = 4
MOST_VALUES = 100_000
LONGEST_KEY = 20
REFUSED_IN_FOLDERS = "*?[]%"
MERGE_TAG = "tag:yaml.org,2002:merge"
UNION_TAGS = {"str", "int", "float", "bool", "FileSource", "none", "date", "Path"}


COMPANY = {"name": "", "timezone": "UTC", "currency": "XXX", "history_start": "2000-01-01"}
STAND_INS: dict[str, Any] = COMPANY | {"company": COMPANY, "sources": {}, "url": "", "path": "", "connection": ""}


@dataclass
class Document:
    """A parsed YAML file: its values, the line of each place, and what was wrong on the way."""

    values: Any = None
    lines: dict[Place, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    substituted: set[str] = field(default_factory=set)
    count: int = 0
    secrets: set[str] = field(default_factory=set)

    def line(self, place: Place) -> int:
        """The line of a place, or of the nearest place around it that the file has."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)


def load_configuration(path: Path | str, environment: Mapping[str, str] | None = None) -> Configuration:
    """The typed settings of a `loyalty.yaml`, its paths made absolute against its folder.

    `${NAME}` is replaced from `environment` (the process's own by default). Raises one ConfigurationError that
    lists every problem on a line of its own, as `loyalty.yaml:12 sources.orders.colums: what is wrong`.
    """
    path = Path(path)
    document = _parse(path, os.environ if environment is None else environment)
    keep_secret(document.secrets)
    known = {place for place, _ in document.problems}
    model_problems = [problem for problem in _model_problems(document.values) if problem[0] not in known]
    problems = [*document.problems, *model_problems, *_cross_problems(document.values, model_problems)]
    if problems:
        raise ConfigurationError(_told(path, document, problems))
    configuration = _with_absolute_paths(Configuration.model_validate(document.values), path.resolve().parent)
    keep_secret([*document.secrets, *_written_secrets(configuration)])
    if unusable := list(_unusable_paths(configuration.paths)):
        raise ConfigurationError(_told(path, document, unusable))
    return configuration


def _written_secrets(configuration: Configuration) -> Iterator[str]:
    """Storage options that stand in the file itself, where they should not."""
    for source in configuration.sources.values():
        for file in (source.file, *source.tables.values()):
            if isinstance(file, FileSource):
                yield from (value for name, value in file.storage_options.items() if is_secret_name(name))
        if source.rest and source.rest.auth:
            auth = source.rest.auth
            yield from (secret for secret in (auth.token, auth.password, auth.key) if secret)


def _unusable_paths(paths: Paths) -> Iterator[Problem]:
    """Folders that libraries would not find again: Polars and DuckDB read patterns in names, Dagster's SQLite codes."""
    for name, folder in paths:
        if any(character in str(folder) for character in REFUSED_IN_FOLDERS) or not str(folder).isprintable():
            yield ("paths", name), f"no folder may hold one of {' '.join(REFUSED_IN_FOLDERS)} in its name: {folder}"


def _cross_problems(values: Any, model_problems: list[Problem]) -> list[Problem]:
    """What is wrong between the settings that are right each by itself."""
    wrong = [place for place, _ in model_problems]
    readable = copy.deepcopy(values)
    for place in wrong:
        _stand_in(readable, place)
    try:
        configuration = Configuration.model_validate(readable)
    except ValidationError:
        return []
    # A setting around one that is wrong in itself may look wrong only because of it.
    return [
        (place, message)
        for place, message in problems_of(configuration)
        if place == ("sources",) or not any(other[: len(place)] == place for other in wrong)
    ]


def _stand_in(values: Any, place: Place) -> None:
    """Take a wrong value out, or put a harmless one in where it is required."""
    for step in place[:-1]:
        values = values[step]
    if isinstance(values, dict):
        values.pop(place[-1], None)
        if place[-1] in STAND_INS:
            values[place[-1]] = STAND_INS[str(place[-1])]


def _told(path: Path, document: Document, problems: list[Problem]) -> str:
    ordered = sorted(dict.fromkeys(problems), key=lambda problem: document.line(problem[0]))
    return "\n".join(
        printable(f"{path.name}:{document.line(place)} {'.'.join(map(str, place)) or 'the file'}: ")
        + printable(_masked(message, document))
        for place, message in ordered
    )


def _masked(message: str, document: Document) -> str:
    """The message without what came from the environment: it may be a secret put in the wrong place."""
    for value in sorted(document.substituted, key=len, reverse=True):
        if len(value) >= SHORTEST_SECRET:
            message = message.replace(value, "***")
    return message


def _parse(path: Path, environment: Mapping[str, str]) -> Document:
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except FileNotFoundError:
        raise ConfigurationError(f"there is no file {path}; `loyalty init` writes one") from None
    except RecursionError:
        raise ConfigurationError(f"{path.name} is nested too deeply to be read") from None
    except (OSError, UnicodeError) as error:
        raise ConfigurationError(f"{path} cannot be read: {type(error).__name__}") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigurationError(f"{path.name}:{line} is no YAML: {error.problem or error.context}") from None
    except yaml.YAMLError:
        raise ConfigurationError(f"{path.name} is no YAML: it holds characters that YAML does not allow") from None
    document = Document()
    if not isinstance(root, yaml.MappingNode):
        raise ConfigurationError(f"{path.name}:1 holds no settings; `loyalty init` writes a first file")
    try:
        document.values = _value(root, (), document, environment)
    except RecursionError:
        raise ConfigurationError(f"{path.name} is nested too deeply, or holds an anchor within itself") from None
    if document.count > MOST_VALUES:
        raise ConfigurationError(f"{path.name} holds more than {MOST_VALUES:,} values; its anchors multiply")
    return document


def _value(node: yaml.Node, place: Place, document: Document, environment: Mapping[str, str]) -> Any:
    document.lines.setdefault(place, node.start_mark.line + 1)
    document.count += 1
    if document.count > MOST_VALUES:
        return None  # Anchors within anchors stand for more values than any memory holds.
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*place, number), document, environment) for number, item in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, place, document, environment)
    return _scalar(node, place, document, environment)


def _mapping(node: yaml.MappingNode, place: Place, document: Document, environment: Mapping[str, str]) -> Any:
    values: dict[Any, Any] = {}
    merged: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        if key_node.tag == MERGE_TAG:
            merged |= _merged(value_node, place, document, environment)
            continue
        key = key_node.value if isinstance(key_node, yaml.ScalarNode) else str(key_node.start_mark.line)
        # Integer keys stay integers, for `csi.satisfied_from`; all other keys are names.
        if key_node.tag == "tag:yaml.org,2002:int" and key.isdecimal() and len(key) < LONGEST_KEY:
            key = int(key)
        inner = (*place, key)
        if key in values:
            document.problems.append((inner, "is written twice"))
        document.lines[inner] = key_node.start_mark.line + 1
        values[key] = _value(value_node, inner, document, environment)
    return merged | values


def _merged(node: yaml.Node, place: Place, document: Document, environment: Mapping[str, str]) -> dict[Any, Any]:
    """What `<<: *anchor` puts into the mapping at `place`; of several mappings in a list the first one wins."""
    merged: dict[Any, Any] = {}
    for part in reversed(node.value) if isinstance(node, yaml.SequenceNode) else [node]:
        if isinstance(part, yaml.MappingNode):
            merged |= _mapping(part, place, document, environment)
        else:
            document.problems.append(((*place, "<<"), "takes over mappings only, such as `<<: *anchor`"))
    return merged


def _scalar(node: yaml.Node, place: Place, document: Document, environment: Mapping[str, str]) -> Any:
    if "${" not in str(node.value):
        if place[-2:-1] == ("auth",) and place[-1] in SECRETS:
            document.problems.append((place, "must come from the environment: write ${NAME}, and set NAME there"))
        document.secrets.update(secrets_of_address(str(node.value)))
        try:
            return yaml.SafeLoader("").construct_object(node)
        except (yaml.YAMLError, ValueError):
            document.problems.append((place, "is a value that YAML cannot read; put it in quotes"))
            return None

    def substitute(match: re.Match[str]) -> str:
        if match[1] in environment:
            document.substituted.add(environment[match[1]])
            if not _is_public(place, node.value):
                document.secrets.add(environment[match[1]])
            return environment[match[1]]
        document.problems.append((place, f"the environment variable {match[1]} is not set"))
        return ""

    text = VARIABLE.sub(substitute, node.value)
    document.secrets.update(secrets_of_address(text))
    return text


def _is_public(place: Place, text: str) -> bool:
    """Whether a variable at this place is no secret: a folder or a name, that messages should tell."""
    is_file = place[-1] in {"file", "path"} or (len(place) > 1 and place[-2] == "tables")
    return place[0] in {"company", "paths"} or (is_file and "://" not in text)


def _model_problems(values: Any) -> Iterator[Problem]:
    try:
        Configuration.model_validate(values)
    except ValidationError as error:
        yield from _told_by_model(error, values)


def _told_by_model(error: ValidationError, values: Any) -> Iterator[Problem]:
    # Inputs are kept out of what is told: they may hold a secret that came in through a variable.
    for detail in error.errors(include_url=False, include_context=True, include_input=False):
        located = _located(detail["loc"], values)
        if located is None:
            continue
        place, value = located
        if len(place) < len(detail["loc"]) and isinstance(value, list | dict) and detail["loc"][-1] != "FileSource":
            yield place, "must be one SQL expression, a number, true, false or null"
        else:
            yield place, _message(detail, place)


def _located(loc: tuple[int | str, ...], values: Any) -> tuple[Place, Any] | None:
    """The place in the file of a pydantic error; None where it speaks of a form that the value does not have."""
    place: list[int | str] = []
    value = values
    for step in loc:
        if isinstance(value, dict) and (step in value or step not in UNION_TAGS):
            place.append(step)
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int):
            place.append(step)
            value = value[step]
        elif _is_file(place) and (step == "FileSource") != isinstance(value, dict) and not isinstance(value, list):
            return None
    return tuple(place), value


def _is_file(place: list[int | str]) -> bool:
    """Whether a place holds a file, which may be written as a path or as settings."""
    return place[-1:] == ["file"] or place[-2:-1] == ["tables"]


def _message(detail: ErrorDetails, place: Place) -> str:
    if detail["type"] == "extra_forbidden":
        near = difflib.get_close_matches(str(place[-1]), _names_at(place[:-1]), n=1)
        return "unknown key" + (
            f", did you mean {near[0]}?" if near else f"; known are {', '.join(_names_at(place[:-1]))}"
        )
    if detail["type"] == "missing":
        return "is required but not there"
    message = detail["msg"].removeprefix("Value error, ")
    return message[0].lower() + message[1:]


def _names_at(place: Place) -> list[str]:
    annotation: Any = Configuration
    for step in place:
        annotation = _step(annotation, step)
    model = _model(annotation)
    return [info.alias or name for name, info in model.model_fields.items()] if model else []


def _step(annotation: Any, step: int | str) -> Any:
    model = _model(annotation)
    if model:
        fields = {info.alias or name: info.annotation for name, info in model.model_fields.items()}
        return fields.get(str(step))
    arguments = get_args(annotation)
    return arguments[-1] if arguments else None


def _model(annotation: Any) -> type[BaseModel] | None:
    if get_origin(annotation) in (Union, types.UnionType, Annotated):
        return next((model for part in get_args(annotation) if (model := _model(part))), None)
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None


def _with_absolute_paths(configuration: Configuration, folder: Path) -> Configuration:
    paths = Paths(**{name: folder / value.expanduser() for name, value in configuration.paths})
    sources = {
        entity: with_paths(source, lambda path: _absolute(path, folder))
        for entity, source in configuration.sources.items()
    }
    connections = {name: _absolute_connection(found, folder) for name, found in configuration.connections.items()}
    return configuration.model_copy(update={"paths": paths, "sources": sources, "connections": connections})


def _absolute_connection(connection: Connection, folder: Path) -> Connection:
    """A SQLite file is told as `sqlite:///relative` or `sqlite:////absolute`."""
    scheme, separator, path = connection.url.partition(":///")
    if (scheme, separator) != ("sqlite", ":///"):
        return connection
    return connection.model_copy(update={"url": f"sqlite:///{_absolute(path, folder)}"})


def with_paths(source: Source, change: Callable[[str], str]) -> Source:
    """The same source with each path of a local file changed; addresses stay."""

    def changed(file: str | FileSource) -> str | FileSource:
        if isinstance(file, FileSource):
            return file.model_copy(update={"path": changed(file.path)})
        return file if "://" in file else change(file)

    tables = {name: changed(file) for name, file in source.tables.items()}
    file = None if source.file is None else changed(source.file)
    return source.model_copy(update={"file": file, "tables": tables})


def _absolute(path: str, folder: Path) -> str:
    return str(folder / Path(path).expanduser())
