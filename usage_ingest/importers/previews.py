"""The first rows of a file as an import would take them. Nothing is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from usage_ingest.importers.cells import BadCell
from usage_ingest.importers.files import open_rows
from usage_ingest.importers.mapping import TIMES, ColumnForm, Field, RowMapping
from usage_ingest.importers.message_ids import Occurrences, counting_occurrences
from usage_ingest.importers.open_file import NumberedRow, OpenFile
from usage_ingest.importers.rows import Context, RowReader
from usage_ingest.importers.running import next_chunk, translate

ROWS_SHOWN = 5
REJECTIONS_SHOWN = 20
ACTIVITIES = "activities"
STATUS_FIELDS = frozenset({"status", "becomes"})


@dataclass(frozen=True, slots=True)
class PreviewedField:
    """A field of ours: the column it comes from, `None` for a constant, and what it is read as."""

    name: str
    column: str | None
    read_as: str


@dataclass(frozen=True, slots=True)
class PreviewedRow:
    """A row with its number and its values by the names of `PreviewedField`. Times are text. Of a
    cell that cannot be read there is no value.
    """

    row: int
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class PreviewedRejection:
    """A row that would be rejected, or a cell that would be left out, and why."""

    row: int
    column: str
    reason: str
    found: str
    allowed: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What an import would make of the rows that were looked at, the first of the file.

    `rejections` are the first of them, as `rows` are.
    """

    fields: Sequence[PreviewedField]
    rows: Sequence[PreviewedRow]
    looked_at: int
    would_go_in: int
    no_outcome: int
    rejected: int
    rejections: Sequence[PreviewedRejection]


def preview_file(path: Path, context: Context) -> Preview:
    """What would become of the first rows of a file, with a mapping that was recognised.

    Raises:
        UnreadableFile: it cannot be read.
    """
    with open_rows(path, context.mapping.formats.file) as file, counting_occurrences() as counted:
        return preview(file, context, counted)


def preview(file: OpenFile, context: Context, occurrences: Occurrences) -> Preview:
    """What would become of the first rows: as many as an import takes at once, 10,000 at most."""
    rows = next_chunk(file.rows)
    would_go_in = no_outcome = rejected = 0
    rejections: list[PreviewedRejection] = []
    for row in rows:
        try:
            used = translate(row, context, occurrences)
        except (BadCell, RecursionError) as problem:
            rejected += 1
            rejections.append(_rejection(row, problem))
            continue
        would_go_in += bool(used.events)
        no_outcome += not used.events
        rejections += [_rejection(row, problem) for problem in used.unknown]
    return Preview(
        list(previewed_fields(context.mapping)),
        [PreviewedRow(row.number, _values(row, context)) for row in rows[:ROWS_SHOWN]],
        len(rows),
        would_go_in,
        no_outcome,
        rejected,
        rejections[:REJECTIONS_SHOWN],
    )


def previewed_fields(mapping: RowMapping) -> Iterator[PreviewedField]:
    """The fields of ours that a mapping names, its traits or properties and activities."""
    for name, used in mapping.fields.items():
        read_as = "time" if name in TIMES else "status" if name in STATUS_FIELDS else "text"
        yield PreviewedField(name, used.column, read_as)
    for name, used in mapping.extras.items():
        form = mapping.formats.of_column(used.column)
        yield PreviewedField(name, used.column, _read_as(used, form))
    if mapping.activities:
        yield PreviewedField(ACTIVITIES, None, "event and time")


def _read_as(used: Field, form: ColumnForm) -> str:
    if used.type != "auto":
        return used.type
    return "number" if form.is_number else "as it is"


def _values(row: NumberedRow, context: Context) -> dict[str, object]:
    reader = RowReader(row.cells, context)
    read = {name: partial(_value, reader, name) for name in context.mapping.fields}
    read |= {name: partial(reader.extra, name) for name in context.mapping.extras}
    if context.mapping.activities:
        read[ACTIVITIES] = partial(_activities, reader)
    values: dict[str, object] = {}
    for name, value in read.items():
        try:
            values[name] = value()
        except BadCell:
            values[name] = None
    return values


def _value(reader: RowReader, name: str) -> object:
    if name in TIMES:
        moment = reader.time(name)
        return None if moment is None else moment.isoformat()
    if name in STATUS_FIELDS:
        return reader.status(name)
    return reader.address(name) if name == "email" else reader.text(name)


def _activities(reader: RowReader) -> str:
    return ", ".join(f"{event} {at.isoformat()}" for event, at in reader.activities())


def _rejection(row: NumberedRow, problem: BadCell | RecursionError) -> PreviewedRejection:
    if isinstance(problem, RecursionError):
        problem = BadCell("", "nested too deeply", None, "fewer levels")
    return PreviewedRejection(
        row.number, problem.column, problem.reason, problem.found, problem.allowed
    )
