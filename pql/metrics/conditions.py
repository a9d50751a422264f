"""Conditions on an event's properties.

They are compared as the traits of rules are (`pql.comparison`). A list or an object, or a missing
property, meets no condition but `has`, `is_not` (which is exactly what `is` is not) and
`exists: false`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from operator import ge, gt, le, lt
from typing import Any

from sqlalchemy import ColumnElement, false, func, not_, or_

from pql.comparison import as_number, as_text, entry_key
from pql.definitions.model import PropertyFilter
from pql.events.functions import HasEntry
from pql.metrics.properties import ENTRIES, EXISTS, NUMBER, TEXT, Values, form_of

Condition = Callable[[Values, str, Any], ColumnElement[bool]]


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


def _ordered(compare: Callable[[Any, float], ColumnElement[bool]]) -> Condition:
    def meets_order(values: Values, name: str, value: Any) -> ColumnElement[bool]:
        return func.coalesce(compare(values.get(name, NUMBER), float(value)), false())

    return meets_order


def _contains(values: Values, name: str, value: object) -> ColumnElement[bool]:
    return func.coalesce(func.contains(values.get(name, TEXT), as_text(value)), false())


def _starts_with(values: Values, name: str, value: object) -> ColumnElement[bool]:
    return func.coalesce(func.starts_with(values.get(name, TEXT), as_text(value)), false())


def _has(values: Values, name: str, value: object) -> ColumnElement[bool]:
    return HasEntry(values.get(name, ENTRIES), entry_key(value))


def _exists(values: Values, name: str, value: object) -> ColumnElement[bool]:
    found = func.coalesce(values.get(name, EXISTS), false())
    return found if value else not_(found)


_OPERATORS: Mapping[str, Condition] = {
    "is": _is,
    "is_not": _is_not,
    "in": _in,
    "at_least": _ordered(ge),
    "at_most": _ordered(le),
    "more_than": _ordered(gt),
    "less_than": _ordered(lt),
    "contains": _contains,
    "starts_with": _starts_with,
    "has": _has,
    "exists": _exists,
}


def _equals(values: Values, name: str, value: object) -> ColumnElement[bool]:
    form = form_of(value)
    wanted = as_number(value) if form == NUMBER else as_text(value)
    return func.coalesce(values.get(name, form) == wanted, false())
