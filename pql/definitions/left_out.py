"""What a file leaves out that the one before it had: it goes back to its default. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pql.definitions.model import DefinitionFile
from pql.definitions.problems import show_path
from pql.definitions.reading import read_applied
from pql.definitions.writing import as_document, in_one_line
from pql.definitions.yaml_lines import read_yaml

OWN_DEFAULTS = ("leads", "lifecycle", "filters", "accounts")
"""Sections of which single fields go back to their defaults, too."""
LONGEST_SHOWN = 80


def find_left_out(before: str, after: str) -> list[str]:
    """What is otherwise because the text `after` does not say it, a sentence each.

    Both texts can be read as definition files, which may ask for more than a file may today.
    """
    was, will_be = (as_document(_file(text)) for text in (before, after))
    return [
        f"{show_path(path)} is left out: it goes back to {_shown(path, will_be)}"
        for path in _left_out(read_yaml(before, "").value, read_yaml(after, "").value)
        if _at(was, path) != _at(will_be, path)
    ]


def _file(text: str) -> DefinitionFile:
    return read_applied(text, "definitions")[0]


def _left_out(before: object, after: object) -> Iterator[tuple[str, ...]]:
    had, has = _mapping(before), _mapping(after)
    for section in had:
        if section not in has:
            yield (section,)
        elif section in OWN_DEFAULTS:
            inner = _mapping(has[section])
            yield from ((section, field) for field in _mapping(had[section]) if field not in inner)


def _shown(path: tuple[str, ...], document: Mapping[str, object]) -> str:
    default = _at(document, path)
    if not default:
        return "nothing"
    text = in_one_line(default)
    return f"its default, {text}" if len(text) <= LONGEST_SHOWN else "its default"


def _at(document: Mapping[str, object], path: tuple[str, ...]) -> object:
    found: object = document
    for step in path:
        found = _mapping(found).get(step)
    return found


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}
