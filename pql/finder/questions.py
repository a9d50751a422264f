"""What is measured of each unit: events by aggregates by windows, and which of them there are."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from pql.definitions.grammar import write_aggregate
from pql.definitions.model import ANY_EVENT, Aggregate, Metric, Window
from pql.events.schema import ACTIVITY_KINDS, events
from pql.events.store import EventStore
from pql.finder.alarms import NotSearched
from pql.finder.columns import Column
from pql.metrics.recorded import recorded_events

MOST_EVENTS = 12
"""The most frequent ones are searched where nobody names any."""
WINDOWS = (1, 3, 7, 14)
LOOKED_AT = 1_000
"""Events of a name whose properties tell which of them are numbers."""
USUAL_SHARE = 0.05
"""Of these events that have a number for the property, for it to be summed."""
MOST_PROPERTIES = 5
LONGEST_NAME = 90

ACCOUNTS, CONTACTS = UNITS = "accounts", "contacts"
COUNT, DAYS = Aggregate("count"), Aggregate("distinct_days")
PEOPLE = Aggregate("distinct_contacts")


class EventNotRecorded(ValueError):
    """An event that was asked for was never recorded."""


class WindowTooLong(ValueError):
    """A window would look beyond the age at which units are judged."""


@dataclass(frozen=True, slots=True)
class Questions:
    """`events` by name, each with the properties to sum; `windows` in days, shortest first.

    `not_asked` are the other events that were recorded.
    """

    events: Mapping[str, tuple[str, ...]]
    windows: tuple[int, ...]
    unit: str
    not_asked: tuple[NotSearched, ...] = ()

    @property
    def names(self) -> list[str]:
        """The events and, last, any of the product's."""
        return [*self.events, ANY_EVENT]

    @property
    def sums(self) -> list[tuple[str, str]]:
        """Each event and property to sum, in order."""
        return [(name, each) for name, properties in self.events.items() for each in properties]

    @property
    def summed(self) -> dict[str, list[str]]:
        """Each property to sum, with the events it is summed for."""
        names: dict[str, list[str]] = {}
        for name, each in self.sums:
            names.setdefault(each, []).append(name)
        return names

    def aggregates(self, event: str) -> list[Aggregate]:
        """What is asked of an event. A contact is one person."""
        people = [PEOPLE] if self.unit == ACCOUNTS else []
        sums = [Aggregate("sum", property=each) for each in self.events.get(event, ())]
        return [COUNT, *people, DAYS, *sums]

    def columns(self) -> Iterator[Column]:
        """A column for each event, aggregate and window, in this order."""
        for event in self.names:
            for aggregate in self.aggregates(event):
                for days in self.windows:
                    yield _column(event, aggregate, days, is_longest=days == self.windows[-1])


def choose_questions(
    store: EventStore,
    workspace_id: int,
    *,
    days: int,
    unit: str,
    events_wanted: Sequence[str] | None = None,
    windows: Sequence[int] | None = None,
    never: Collection[str] = (),
    known_at_start: Collection[str] = (),
) -> Questions:
    """The events and windows to search.

    Args:
        days: the age at which units are judged; windows are at most as long.
        never: events that change the life cycle: they are the outcome, not its cause. Names are
            compared without case and separators.
        known_at_start: events that somebody knows to come before the outcome.

    Raises:
        EventNotRecorded: see there.
        WindowTooLong: see there.
    """
    recorded = recorded_events(store, workspace_id).sort_values(
        ["events", "name"], ascending=[False, True]
    )
    known = [str(name) for name in recorded["name"]]
    _require_known([*(events_wanted or ()), *known_at_start], known)
    plain = {_plain(name) for name in never}
    changing = [name for name in known if _plain(name) in plain]
    usual = [name for name in known if name not in changing][:MOST_EVENTS]
    asked = list(events_wanted or usual)
    if windows and max(windows) > days:
        raise WindowTooLong(f"a window of {max(windows)} days is longer than {days} days")
    chosen = windows or ({each for each in WINDOWS if each <= days} | {days})
    return Questions(
        {name: _numeric_properties(store, workspace_id, name) for name in asked},
        tuple(sorted(set(chosen))),
        unit,
        tuple(_not_asked(known, asked, changing, is_named=bool(events_wanted))),
    )


def _require_known(names: Collection[str], known: Collection[str]) -> None:
    if unknown := sorted(set(names) - set(known)):
        raise EventNotRecorded(f"never recorded: {', '.join(unknown)}")


def _not_asked(
    known: Sequence[str], asked: Sequence[str], changing: Sequence[str], *, is_named: bool
) -> Iterator[NotSearched]:
    rest = "is not among those that were named"
    if not is_named:
        rest = f"is not among the {MOST_EVENTS} most frequent events: name it to have it searched"
    for name in known:
        if name not in asked:
            why = "changes the life cycle: it is the outcome, not its cause"
            yield NotSearched(name, f"{name} {why if name in changing else rest}.")


def _column(event: str, aggregate: Aggregate, days: int, *, is_longest: bool) -> Column:
    window = Window("first", days)
    phrase = "" if aggregate == COUNT else f" {write_aggregate(aggregate)}"
    name = re.sub(r"\W+", "_", f"{event}{phrase}").strip("_").lower()[:LONGEST_NAME]
    name = f"{name}_in_{days}_days" if days > 1 else f"{name}_in_1_day"
    return Column(
        name=name,
        source=event,
        metric=Metric(name, event, aggregate, window),
        is_guess=is_longest and aggregate == COUNT,
        is_timed=True,
    )


def _numeric_properties(store: EventStore, workspace_id: int, name: str) -> tuple[str, ...]:
    """The properties that are usually numbers, but ids, by name."""
    some = (
        select(events.c.properties)
        .where(
            events.c.workspace_id == workspace_id,
            events.c.name == name,
            events.c.kind.in_(ACTIVITY_KINDS),
        )
        .order_by(events.c.message_digest)
        .limit(LOOKED_AT)
    )
    found: dict[str, int] = {}
    texts = store.frame(some)["properties"]
    for text in texts:
        for key, value in json.loads(text).items():
            if isinstance(value, int | float) and not isinstance(value, bool):
                found[key] = found.get(key, 0) + 1
    usual = [key for key, times in found.items() if times >= USUAL_SHARE * len(texts)]
    return tuple(sorted(key for key in usual if not key.lower().endswith("id")))[:MOST_PROPERTIES]


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).lower()
