"""What a definition file asks for that a workspace never sent, or sent in a form it cannot use."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from pql.comparison import folded
from pql.definitions.model import ANY_EVENT, DefinitionFile, Metric
from pql.definitions.problems import Path, show_path
from pql.definitions.yaml_lines import Document
from pql.events.functions import FoundProperties
from pql.events.schema import ACTIVITY_KINDS, events
from pql.events.store import EventStore
from pql.metrics.properties import (
    EXISTS,
    NUMBER,
    ORDERS,
    Values,
    pointers_of,
    properties_read,
    read_from,
)
from pql.metrics.recorded import recorded_events
from pql.paths import DOT, value_at
from pql.state.models import Account, Contact
from pql.words import counted

LOOKED_AT = 2_000
"""So many of the newest accounts, people or events of a name tell what traits and properties are
called."""
PEOPLE = ("leads", "role")
"""Where a file asks for the traits of people, and not of accounts."""

Named = Iterator[tuple[Path, str]]


@dataclass(frozen=True, slots=True)
class Workspace:
    """Where is looked for what a file names."""

    store: EventStore
    session: Session
    id: int


def find_unknown_to(workspace: Workspace, file: DefinitionFile, document: Document) -> list[str]:
    """Each thing that the file names and the workspace does not know, a sentence with its line.

    Looked at is what the file itself names, not what it leaves at its default.
    """
    names = recorded_events(workspace.store, workspace.id)["name"].tolist()
    found = [
        *_never_recorded(names, document),
        *_traits_never_seen(workspace, document),
        *_properties(workspace, file, set(names), document),
    ]
    return list(dict.fromkeys(found))


def _never_recorded(names: list[str], document: Document) -> Iterator[str]:
    for path, name in _events_named(document):
        if name != ANY_EVENT and name not in names:
            yield _told(document, path, f"no event {name} was ever recorded{_close(name, names)}")


def _events_named(document: Document) -> Named:
    for path in (("metrics",), ("leads", "activities")):
        section = document.find(path)
        places: Iterable[Any] = section if isinstance(section, dict) else range(len(_list(section)))
        for place in places:
            event = document.find((*path, place, "event"))
            if isinstance(event, str):
                yield (*path, place, "event"), event.strip()
    moves = document.find(("leads", "events"))
    yield from ((("leads", "events", name), name) for name in _mapping(moves))


def _traits_never_seen(workspace: Workspace, document: Document) -> Iterator[str]:
    named = list(_traits_named(document.value, ()))
    asked_for = {name for path, name in named if "exists" in _mapping(document.find(path[:-1]))}
    seen = {kind: list(_newest_traits(workspace, kind)) for kind in (Account, Contact)}
    for path, name in named:
        kind = Contact if path[:2] == PEOPLE else Account
        if name in asked_for or any(value_at(traits, name) is not None for traits in seen[kind]):
            continue
        whose = "person" if kind is Contact else "account"
        said = f"no {whose} has the trait {name}{_close(name, _called(seen[kind]))}"
        yield _told(document, path, said)


def _traits_named(value: object, path: Path) -> Named:
    for step, entry in _steps(value):
        if step == "trait" and isinstance(entry, str):
            yield (*path, step), entry.strip()
        yield from _traits_named(entry, (*path, step))


def _newest_traits(
    workspace: Workspace, kind: type[Account] | type[Contact]
) -> Iterator[Mapping[str, Any]]:
    own = select(kind.traits).where(kind.workspace_id == workspace.id)
    newest = own.order_by(kind.last_seen_at.desc(), kind.id).limit(LOOKED_AT)
    return (traits for traits in workspace.session.scalars(newest) if isinstance(traits, dict))


def _properties(
    workspace: Workspace, file: DefinitionFile, recorded: set[str], document: Document
) -> Iterator[str]:
    for name, metric in file.metrics.items():
        if metric.event != ANY_EVENT and metric.event not in recorded:
            continue
        for asked, (present, numbers) in _counts(workspace, metric).items():
            path = ("metrics", name)
            if not present:
                close = _close(asked, _called(_newest_properties(workspace, metric)))
                said = f"no event {metric.event} has the property {asked}{close}"
                yield _told(document, path, said)
            elif asked in _as_numbers(metric) and numbers < present:
                of = counted(present, "event")
                said = f"{asked} is no number in {present - numbers:,} of {of}: they do not count"
                yield _told(document, path, said)


def _counts(workspace: Workspace, metric: Metric) -> dict[str, tuple[int, int]]:
    """In how many events each property is that a metric looks at, and in how many a number."""
    names = sorted({name for name, _ in properties_read([metric])})
    if not names:
        return {}
    read = [(name, form) for name in names for form in (EXISTS, NUMBER)]
    found = FoundProperties(events.c.properties, *pointers_of(read)).label("found")
    rows = select(found).where(*_of(workspace, metric)).subquery("rows_found")
    values = select(*read_from(rows.c.found, read)).subquery("values_found")
    looked_at = Values(values, read)
    columns = [
        count.label(f"{form}_{number}")
        for number, name in enumerate(names)
        for form, count in (
            (EXISTS, func.count().filter(looked_at.get(name, EXISTS))),
            (NUMBER, func.count(looked_at.get(name, NUMBER))),
        )
    ]
    row = workspace.store.frame(select(*columns).select_from(values)).iloc[0]
    return {
        name: (int(row[f"{EXISTS}_{number}"]), int(row[f"{NUMBER}_{number}"]))
        for number, name in enumerate(names)
    }


def _newest_properties(workspace: Workspace, metric: Metric) -> Iterator[Mapping[str, Any]]:
    own = select(events.c.properties).where(*_of(workspace, metric))
    newest = own.order_by(events.c.received_at.desc(), events.c.message_id).limit(LOOKED_AT)
    read = (json.loads(each) for each in workspace.store.frame(newest)["properties"])
    return (properties for properties in read if isinstance(properties, dict))


def _of(workspace: Workspace, metric: Metric) -> list[ColumnElement[bool]]:
    named = [] if metric.event == ANY_EVENT else [events.c.name == metric.event]
    own = [
        events.c.workspace_id == workspace.id,
        events.c.kind.in_(ACTIVITY_KINDS),
        events.c.filtered.is_(False),
        events.c.is_copy.is_(False),
    ]
    return [*own, *named]


def _as_numbers(metric: Metric) -> set[str | None]:
    ordered = {each.property for each in metric.where if each.operator in ORDERS}
    return {metric.aggregate.property, *ordered}


def _called(seen: Iterable[Mapping[str, Any]]) -> list[str]:
    """The names of what was seen, with those of what is nested."""
    names: dict[str, None] = {}
    for values in seen:
        for name, value in values.items():
            names[name] = None
            names.update(dict.fromkeys(f"{name}{DOT}{inner}" for inner in _mapping(value)))
    return list(names)


def _close(name: str, known: Iterable[str]) -> str:
    """`; did you mean message_sent?`, in whatever case it is written."""
    spelt = {folded(each): each for each in known}
    close = get_close_matches(folded(name), spelt, n=1)
    return f"; did you mean {spelt[close[0]]}?" if close else ""


def _told(document: Document, path: Path, said: str) -> str:
    nearest = path
    while nearest and nearest not in document.lines:
        nearest = nearest[:-1]
    return f"{document.file}:{document.lines.get(nearest, 1)}: {show_path(path)}: {said}"


def _steps(value: object) -> Iterator[tuple[str | int, object]]:
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list):
        yield from enumerate(value)


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
