"""The properties that metrics look at, found once for each event."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Label
from sqlalchemy.sql.functions import GenericFunction

from pql.definitions.model import Metric, PropertyFilter
from pql.events.functions import PropertyBoolean, PropertyExists, PropertyNumber, PropertyText

TEXT, NUMBER, BOOLEAN, EXISTS = "text", "number", "boolean", "exists"
FUNCTIONS: Mapping[str, type[GenericFunction[Any]]] = {
    TEXT: PropertyText,
    NUMBER: PropertyNumber,
    BOOLEAN: PropertyBoolean,
    EXISTS: PropertyExists,
}
FORMS_OF_OPERATORS = {"at_least": NUMBER, "at_most": NUMBER, "exists": EXISTS}

Read = tuple[str, str]
"""The name of a property, and as what it is read: a key of `FUNCTIONS`."""


def properties_read(metrics: Iterable[Metric]) -> list[Read]:
    """What metrics look at of an event's properties, each once."""
    read = {each for metric in metrics for each in _read_by(metric)}
    return sorted(read)


def form_of(value: object) -> str:
    """As what a property is read to be compared with a value."""
    if isinstance(value, bool):  # before numbers: Python's true is also a 1
        return BOOLEAN
    return NUMBER if isinstance(value, int | float) else TEXT


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


def names_of(read: Sequence[Read]) -> list[str]:
    """The names of the properties, each once."""
    return list(dict.fromkeys(name for name, _ in read))


def read_from(found: ColumnElement[Any], read: Sequence[Read]) -> list[Label[Any]]:
    """The columns of `Values`: `found` are the properties `names_of(read)`."""
    position = {name: number for number, name in enumerate(names_of(read), start=1)}
    return [
        FUNCTIONS[form](found, position[name]).label(f"value_{number}")
        for number, (name, form) in enumerate(read)
    ]


@dataclass(frozen=True, slots=True)
class Values:
    """Properties as they are read: columns of `rows` that `read_from` made, NULL for none."""

    rows: FromClause
    read: Sequence[Read]

    def get(self, name: str | None, form: str) -> ColumnElement[Any]:
        """A property where it is of that form, else NULL; for `exists`, whether it is there."""
        number = next(number for number, each in enumerate(self.read) if each == (name, form))
        return self.rows.c[f"value_{number}"]
