"""Which files an import of exports is about: files, folders and patterns, in a natural order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from glob import glob
from pathlib import Path

from usage_ingest.importers.open_file import UnreadableFile

NAMES = re.compile(r".+\.(json|jsonl|ndjson|txt|gz|zst|br|zip|parquet)", re.IGNORECASE)
"""Names of exports; a file that is named itself may have any."""
MANIFEST = "manifest.json"
"""PostHog lists in it which files an export has."""

_NUMBERS = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True)
class FoundFiles:
    """The files of an import, and those beside them in folders that are no exports."""

    files: tuple[Path, ...]
    left_out: tuple[Path, ...]


def find_files(names: Iterable[str]) -> FoundFiles:
    """Each file once: as named, in the folders that are named, or matching a pattern.

    Raises:
        UnreadableFile: a name is no file, no folder and no pattern that matches any.
    """
    files: dict[Path, None] = {}
    left_out: dict[Path, None] = {}
    for name in names:
        for path in _named(name):
            if path.is_dir():
                for each in _inside(path):
                    (files if is_export(each.name) else left_out)[each] = None
            else:
                files[path] = None
    if not files:
        raise UnreadableFile(f"{', '.join(map(str, names))}: no file in it that may be an export")
    return FoundFiles(tuple(files), tuple(left_out))


def is_export(name: str) -> bool:
    """Whether a file of a folder or an archive is taken, by its name."""
    is_hidden = name.startswith((".", "_"))
    return not is_hidden and name != MANIFEST and NAMES.fullmatch(name) is not None


def natural(name: str) -> list[str | int]:
    """A key to sort names by, in which `9` comes before `10`."""
    return [int(part) if part.isdecimal() else part for part in _NUMBERS.split(name)]


def _named(name: str) -> list[Path]:
    path = Path(name)
    if path.exists():
        return [path]
    # Path.glob takes no absolute pattern.
    found = [Path(each) for each in glob(name, recursive=True)]  # noqa: PTH207
    if not found:
        raise UnreadableFile(f"{name}: no such file or folder, and no pattern that matches one")
    return sorted(found, key=lambda each: natural(str(each)))


def _inside(folder: Path) -> Iterator[Path]:
    found = (each for each in folder.rglob("*") if each.is_file())
    yield from sorted(found, key=lambda each: natural(str(each)))
