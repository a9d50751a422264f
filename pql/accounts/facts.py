"""What events tell about an account's life cycle, as facts with a time. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

from pql.accounts.dates import NotADate, read_date, read_stated
from pql.definitions.model import LifecycleSettings

STATUS = "status"
PLAN = "plan"
TRIAL_STARTED = "trial_started_at"
TRIAL_ENDS = "trial_ends_at"
INTERNAL = "internal"
"""`yes` or `no`: whether everybody known in the account has an internal e-mail address."""
TIMES = (TRIAL_STARTED, TRIAL_ENDS)
NOTE = "note"
"""Something that could not be used; it changes no column."""

TAKEN_AWAY = ""
"""The value of a field that is unknown from then on: the trait that told it is `null` or empty."""
UNREADABLE = "unreadable"
"""The value of a time of the trial that nobody can read: it is unknown, and a `NOTE` says why."""

UNSET_TIME = "0001-01-01"
"""How the text begins that Go and .NET write for a time that was not set."""

FROM_TRAIT = "trait"
FROM_EVENT = "event"
FROM_IMPORT = "import"
FROM_STRIPE = "stripe"

LONGEST_TEXT = 200
_SEPARATORS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Fact:
    """Something learnt, `effective_at` from when on.

    `value` is text; times are ISO 8601, UTC, and a date without a time is that date. A fact that is
    `TAKEN_AWAY` has the `detail` with which those begin that it takes away.
    """

    field: str
    value: str
    effective_at: datetime
    known_from: str
    detail: str

    @property
    def time(self) -> datetime | None:
        """The time that it states, of a field that holds times; None where that is unknown.

        Of a date without a time it is naive: see `lifecycle.stated_time`.
        """
        is_known = self.value not in {TAKEN_AWAY, UNREADABLE}
        return datetime.fromisoformat(self.value) if is_known else None

    def takes_away(self, other: Fact) -> bool:
        """Whether it says that the other one is not known any more, which its trait told.

        A plan may have told a status, too.
        """
        is_about_it = other.field == self.field or (self.field, other.field) == (PLAN, STATUS)
        is_told_by_it = other.detail == self.detail or other.detail.startswith(f"{self.detail} = ")
        return self.value == TAKEN_AWAY and is_about_it and is_told_by_it


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
        import says counts each time: its rows carry their own dates and come in any order. `None`
        is a trait that was taken away.
        """
        return [
            fact
            for field, names in self._traits.items()
            for name in names
            if name in traits
            and (known_from == FROM_IMPORT or name not in before or traits[name] != before[name])
            for fact in self._from_trait(field, name, traits[name], at, known_from)
        ]

    def unreadable_time(self, traits: Mapping[str, Any]) -> str | None:
        """What is wrong with the first time of the trial among the traits that nobody can read."""
        for name in chain.from_iterable(self._traits.get(field, ()) for field in TIMES):
            try:
                if not _is_none(traits.get(name)):
                    read_date(traits[name])
            except NotADate as error:
                return f"{name}: {error}"
        return None

    def _from_trait(
        self, field: str, name: str, value: object, at: datetime, known_from: str
    ) -> Iterator[Fact]:
        detail = f"trait {name}"[:LONGEST_TEXT]
        if field in TIMES:
            yield from _from_date(field, name, value, at, known_from)
        elif _is_none(value):
            yield Fact(field, TAKEN_AWAY, at, known_from, detail)
        elif isinstance(value, str | int | float):
            yield from self._from_text(field, str(value)[:LONGEST_TEXT], at, known_from, detail)

    def _from_text(
        self, field: str, text: str, at: datetime, known_from: str, detail: str
    ) -> Iterator[Fact]:
        if field == PLAN:
            yield Fact(PLAN, text, at, known_from, detail)
        status = self._values.get(text.strip().casefold())
        if status is not None:
            yield Fact(STATUS, status, at, known_from, f"{detail} = {text}"[:LONGEST_TEXT])


def from_import(stated: Mapping[str, str], at: datetime) -> list[Fact]:
    """What an imported row says outright: the fields of a life cycle by our names."""
    return [
        fact
        for field, value in stated.items()
        for fact in (
            _from_date(field, field, value, at, FROM_IMPORT)
            if field in TIMES
            else (Fact(field, value[:LONGEST_TEXT], at, FROM_IMPORT, "imported row"),)
        )
    ]


def _from_date(
    field: str, name: str, value: object, at: datetime, known_from: str
) -> Iterator[Fact]:
    detail = "imported row" if known_from == FROM_IMPORT else f"trait {name}"[:LONGEST_TEXT]
    if _is_none(value):
        yield Fact(field, TAKEN_AWAY, at, known_from, detail)
        return
    try:
        yield Fact(field, read_stated(value), at, known_from, detail)
    except NotADate as error:
        text = str(value)[:LONGEST_TEXT]
        yield Fact(field, UNREADABLE, at, known_from, f"{detail} = {text}"[:LONGEST_TEXT])
        yield Fact(NOTE, text, at, known_from, f"{name}: {error}"[:LONGEST_TEXT])


def _is_none(value: object) -> bool:
    return value is None or value == "" or (isinstance(value, str) and value.startswith(UNSET_TIME))
