"""What events tell about an account's life cycle, as facts with a time. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pql.accounts.dates import NotADate, read_date
from pql.definitions.model import LifecycleSettings

STATUS = "status"
PLAN = "plan"
TRIAL_STARTED = "trial_started_at"
TRIAL_ENDS = "trial_ends_at"
INTERNAL = "internal"
"""`yes` or `no`: whether everybody known in the account has an internal e-mail address."""
NOTE = "note"
"""Something that could not be used; it changes no column."""

FROM_TRAIT = "trait"
FROM_EVENT = "event"
FROM_IMPORT = "import"
FROM_STRIPE = "stripe"

LONGEST_TEXT = 200
_SEPARATORS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Fact:
    """Something learnt. `value` is text; times are ISO 8601. `effective_at`: from when on."""

    field: str
    value: str
    effective_at: datetime
    known_from: str
    detail: str


def event_key(name: str) -> str:
    """An event's name without case and separators, for comparing."""
    return _SEPARATORS.sub("", name).casefold()


class FactReader:
    """Reads facts out of traits, event names and imported rows by a workspace's settings."""

    def __init__(self, settings: LifecycleSettings) -> None:
        self._traits = settings.traits
        self._values = {value.casefold(): status for value, status in settings.values.items()}
        self._events = {event_key(name): status for name, status in settings.events.items()}
        self._known_names: dict[str, bool] = {}

    def tells(self, name: str) -> bool:
        """Whether an event of this name starts a status."""
        if name not in self._known_names:
            self._known_names[name] = event_key(name) in self._events
        return self._known_names[name]

    def from_event(self, name: str, at: datetime, known_from: str = FROM_EVENT) -> Fact:
        """The status that an event starts, one whose name `tells`."""
        status = self._events[event_key(name)]
        return Fact(STATUS, status, at, known_from, f"event {name}"[:LONGEST_TEXT])

    def from_traits(
        self, traits: Mapping[str, Any], before: Mapping[str, Any], at: datetime, known_from: str
    ) -> list[Fact]:
        """What the traits say that those the account had `before` did not say.

        A product that repeats `plan: trial` at each login must not undo a subscription. What an
        import says counts each time: its rows carry their own dates and come in any order.
        """
        return [
            fact
            for field, names in self._traits.items()
            for name in names
            if traits.get(name) is not None
            and (known_from == FROM_IMPORT or traits[name] != before.get(name))
            for fact in self._from_trait(field, name, traits[name], at, known_from)
        ]

    def _from_trait(
        self, field: str, name: str, value: object, at: datetime, known_from: str
    ) -> Iterator[Fact]:
        detail = f"trait {name}"[:LONGEST_TEXT]
        if field in {TRIAL_STARTED, TRIAL_ENDS}:
            yield _from_date(field, name, value, at, known_from)
            return
        if not isinstance(value, str | int | float):
            return
        text = str(value)[:LONGEST_TEXT]
        if field == PLAN:
            yield Fact(PLAN, text, at, known_from, detail)
        status = self._values.get(text.strip().casefold())
        if status is not None:
            yield Fact(STATUS, status, at, known_from, f"{detail} = {text}"[:LONGEST_TEXT])


def from_import(stated: Mapping[str, str], at: datetime) -> list[Fact]:
    """What an imported row says outright: the fields of a life cycle by our names."""
    return [
        _from_date(field, field, value, at, FROM_IMPORT)
        if field in {TRIAL_STARTED, TRIAL_ENDS}
        else Fact(field, value[:LONGEST_TEXT], at, FROM_IMPORT, "imported row")
        for field, value in stated.items()
    ]


def _from_date(field: str, name: str, value: object, at: datetime, known_from: str) -> Fact:
    detail = "imported row" if known_from == FROM_IMPORT else f"trait {name}"
    try:
        return Fact(field, read_date(value).isoformat(), at, known_from, detail[:LONGEST_TEXT])
    except NotADate as error:
        said = f"{name}: {error}"[:LONGEST_TEXT]
        return Fact(NOTE, str(value)[:LONGEST_TEXT], at, known_from, said)
