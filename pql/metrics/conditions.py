"""Conditions on an event's properties.

A property is compared only with values of its own type: text with text, numbers with numbers, true
and false with themselves. One of another type, or a missing one, meets no condition but `is_not`
(which is exactly what `is` is not) and `exists: false`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlalchemy import Column, ColumnElement, false, func, not_, or_

from pql.definitions.model import PropertyFilter
from pql.events.functions import PropertyBoolean, PropertyExists, PropertyNumber, PropertyText


def meets(properties: Column[Any], condition: PropertyFilter) -> ColumnElement[bool]:
    """Whether an event meets the condition: true or false, never NULL."""
    return _OPERATORS[condition.operator](properties, condition.property, condition.value)


def _is(properties: Column[Any], name: str, value: object) -> ColumnElement[bool]:
    return func.coalesce(_equals(properties, name, value), false())


def _is_not(properties: Column[Any], name: str, value: object) -> ColumnElement[bool]:
    return not_(_is(properties, name, value))


def _in(properties: Column[Any], name: str, values: Any) -> ColumnElement[bool]:
    listed: Iterable[object] = values
    return or_(false(), *(_is(properties, name, value) for value in listed))


def _at_least(properties: Column[Any], name: str, value: Any) -> ColumnElement[bool]:
    return func.coalesce(PropertyNumber(properties, name) >= float(value), false())


def _at_most(properties: Column[Any], name: str, value: Any) -> ColumnElement[bool]:
    return func.coalesce(PropertyNumber(properties, name) <= float(value), false())


def _exists(properties: Column[Any], name: str, value: object) -> ColumnElement[bool]:
    found = PropertyExists(properties, name)
    return found if value else not_(found)


_OPERATORS: Mapping[str, Callable[[Column[Any], str, object], ColumnElement[bool]]] = {
    "is": _is,
    "is_not": _is_not,
    "in": _in,
    "at_least": _at_least,
    "at_most": _at_most,
    "exists": _exists,
}


def _equals(properties: Column[Any], name: str, value: object) -> ColumnElement[bool]:
    if isinstance(value, bool):  # before numbers: Python's true is also a 1
        return PropertyBoolean(properties, name).is_(value)
    if isinstance(value, int | float):
        return PropertyNumber(properties, name) == float(value)
    return PropertyText(properties, name) == str(value)
