"""An event against a plan. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pql.definitions.problems import show_value
from pql.plans.model import EventPlan, Plan, PropertyPlan
from pql.plans.types import TYPES, type_of

UNPLANNED = "unplanned"
MISSING = "missing"
WRONG_TYPE = "wrong_type"
WRONG_VALUE = "wrong_value"
EXTRA = "extra"
KINDS = (UNPLANNED, MISSING, WRONG_TYPE, WRONG_VALUE, EXTRA)

MADE_BY_SDKS = "$"
"""Properties that begin so are added by SDKs: nobody plans them."""
MOST_NAMES = 10


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that is not as planned. `property` is "" where it is the event itself."""

    kind: str
    property: str
    found: str
    allowed: str

    def __str__(self) -> str:
        place = f"properties.{self.property}" if self.property else "event"
        return f"{place}: found {self.found}; allowed: {self.allowed}"


def violations(plan: Plan, name: str, properties: Mapping[str, object]) -> tuple[Violation, ...]:
    """Everything about an event that is not as planned. A property that is null is missing."""
    event = plan.events.get(name)
    if event is None:
        return (Violation(UNPLANNED, "", f"the event {show_value(name)}", _names(plan.events)),)
    return tuple(_of_properties(event, properties))


def _of_properties(event: EventPlan, properties: Mapping[str, object]) -> Iterator[Violation]:
    if event.properties is None:
        return
    for name, planned in event.properties.items():
        value = properties.get(name)
        if value is not None:
            yield from _of_value(name, value, planned)
        elif planned.required:
            yield Violation(MISSING, name, "none", _wanted(planned))
    for name, value in properties.items():
        if name in event.properties or value is None or name.startswith(MADE_BY_SDKS):
            continue
        yield Violation(EXTRA, name, show_value(value), f"only {_names(event.properties)}")


def _of_value(name: str, value: object, planned: PropertyPlan) -> Iterator[Violation]:
    if not TYPES[planned.type](value):
        found = f"{show_value(value)} ({type_of(value)})"
        yield Violation(WRONG_TYPE, name, found, _wanted(planned))
    elif planned.one_of and not _is_one_of(value, planned.one_of):
        yield Violation(WRONG_VALUE, name, show_value(value), _wanted(planned))


def _is_one_of(value: object, allowed: tuple[object, ...]) -> bool:
    # Python's true equals 1; in JSON they are different things.
    return any(
        value == each and isinstance(value, bool) == isinstance(each, bool) for each in allowed
    )


def _wanted(planned: PropertyPlan) -> str:
    if not planned.one_of:
        return planned.type
    return f"{planned.type}, one of {', '.join(map(show_value, planned.one_of))}"


def _names(names: Mapping[str, object]) -> str:
    listed = ", ".join(show_value(name) for name in list(names)[:MOST_NAMES])
    return f"{listed}, ..." if len(names) > MOST_NAMES else listed or "none"
