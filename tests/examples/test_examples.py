"""The examples as files: configuration alone, readable without the data, with no way to anybody's own machine."""

from __future__ import annotations

from pathlib import Path

import pytest
from example_run import PROJECT

from assets.configuration import FileSource, Source
from assets.configuration.file import load_configuration

EXAMPLES = PROJECT / "examples"
FILES = sorted(EXAMPLES.glob("*/*.yaml"))


def paths_of(source: Source) -> list[str]:
    """The addresses that a source reads."""
    files = [file for file in (source.file, *source.tables.values()) if file is not None]
    return [file.path if isinstance(file, FileSource) else file for file in files]


def test_there_is_nothing_but_configuration() -> None:
    """Neither data nor Python may be needed for a company's tables, nor be copied into the project."""
    kept = [path for path in EXAMPLES.rglob("*") if path.is_file() and ".loyalty" not in path.parts]
    assert sorted(kept) == sorted([*FILES, EXAMPLES / "README.md"])
    assert len(FILES) == 5


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_examples_are_valid_wherever_they_are(file: Path, tmp_path: Path) -> None:
    """An example must load without its data, and look for them beside the checkout only."""
    copy = tmp_path / "checkout" / "examples" / file.parent.name / file.name
    copy.parent.mkdir(parents=True)
    copy.write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    configuration = load_configuration(copy)
    for source in configuration.sources.values():
        for path in paths_of(source):
            assert Path(path).resolve().is_relative_to((tmp_path / "shared" / "data").resolve())


def test_two_configurations_of_one_folder_keep_their_own_state() -> None:
    """Both would otherwise write the same lake and warehouse, and each undo the other's numbers."""
    first, second = (load_configuration(EXAMPLES / "online_retail" / f"{n}.yaml") for n in ("loyalty", "cohort_report"))
    assert not {path for _, path in first.paths} & {path for _, path in second.paths}
