"""The properties that metrics look at, found once for each event."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Label
from sqlalchemy.sql.functions import GenericFunction

from pql.comparison import as_number
from pql.definitions.model import Metric, PropertyFilter
from pql.events.functions import (
    FoundProperties,
    PropertyEntries,
    PropertyExists,
    PropertyNumber,
    PropertyText,
)
from pql.paths import pointers

TEXT, NUMBER, ENTRIES, EXISTS = "text", "number", "entries", "exists"
FUNCTIONS: Mapping[str, type[GenericFunction[Any]]] = {
    TEXT: PropertyText,
    NUMBER: PropertyNumber,
    ENTRIES: PropertyEntries,
    EXISTS: PropertyExists,
}
ORDERS = ("at_least", "at_most", "more_than", "less_than")
FORMS_OF_OPERATORS = {
    **dict.fromkeys(ORDERS, NUMBER),
    **dict.fromkeys(("contains", "starts_with"), TEXT),
    "has": ENTRIES,
    "exists": EXISTS,
}

Read = tuple[str, str]
"""The name of a property, and as what it is read: a key of `FUNCTIONS`."""


def properties_read(metrics: Iterable[Metric]) -> list[Read]:
    """What metrics look at of an event's properties, each once."""
    read = {each for metric in metrics for each in _read_by(metric)}
    return sorted(read)


def form_of(value: object) -> str:
    """As what a property is read to be the same as a value: "5" is the number 5."""
    return TEXT if as_number(value) is None else NUMBER


def number_in(properties: ColumnElement[Any], name: str) -> ColumnElement[float]:
    """One property of a JSON object as a number."""
    found = FoundProperties(properties, *pointers(name))
    return PropertyNumber(found, *_positions([name])[name])


def _read_by(metric: Metric) -> Iterable[Read]:
    if metric.aggregate.property is not None:
        yield metric.aggregate.property, NUMBER
    for condition in metric.where:
        yield from ((condition.property, form) for form in _forms(condition))


def _forms(condition: PropertyFilter) -> set[str]:
    if condition.operator in FORMS_OF_OPERATORS:
        return {FORMS_OF_OPERATORS[condition.operator]}
    wanted = condition.value
    return set(map(form_of, wanted if isinstance(wanted, tuple) else (wanted,)))


def pointers_of(read: Sequence[Read]) -> list[str]:
    """Where the properties may be found, in the order that `read_from` expects."""
    return [pointer for name in _names(read) for pointer in pointers(name)]


def read_from(found: ColumnElement[Any], read: Sequence[Read]) -> list[Label[Any]]:
    """The columns of `Values`: `found` is what lies at `pointers_of(read)`."""
    positions = _positions(_names(read))
    return [
        FUNCTIONS[form](found, *positions[name]).label(f"value_{number}")
        for number, (name, form) in enumerate(read)
    ]


def _names(read: Sequence[Read]) -> list[str]:
    return list(dict.fromkeys(name for name, _ in read))


def _positions(names: Sequence[str]) -> dict[str, list[int]]:
    """The positions of each name's pointers, from 1."""
    number = count(1)
    return {name: [next(number) for _ in pointers(name)] for name in names}


@dataclass(frozen=True, slots=True)
class Values:
    """Properties as they are read: columns of `rows` that `read_from` made, NULL for none."""

    rows: FromClause
    read: Sequence[Read]

    def get(self, name: str | None, form: str) -> ColumnElement[Any]:
        """A property in that form, NULL where it has none; for `exists`, whether it is there."""
        number = next(number for number, each in enumerate(self.read) if each == (name, form))
        return self.rows.c[f"value_{number}"]
