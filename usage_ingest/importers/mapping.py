"""What a mapping file says: for each field of ours, where in the customer's file it comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

from pql.delimited.formats import AUTO, FileFormat
from pql.delimited.numbers import PROGRAMS, NumberForm
from pql.delimited.times import TimeForm


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
class ColumnForm:
    """How the cells of one column are written, decided over all of them.

    `is_number`: all of them are numbers, or missing.
    """

    time: TimeForm = field(default_factory=TimeForm)
    number: NumberForm = PROGRAMS
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class Formats:
    """How cells are written. Empty cells are always missing; `missing` lists what else means that.

    `time_zone` is the zone of times that name none, and `file` what is said of the whole file.
    `columns` are those that were looked at, by name, and `others` how all others are written.
    """

    missing: frozenset[str] = frozenset()
    time_zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    file: FileFormat = field(default_factory=FileFormat)
    columns: Mapping[str | None, ColumnForm] = field(default_factory=dict)
    others: ColumnForm = field(default_factory=ColumnForm)

    def of_column(self, name: str | None) -> ColumnForm:
        """How a column is written."""
        return self.columns.get(name, self.others)


def with_file_format(formats: Formats, file: FileFormat) -> Formats:
    """The formats with what is said of the file; before that, what they said themselves."""
    said = file.over(formats.file)
    number = NumberForm(said.decimal or ".", said.thousands or "")
    others = ColumnForm(TimeForm(said.time_format or AUTO), number)
    return replace(formats, file=said, others=others)


TIMES = frozenset({"time", "trial_started_at", "trial_ends_at"})
"""The fields of ours that are times."""


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

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column the mapping names, each once, in the order of the mapping."""
        return tuple(dict.fromkeys(used.column for used in self._used() if used.column is not None))

    @property
    def time_columns(self) -> frozenset[str]:
        """The columns that hold times."""
        named = (used for name, used in self.fields.items() if name in TIMES)
        did = (activity.time for activity in self.activities)
        of_ours = frozenset(used.column for used in (*named, *did) if used.column is not None)
        return of_ours | self.columns_of_type("time")

    def columns_of_type(self, *types: str) -> frozenset[str]:
        """The columns of traits or properties of these types."""
        of_types = (used.column for used in self.extras.values() if used.type in types)
        return frozenset(column for column in of_types if column is not None)

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
