"""A YAML file with environment variables put in, and the line of each of its places."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from assets.configuration.services import SECRETS, Place, Problem
from assets.errors import ConfigurationError
from assets.secrets import secrets_of_address

VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
MOST_VALUES = 100_000
LONGEST_KEY = 20
MERGE_TAG = "tag:yaml.org,2002:merge"


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


def read_document(path: Path, environment: Mapping[str, str]) -> Document:
    """Read a YAML file, `${NAME}` replaced from `environment`. Raises ConfigurationError where it is no YAML."""
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
