"""How much a definition file may ask for: what is measured for each account and decided on it.

Counted on the plain values, before anything else is looked at: a file that is too large costs
nothing more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from pql.definitions.problems import Path, Problem
from pql.definitions.yaml_lines import Document

Found = Iterator[tuple[Path, object]]
"""Values of a file, each with its place."""

SUBJECTS = frozenset({"metric", "trait", "status", "pql", "potential", "usage_score"})
LISTS_OF_NAMES = ("lifecycle", "filters", "accounts")


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many of something. `counted` finds them in the order of the file."""

    what: str
    most: int
    mend: str
    counted: Callable[[Document], Found]

    def problem(self, document: Document) -> Problem | None:
        """Where the file has more: at the line of the first one that is too many."""
        places = [path for path, _ in self.counted(document)]
        if len(places) <= self.most:
            return None
        found = f"{len(places):,} {self.what}"
        allowed = f"{self.most:,} at most; {self.mend}"
        return document.problem(places[self.most], found, allowed)


def find_excesses(document: Document) -> list[Problem]:
    """Every limit that the file exceeds."""
    return [problem for limit in LIMITS if (problem := limit.problem(document)) is not None]


def _entries(document: Document, *path: str) -> Found:
    value = document.find(path)
    for step, entry in _steps(value):
        yield (*path, step), entry


def _metrics(document: Document) -> Found:
    return _entries(document, "metrics")


def _windows(document: Document) -> Found:
    """Each window where it is first named."""
    known: set[str] = set()
    for path, metric in _metrics(document):
        window = " ".join(str(metric.get("window")).split()) if isinstance(metric, dict) else ""
        if window and window not in known:
            known.add(window)
            yield (*path, "window"), window


def _conditions(document: Document) -> Found:
    for path, metric in _metrics(document):
        where = metric.get("where") if isinstance(metric, dict) else None
        for step, condition in _steps(where):
            operators = condition if isinstance(condition, dict) and condition else {"": condition}
            for operator, value in operators.items():
                yield (*path, "where", step, *([operator] if operator else [])), value


def _values(document: Document) -> Found:
    """What conditions compare a property with: each value of their lists."""
    for path, value in _conditions(document):
        yield from _leaves(value, path)


def _properties(document: Document) -> Found:
    """Each property where a metric first looks at it."""
    known: set[object] = set()
    for path, metric in _metrics(document):
        if not isinstance(metric, dict):
            continue
        of_metric = [((*path, "where", step), step) for step, _ in _steps(metric.get("where"))]
        _, of, summed = str(metric.get("aggregate")).partition(" of ")
        of_metric += [((*path, "aggregate"), summed.strip())] if of else []
        for place, name in of_metric:
            if name not in known:
                known.add(name)
                yield place, name


def _definitions(document: Document) -> Found:
    return _entries(document, "definitions")


def _tests(document: Document) -> Found:
    """The tests of all rules, however deep they lie in groups."""
    for section in ("definitions", "potential", "motions", "provisional", "leads"):
        yield from _tested(document.find((section,)), (section,))


def _tested(value: object, path: Path) -> Found:
    if isinstance(value, dict) and not SUBJECTS.isdisjoint(value):
        yield path, value
        return
    for step, entry in _steps(value):
        yield from _tested(entry, (*path, step))


def _activities(document: Document) -> Found:
    return _entries(document, "leads", "activities")


def _names(document: Document) -> Found:
    for section in LISTS_OF_NAMES:
        for path, value in _entries(document, section):
            yield from _leaves(value, path)


def _leaves(value: object, path: Path) -> Found:
    if not isinstance(value, dict | list):
        yield path, value
    for step, entry in _steps(value):
        yield from _leaves(entry, (*path, step))


def _steps(value: object) -> Iterator[tuple[str | int, object]]:
    if isinstance(value, Mapping):
        yield from value.items()
    elif isinstance(value, list):
        yield from enumerate(value)


LIMITS = (
    Limit("metrics", 200, "leave out those that no rule or score names", _metrics),
    Limit("different windows", 30, "let metrics share their windows", _windows),
    Limit("conditions of metrics", 1_000, "ask each metric for fewer properties", _conditions),
    Limit("different properties", 100, "ask for fewer properties of events", _properties),
    Limit("values in conditions of metrics", 2_000, "shorten the lists", _values),
    Limit("definitions", 20, "leave out those that nobody looks at", _definitions),
    Limit("tests in rules", 1_000, "shorten the rules", _tests),
    Limit("activities of leads", 200, "leave out those that say little", _activities),
    Limit("names of the life cycle, filters and accounts", 5_000, "use patterns with *", _names),
)
