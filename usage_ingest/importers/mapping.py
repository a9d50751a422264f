"""What a mapping file says: for each field of ours, where in the customer's file it comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Field:
    """Where a value comes from: a column of the file, or the same `value` for every row.

    `type` is auto, text, number, boolean or time; `auto` reads text that is a plain number as one.
    """

    column: str | None = None
    value: object = None
    type: str = "auto"


@dataclass(frozen=True, slots=True)
class Activity:
    """Something a lead did: left out of a row where the event or its time is missing."""

    event: Field
    time: Field


@dataclass(frozen=True, slots=True)
class Formats:
    """How cells are written. Empty cells are always missing; `missing` lists what else means that.

    `time_format` is `iso`, `unix` (seconds), `unix_milliseconds` or a format of `strptime`;
    `time_zone` is the zone of times that name none; `None` is that of the workspace.
    """

    missing: frozenset[str] = frozenset()
    time_format: str = "iso"
    time_zone: ZoneInfo | None = None
    decimal: str = "."


@dataclass(frozen=True, slots=True)
class RowMapping:
    """How the rows of one file are read. `kind` is accounts, events, outcomes or leads.

    `fields` are ours by name, `extras` the properties (events) or traits (accounts, leads).
    """

    kind: str
    fields: Mapping[str, Field]
    required: frozenset[str]
    extras: Mapping[str, Field] = field(default_factory=dict)
    activities: tuple[Activity, ...] = ()
    formats: Formats = field(default_factory=Formats)

    def in_zone(self, zone: ZoneInfo) -> RowMapping:
        """The mapping, with this zone for times that name none where it does not say another."""
        formats = replace(self.formats, time_zone=self.formats.time_zone or zone)
        return replace(self, formats=formats)

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column the mapping names, each once, in the order of the mapping."""
        return tuple(dict.fromkeys(used.column for used in self._used() if used.column is not None))

    @property
    def required_columns(self) -> tuple[str, ...]:
        """The columns without which no row can be read."""
        needed = (used.column for name, used in self.fields.items() if name in self.required)
        return tuple(dict.fromkeys(column for column in needed if column is not None))

    def _used(self) -> Iterator[Field]:
        yield from self.fields.values()
        yield from self.extras.values()
        for activity in self.activities:
            yield from (activity.event, activity.time)
