"""What is wrong with a definition file: where, what was found and what is allowed there."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

LONGEST_SHOWN = 60
MOST_OF_A_KIND = 200
"""Problems that are told of a file which has very many; to tell each takes a while."""

Path = tuple[str | int, ...]
"""From the top of the file: keys of mappings and positions in lists."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend. `field` is a path such as `definitions.trial.criteria[0].metric`."""

    file: str
    line: int
    field: str
    found: str
    allowed: str

    def __str__(self) -> str:
        place = (
            f"{self.file}:{self.line}: {self.field}" if self.field else f"{self.file}:{self.line}"
        )
        return f"{place}: found {self.found}; allowed: {self.allowed}"


class DefinitionError(Exception):
    """A definition file cannot be used. `problems` are all of them, in the order of their lines."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: (problem.line, problem.field)))
        super().__init__("\n".join(str(problem) for problem in self.problems))


def show_path(path: Path) -> str:
    """A path as people write it: `metrics.a.where`, `criteria[0]`."""
    text = "".join(
        f"[{step}]" if isinstance(step, int) else f".{_shortened(step)}" for step in path
    )
    return text.removeprefix(".")


def show_value(value: object) -> str:
    """A value of the file as a problem shows it, cut where it is long."""
    if value is None:
        return "nothing"
    text = json.dumps(value, ensure_ascii=False, default=str)
    return _shortened(text)


def _shortened(text: str) -> str:
    printable = "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text
    )
    return printable if len(printable) <= LONGEST_SHOWN else f"{printable[:LONGEST_SHOWN]}..."
