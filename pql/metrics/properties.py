"""The properties that metrics look at, found once for each event."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Label
from sqlalchemy.sql.functions import GenericFunction

from pql.definitions.model import Metric
from pql.events.functions import PropertyBoolean, PropertyExists, PropertyNumber, PropertyText

FORMS: Mapping[str, type[GenericFunction[Any]]] = {
    "text": PropertyText,
    "number": PropertyNumber,
    "boolean": PropertyBoolean,
    "exists": PropertyExists,
}


def properties_read(metrics: Iterable[Metric]) -> list[str]:
    """The names of the properties that metrics look at, each once."""
    names = {condition.property for metric in metrics for condition in metric.where}
    summed = {metric.aggregate.property for metric in metrics} - {None}
    return sorted(names.union(name for name in summed if name is not None))


def forms_of(found: ColumnElement[Any], names: Sequence[str]) -> list[Label[Any]]:
    """What each of the found properties is as text, as a number and so on: columns for `Values`."""
    return [
        function(found, position).label(f"{form}_{position}")
        for position, _ in enumerate(names, start=1)
        for form, function in FORMS.items()
    ]


@dataclass(frozen=True, slots=True)
class Values:
    """Properties by name, as columns of `rows` that `forms_of` made."""

    rows: FromClause
    names: Sequence[str]

    def text(self, name: str) -> ColumnElement[str]:
        """The property where it is text, else NULL."""
        return self._form("text", name)

    def number(self, name: str | None) -> ColumnElement[float]:
        """The property where it is a number, else NULL."""
        return self._form("number", name)

    def boolean(self, name: str) -> ColumnElement[bool]:
        """The property if true or false, else NULL."""
        return self._form("boolean", name)

    def exists(self, name: str) -> ColumnElement[bool]:
        """Whether the event has the property, and not as null; NULL where it was not looked at."""
        return self._form("exists", name)

    def _form(self, form: str, name: str | None) -> ColumnElement[Any]:
        position = next(number for number, each in enumerate(self.names, start=1) if each == name)
        return self.rows.c[f"{form}_{position}"]
