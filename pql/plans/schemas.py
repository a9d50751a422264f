"""The shape of a tracking plan: marshmallow schemas that load into the model."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, post_load

from pql.definitions.fields import (
    Described,
    Section,
    Shape,
    checked,
    choice,
    read_list,
    read_mapping,
    read_text,
    refuse,
    text,
    truth,
)
from pql.definitions.shapes import NULL, list_of, mapping_of, section_shape
from pql.plans.model import ALLOW, QUARANTINE, EventPlan, Plan, PropertyPlan
from pql.plans.types import TYPES

LONGEST_EVENT_NAME = 512
LONGEST_PROPERTY_NAME = 200
EVENTS = "a mapping of event names to what they carry"
PROPERTIES = "a mapping of property names to what they must be"
VALUES = "a list of values"


def _read_one_of(value: object) -> tuple[object, ...]:
    return read_list(value, VALUES, _read_value, least=1)


def _read_value(value: object) -> object:
    return checked(value if isinstance(value, str | int | float) else None, "text or a number")


class PropertySchema(Section):
    """What a property must be."""

    type = choice(tuple(TYPES), required=True)
    required = truth(about="The event must carry it", load_default=False)
    one_of = Described(
        VALUES,
        _read_one_of,
        shape=list_of({"type": ["string", "number", "boolean"]}, least=1),
        about="What it may be",
        load_default=(),
    )
    description = text(about="For people", load_default="")

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> PropertyPlan:
        fits = TYPES[data["type"]]
        wrong = {
            place: ["a value of the type " + data["type"]]
            for place, value in enumerate(data["one_of"])
            if not fits(value)
        }
        if wrong:
            raise ValidationError({"one_of": wrong})
        return PropertyPlan(**data)


def _read_properties(value: object) -> dict[str, PropertyPlan]:
    return read_mapping(value, PROPERTIES, _read_property)


def _read_property(name: str, value: Any) -> PropertyPlan:
    _check_name(name, LONGEST_PROPERTY_NAME)
    planned: PropertyPlan = PropertySchema().load(value)
    return planned


def _name_shape(longest: int) -> Shape:
    return {"pattern": r"^\S([\s\S]*\S)?$", "maxLength": longest}


class EventSchema(Section):
    """What an event carries."""

    properties = Described(
        PROPERTIES,
        _read_properties,
        shape=mapping_of(section_shape(PropertySchema), _name_shape(LONGEST_PROPERTY_NAME)),
        about="All that the event may carry; without it, anything",
        load_default=None,
    )
    description = text(about="For people", load_default="")

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> EventPlan:
        return EventPlan(**data)


def _read_event(name: str, value: Any) -> EventPlan:
    _check_name(name, LONGEST_EVENT_NAME)
    planned: EventPlan = EventSchema().load({} if value is None else value)
    return planned


def _check_name(name: str, longest: int) -> None:
    if read_text(name, longest) != name:
        allowed = f"1 to {longest} characters without a space at either end"
        raise refuse("such a name", allowed)


class PlanSchema(Section):
    """A whole plan."""

    events = Described(
        EVENTS,
        lambda value: read_mapping(value, EVENTS, _read_event),
        shape=mapping_of(
            {"anyOf": [section_shape(EventSchema), NULL]}, _name_shape(LONGEST_EVENT_NAME)
        ),
        required=True,
    )
    on_violation = choice(
        (ALLOW, QUARANTINE), about="What becomes of other events", load_default=ALLOW
    )

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Plan:
        return Plan(**data)
