"""YAML text to plain values, remembering the line of each. A strict, small part of YAML 1.2.

Only what a definition needs: mappings, lists, text, numbers, true and false. `yes`, `no` and dates
are text, as in YAML 1.2. Anchors work within the limit of `MOST_VALUES`: no file can explode.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from pql.definitions.problems import DefinitionError, Path, Problem, show_path, show_value

LONGEST_FILE = 256 * 1024
MOST_VALUES = 20_000
DEEPEST = 24

_WHOLE_NUMBER = re.compile(r"[-+]?[0-9]{1,18}")
NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]{1,4})?")
_WORDS: Mapping[str, object] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_PLAIN_TAGS = frozenset(
    f"tag:yaml.org,2002:{name}"
    for name in ("map", "seq", "str", "int", "float", "bool", "null", "timestamp", "merge", "value")
)


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed file. `problems` are those of the YAML itself that left something to look at."""

    file: str
    value: Any
    lines: Mapping[Path, int]
    problems: tuple[Problem, ...]

    def problem(self, path: Path, found: str, allowed: str) -> Problem:
        """A problem at a path; its line is that of the nearest value above it that exists."""
        nearest = path
        while nearest and nearest not in self.lines:
            nearest = nearest[:-1]
        return Problem(self.file, self.lines.get(nearest, 1), show_path(path), found, allowed)

    def find(self, path: Path) -> object:
        """The value at a path; `None` where there is none."""
        value = self.value
        for step in path:
            if isinstance(value, dict):
                value = value.get(step)
            elif isinstance(value, list) and isinstance(step, int) and step < len(value):
                value = value[step]
            else:
                return None
        return value


def read_yaml(
    text: str, file: str, *, sections: str = "metrics, definitions and the like"
) -> Document:
    """Parse a file. `sections` is what is said to be missing where it is empty.

    Raises:
        DefinitionError: it is not YAML, too large, too deep, or empty.
    """
    if len(text) > LONGEST_FILE:
        raise DefinitionError([_at_top(file, f"{len(text):,} characters", f"{LONGEST_FILE:,}")])
    root = _compose(text, file)
    if root is None:
        raise DefinitionError([_at_top(file, "an empty file", sections)])
    builder = _Builder(file)
    value = builder.build(root, ())
    return Document(file, value, builder.lines, tuple(builder.problems))


class _Composer(yaml.SafeLoader):
    """Turns events into nodes, but not too deep: Python's stack would end before a hostile file."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise yaml.MarkedYAMLError(
                problem=f"values nested more than {DEEPEST} deep",
                problem_mark=self.get_mark(),
            )
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


def _compose(text: str, file: str) -> yaml.Node | None:
    try:
        loader = _Composer(text)
        try:
            return loader.get_single_node()
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        found = (error.problem or "broken YAML").removeprefix("found ").removeprefix("but found ")
        raise DefinitionError([Problem(file, line, "", found, _hint(found))]) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        found = f"the character U+{ord(text[error.position]):04X}"
        raise DefinitionError([Problem(file, line, "", found, "printable text")]) from error
    except (ValueError, OverflowError) as error:
        # The scanner lets escapes such as "\U00110000" through to Python's own functions.
        raise DefinitionError([_at_top(file, f"unreadable YAML ({error})", "YAML")]) from error


def _hint(found: str) -> str:
    if "'\\t'" in found:
        return "spaces to indent"
    if found == "another document":
        return "one document a file"
    return "YAML: a space after every colon, equal indentation, quotes around text with : or #"


def _at_top(file: str, found: str, allowed: str) -> Problem:
    return Problem(file, 1, "", found, allowed)


@dataclass(slots=True)
class _Builder:
    """Nodes to values. Each alias is built anew, which is why values are counted."""

    file: str
    lines: dict[Path, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    values: int = 0

    def build(self, node: yaml.Node, path: Path) -> object:
        self._count(node, path)
        self.lines.setdefault(path, _line(node))
        if node.tag not in _PLAIN_TAGS:
            self._report(node, path, f"the tag {show_value(node.tag)}", "values without tags")
            return None
        if isinstance(node, yaml.MappingNode):
            return self._build_mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.build(entry, (*path, place)) for place, entry in enumerate(node.value)]
        return self._build_scalar(node, path)

    def _build_mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, object]:
        built: dict[str, object] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self._report(key_node, path, "a list or mapping as a name", "names that are text")
                continue
            key = str(key_node.value)
            place = (*path, key)
            self._check_characters(key_node, place)
            if key in built:
                first = self.lines[place]
                self._report(
                    key_node, place, f"{key} a second time", f"each name once (line {first})"
                )
                continue
            self.lines[place] = _line(key_node)
            built[key] = self.build(value_node, place)
        return built

    def _build_scalar(self, node: yaml.Node, path: Path) -> object:
        text = str(node.value)
        self._check_characters(node, path)
        is_quoted = isinstance(node, yaml.ScalarNode) and node.style is not None
        return text if is_quoted else _plain_value(text)

    def _check_characters(self, node: yaml.Node, path: Path) -> None:
        wrong = next((c for c in str(node.value) if c == "\0" or "\ud800" <= c <= "\udfff"), None)
        if wrong:
            self._report(node, path, f"the character U+{ord(wrong):04X}", "text that can be stored")

    def _count(self, node: yaml.Node, path: Path) -> None:
        self.values += 1
        if self.values > MOST_VALUES or len(path) > DEEPEST:
            allowed = f"{MOST_VALUES:,} values, nested at most {DEEPEST} deep"
            found = "a file that is too large once its aliases are written out"
            raise DefinitionError([Problem(self.file, _line(node), "", found, allowed)])

    def _report(self, node: yaml.Node, path: Path, found: str, allowed: str) -> None:
        self.problems.append(Problem(self.file, _line(node), show_path(path), found, allowed))


def _plain_value(text: str) -> object:
    if text in _WORDS:
        return _WORDS[text]
    if _WHOLE_NUMBER.fullmatch(text):
        return int(text)
    return float(text) if NUMBER.fullmatch(text) else text


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
