"""Read `loyalty.yaml`: environment variables put in, every problem told at once and with its place."""

from __future__ import annotations

import copy
import difflib
import os
import types
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from assets.configuration.checks import problems_of
from assets.configuration.document import Document, read_document
from assets.configuration.services import Place, Problem
from assets.configuration.settings import Configuration, Paths
from assets.configuration.sources import Connection, FileSource, Source
from assets.errors import ConfigurationError, printable
from assets.secrets import is_secret_name, keep_secret

SHORTEST_SECRET = 4
REFUSED_IN_FOLDERS = "*?[]%"
UNION_TAGS = {"str", "int", "float", "bool", "FileSource", "none", "date", "Path"}
COMPANY = {"name": "", "timezone": "UTC", "currency": "XXX", "history_start": "2000-01-01"}
STAND_INS: dict[str, Any] = COMPANY | {"company": COMPANY, "sources": {}, "url": "", "path": "", "connection": ""}


def load_configuration(path: Path | str, environment: Mapping[str, str] | None = None) -> Configuration:
    """The typed settings of a `loyalty.yaml`, its paths made absolute against its folder.

    `${NAME}` is replaced from `environment` (the process's own by default). Raises one ConfigurationError that
    lists every problem on a line of its own, as `loyalty.yaml:12 sources.orders.colums: what is wrong`.
    """
    path = Path(path)
    document = read_document(path, os.environ if environment is None else environment)
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
