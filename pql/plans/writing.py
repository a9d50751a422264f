"""What was seen as the text of a plan, for people to go on from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import yaml

from pql.plans.inferring import SeenEvent, SeenProperty

MOST_PROPERTIES = 3_000
LONGEST_PLAN = 200_000
"""Properties and characters of a plan: a file of more could not be applied."""
LEAST_READ = 10
"""Events that must have been seen before a property is called required."""

LONGEST_LINE = 1_000_000
"""A name is never broken into two lines."""

_SIMPLE = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_WORDS = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})


def plan_text(seen: Sequence[SeenEvent]) -> str:
    """A plan in YAML that all that was seen fits. Comments say how often each thing was there."""
    return "".join(f"{line}\n" for line in _lines(seen))


def _lines(seen: Sequence[SeenEvent]) -> Iterator[str]:
    yield "# Written from the events that were seen. Read it through before you apply it."
    yield "on_violation: allow"
    if not seen:
        yield "events: {}"
        return
    yield "events:"
    left_out, properties, characters = 0, MOST_PROPERTIES, LONGEST_PLAN
    for event in seen:
        lines = list(_event(event))
        size = sum(map(len, lines))
        if len(event.properties) > properties or size > characters:
            left_out += 1
            continue
        properties, characters = properties - len(event.properties), characters - size
        yield from lines
    if left_out:
        yield f"  # No room for {left_out} more events."


def _event(event: SeenEvent) -> Iterator[str]:
    yield f"  {_name(event.name)}:  # {event.events:,} events"
    if not event.properties:
        yield "    properties: {}"
        return
    yield "    properties:"
    for seen in event.properties:
        yield f"      {_name(seen.name)}: {{{_wanted(seen, event)}}}  # {_share(seen, event)}"


def _wanted(seen: SeenProperty, event: SeenEvent) -> str:
    is_always_there = seen.present == event.read >= LEAST_READ
    return f"type: {seen.type}, required: true" if is_always_there else f"type: {seen.type}"


def _share(seen: SeenProperty, event: SeenEvent) -> str:
    return f"in {seen.present / event.read:.0%} of {event.read:,}"


def _name(name: str) -> str:
    if _SIMPLE.fullmatch(name) and name.lower() not in _WORDS:
        return name
    quoted = yaml.safe_dump(name, default_style='"', allow_unicode=True, width=LONGEST_LINE)
    return str(quoted).strip()
