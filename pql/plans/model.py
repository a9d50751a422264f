"""The values a tracking plan is read into. All frozen; made by `reading.py`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

ALLOW = "allow"
QUARANTINE = "quarantine"


@dataclass(frozen=True, slots=True)
class PropertyPlan:
    """What a property must be. `type` is a name of `types.TYPES`; no `one_of` means any value."""

    type: str
    required: bool = False
    one_of: tuple[object, ...] = ()
    description: str = ""


@dataclass(frozen=True, slots=True)
class EventPlan:
    """What an event must carry. `properties` is `None` where it may carry anything."""

    properties: Mapping[str, PropertyPlan] | None = None
    description: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """The expected events by name. `on_violation`: other events are let in, or quarantined."""

    events: Mapping[str, EventPlan]
    on_violation: str = ALLOW
