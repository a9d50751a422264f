"""What one definition file says otherwise than another. Pure.

The meaning is compared, not the text: remarks, order and defaults that are written out make no
difference, but for which definition is the first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from itertools import chain, count

from pql.definitions.model import DefinitionFile
from pql.definitions.problems import show_path
from pql.definitions.writing import as_document, in_one_line

ADDED = "added"
REMOVED = "removed"
CHANGED = "changed"
KINDS = (ADDED, CHANGED, REMOVED)

CALLED = ("name", "event", "metric", "trait")
"""What an entry of a list is called by: it stays where the figures of the entry change."""

FIRST = "(first)"
"""No definition can be called so."""

_SIGNS = {ADDED: "+", REMOVED: "-", CHANGED: "~"}


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is otherwise.

    `path` leads to it from the top of the file; entries of lists stand under what they are called.
    `before` and `after` are YAML in one line, `None` where the thing is not in that file.
    """

    path: tuple[str, ...]
    before: str | None
    after: str | None

    @property
    def section(self) -> str:
        """The section of the file: `metrics`, `definitions`, ..."""
        return self.path[0]

    @property
    def kind(self) -> str:
        """`added`, `removed` or `changed`."""
        if self.before is None:
            return ADDED
        return REMOVED if self.after is None else CHANGED

    def __str__(self) -> str:
        """`~ metrics.messages_sent.window: first 14 days -> first 7 days`."""
        told = " -> ".join(text for text in (self.before, self.after) if text is not None)
        return f"{_SIGNS[self.kind]} {show_path(self.path)}: {told}"


def find_differences(before: DefinitionFile, after: DefinitionFile) -> tuple[Difference, ...]:
    """Everything that `after` says otherwise, section by section."""
    found = _compare((), as_document(before), as_document(after))
    return (*found, *_first(before, after))


def summarize(differences: Sequence[Difference]) -> str:
    """`metrics: 1 added, 2 changed; motions: 1 changed`; `nothing` where the files say the same."""
    sections = dict.fromkeys(difference.section for difference in differences)
    own = {name: [each.kind for each in differences if each.section == name] for name in sections}
    return "; ".join(f"{name}: {_counts(kinds)}" for name, kinds in own.items()) or "nothing"


def compare_lines(before: str, after: str, names: tuple[str, str]) -> str:
    """The lines that differ between two texts, as `diff --unified` shows them; else empty."""
    old, new = (text.splitlines(keepends=True) for text in (before, after))
    lines = unified_diff(old, new, *names)
    # A last line without an end would run into the next one.
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


def _counts(kinds: Sequence[str]) -> str:
    return ", ".join(f"{kinds.count(kind)} {kind}" for kind in KINDS if kind in kinds)


def _first(before: DefinitionFile, after: DefinitionFile) -> Iterator[Difference]:
    old, new = next(iter(before.definitions), None), next(iter(after.definitions), None)
    if old is not None and new is not None and old != new:
        yield Difference(("definitions", FIRST), old, new)


def _compare(path: tuple[str, ...], before: object, after: object) -> Iterator[Difference]:
    if before == after:
        return
    old, new = _entries(before), _entries(after)
    if old is None or new is None:
        yield Difference(path, in_one_line(before), in_one_line(after))
        return
    for name in dict.fromkeys([*old, *new]):
        place = (*path, name)
        if name not in new:
            yield Difference(place, in_one_line(old[name]), None)
        elif name not in old:
            yield Difference(place, None, in_one_line(new[name]))
        else:
            yield from _compare(place, old[name], new[name])


def _entries(value: object) -> Mapping[str, object] | None:
    """What a mapping, or a list of mappings, holds by name; `None` for anything else."""
    if isinstance(value, dict):
        return {str(name): entry for name, entry in value.items()}
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        return None
    named: dict[str, object] = {}
    for entry in value:
        name, rest = _named(entry)
        named[_unused(name, named)] = rest
    return named


def _named(entry: Mapping[str, object]) -> tuple[str, object]:
    called = next((key for key in CALLED if key in entry), None)
    if called is not None:
        return str(entry[called]), {key: entry[key] for key in entry if key != called}
    name = " ".join(entry)
    return name, next(iter(entry.values())) if len(entry) == 1 else dict(entry)


def _unused(name: str, taken: Mapping[str, object]) -> str:
    numbered = (f"{name} {number}" for number in count(2))
    return next(each for each in chain([name], numbered) if each not in taken)
