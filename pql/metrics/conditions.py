"""Conditions on an event's properties.

A property is compared only with values of its own type: text with text, numbers with numbers, true
and false with themselves. One of another type, or a missing one, meets no condition but `is_not`
(which is exactly what `is` is not) and `exists: false`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, false, func, not_, or_

from pql.definitions.model import PropertyFilter
from pql.metrics.properties import BOOLEAN, EXISTS, NUMBER, Values, form_of


def meets(values: Values, condition: PropertyFilter) -> ColumnElement[bool]:
    """Whether an event meets the condition: true or false, never NULL."""
    return _OPERATORS[condition.operator](values, condition.property, condition.value)


def _is(values: Values, name: str, value: object) -> ColumnElement[bool]:
    return _in(values, name, (value,))


def _is_not(values: Values, name: str, value: object) -> ColumnElement[bool]:
    return not_(_is(values, name, value))


def _in(values: Values, name: str, listed: Any) -> ColumnElement[bool]:
    wanted: Iterable[object] = listed
    return or_(false(), *(_equals(values, name, value) for value in wanted))


def _at_least(values: Values, name: str, value: Any) -> ColumnElement[bool]:
    return func.coalesce(values.get(name, NUMBER) >= float(value), false())


def _at_most(values: Values, name: str, value: Any) -> ColumnElement[bool]:
    return func.coalesce(values.get(name, NUMBER) <= float(value), false())


def _exists(values: Values, name: str, value: object) -> ColumnElement[bool]:
    found = func.coalesce(values.get(name, EXISTS), false())
    return found if value else not_(found)


_OPERATORS: Mapping[str, Callable[[Values, str, object], ColumnElement[bool]]] = {
    "is": _is,
    "is_not": _is_not,
    "in": _in,
    "at_least": _at_least,
    "at_most": _at_most,
    "exists": _exists,
}


def _equals(values: Values, name: str, value: object) -> ColumnElement[bool]:
    form = form_of(value)
    found = values.get(name, form)
    if form == BOOLEAN:
        return func.coalesce(found.is_(value), false())
    return func.coalesce(found == _as(form, value), false())


def _as(form: str, value: Any) -> float | str:
    return float(value) if form == NUMBER else str(value)
