"""A first plan, written from what the event store holds."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, select

from pql.events.schema import events
from pql.events.store import FrameSource
from pql.plans.checking import MADE_BY_SDKS
from pql.plans.schemas import LONGEST_PROPERTY_NAME
from pql.plans.types import common_type, type_of

MOST_EVENTS = 500
"""Names of events: what is seen more rarely is left to people."""
EVENTS_READ = 1_000
"""The newest of each name are looked at."""


@dataclass(frozen=True, slots=True)
class SeenProperty:
    """A property as it was seen: its narrowest common type, and in how many events it was."""

    name: str
    type: str
    present: int


@dataclass(frozen=True, slots=True)
class SeenEvent:
    """An event as it was seen: how often in all, and what the `read` newest of them carried."""

    name: str
    events: int
    read: int
    properties: Sequence[SeenProperty]


def seen_events(store: FrameSource, workspace_id: int) -> list[SeenEvent]:
    """What the workspace recorded, the most frequent event first. Filtered events do not count."""
    return [
        _seen(name, number, _newest(store, workspace_id, name))
        for name, number in _names(store, workspace_id).items()
        if name == name.strip()
    ]


def _names(store: FrameSource, workspace_id: int) -> Mapping[str, int]:
    number = func.count().label("number")
    statement = select(events.c.name, number).where(_planned(workspace_id))
    frequent = statement.group_by(events.c.name).order_by(number.desc(), events.c.name)
    frame = store.frame(frequent.limit(MOST_EVENTS))
    return {
        str(name): int(count) for name, count in zip(frame["name"], frame["number"], strict=True)
    }


def _newest(store: FrameSource, workspace_id: int, name: str) -> list[dict[str, object]]:
    own = select(events.c.properties).where(_planned(workspace_id), events.c.name == name)
    newest = own.order_by(events.c.received_at.desc(), events.c.message_id).limit(EVENTS_READ)
    return [json.loads(properties) for properties in store.frame(newest)["properties"]]


def _planned(workspace_id: int) -> ColumnElement[bool]:
    return and_(
        events.c.workspace_id == workspace_id,
        events.c.kind == "track",
        events.c.filtered.is_(False),
        events.c.is_copy.is_(False),
    )


def _seen(name: str, number: int, read: Sequence[Mapping[str, object]]) -> SeenEvent:
    types: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for properties in read:
        for key, value in _given(properties):
            types[key][type_of(value)] += 1
    found = [SeenProperty(key, common_type(own), own.total()) for key, own in types.items()]
    return SeenEvent(
        name, number, len(read), sorted(found, key=lambda each: (-each.present, each.name))
    )


def _given(properties: Mapping[str, object]) -> Iterable[tuple[str, object]]:
    for key, value in properties.items():
        can_be_planned = key == key.strip() and 0 < len(key) <= LONGEST_PROPERTY_NAME
        if value is not None and can_be_planned and not key.startswith(MADE_BY_SDKS):
            yield key, value
