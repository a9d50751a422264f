"""An import: read, validate, translate, leave out what is there already, append to the journal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pql.events.store import FrameSource
from pql.events.stored_messages import stored_messages
from pql.state.store import State
from usage_ingest.canonical import CanonicalEvent
from usage_ingest.dialects.imported import written
from usage_ingest.importers.cells import BadCell
from usage_ingest.importers.mapping import RowMapping
from usage_ingest.importers.message_ids import (
    Occurrences,
    content_digest,
    event_digest,
    message_id,
)
from usage_ingest.importers.open_file import NumberedRow, OpenFile
from usage_ingest.importers.rejections import Rejections
from usage_ingest.importers.rows import TRANSLATORS, Context, NoOutcome, RowReader
from usage_ingest.journal import NewEntry, append
from usage_ingest.journal_line import LARGEST_EVENTS

CHANNEL = "import"
ROWS_IN_A_CHUNK = 10_000
"""Each chunk asks the event store once, which reads the digests of all that is stored."""
LARGEST_CHUNK = 64 * 1024 * 1024
"""Bytes of rows in memory: fewer rows are taken at once where they are large."""

LARGEST_BODY = 8 * 1024 * 1024
"""Bytes of an entry with more than one event."""


class WrongColumns(Exception):
    """The mapping names columns that the file has not."""

    def __init__(self, missing: Iterable[str], found: Iterable[str]) -> None:
        self.missing = tuple(missing)
        self.found = tuple(found)
        super().__init__(
            f"the file has no column {', '.join(self.missing)}; it has {', '.join(self.found)}"
        )


@dataclass(frozen=True, slots=True)
class ImportedRows:
    """How far an import is: rows by what became of them, and bytes of the file.

    `no_outcome` are rows of accounts of which nothing became yet. `unknown_times` counts cells that
    could not be read, of rows that went in without them.
    """

    imported: int = 0
    already_there: int = 0
    rejected: int = 0
    no_outcome: int = 0
    unknown_times: int = 0
    position: int = 0

    @property
    def read(self) -> int:
        return self.imported + self.already_there + self.no_outcome + self.rejected


@dataclass(frozen=True, slots=True)
class TranslatedRow:
    """The events of one row, none where nothing became of the account yet."""

    events: list[CanonicalEvent]
    is_repeated: bool
    """Whether a row with the same id came before in this file."""
    unknown: Sequence[BadCell] = ()
    """Cells that could not be read and without which the row goes in."""


def check_columns(file: OpenFile, mapping: RowMapping) -> None:
    """Compare the mapping with the file before anything is written.

    JSON Lines have no header, so only the columns are asked for that every row needs.

    Raises:
        WrongColumns: columns are missing; the message names them and those there are.
    """
    wanted = mapping.columns if file.has_header else mapping.required_columns
    missing = [column for column in wanted if column not in file.columns]
    if missing:
        raise WrongColumns(missing, file.columns)


def import_rows(
    state: State,
    store: FrameSource,
    workspace_id: int,
    file: OpenFile,
    context: Context,
    *,
    rejections: Rejections,
    occurrences: Occurrences,
) -> Iterator[ImportedRows]:
    """Append the rows of a file to the journal, chunk by chunk; the caller may wait in between.

    Rows whose events are all stored are left out: importing a file again changes nothing.
    """
    done = ImportedRows()
    while chunk := next_chunk(file.rows):
        rows = list(translated(chunk, context, rejections, occurrences))
        telling = [row for row in rows if row.events]
        new = without_stored(store, workspace_id, telling)
        append_to_journal(state, workspace_id, new, context.now)
        done = replace(
            done,
            imported=done.imported + len(new),
            already_there=done.already_there + len(telling) - len(new),
            rejected=done.rejected + len(chunk) - len(rows),
            no_outcome=done.no_outcome + len(rows) - len(telling),
            unknown_times=done.unknown_times + sum(len(row.unknown) for row in rows),
            position=file.position(),
        )
        yield done


def next_chunk(rows: Iterator[NumberedRow]) -> list[NumberedRow]:
    """The rows to take at once; none at the end."""
    chunk: list[NumberedRow] = []
    size = 0
    while len(chunk) < ROWS_IN_A_CHUNK and size < LARGEST_CHUNK and (row := next(rows, None)):
        chunk.append(row)
        size += row.size
    return chunk


def translated(
    chunk: Iterable[NumberedRow], context: Context, rejections: Rejections, seen: Occurrences
) -> Iterator[TranslatedRow]:
    """The rows that can be used; the others are noted as rejected."""
    for row in chunk:
        try:
            used = translate(row, context, seen)
            for problem in used.unknown:
                rejections.add(row.number, problem)
            yield used
        except BadCell as problem:
            rejections.add(row.number, problem)
        except RecursionError:
            rejections.add(row.number, BadCell("", "nested too deeply", None, "fewer levels"))


def translate(row: NumberedRow, context: Context, seen: Occurrences) -> TranslatedRow:
    """The events of a row, with ids that are the same in every import of it.

    Raises:
        BadCell: the row cannot be used.
    """
    if row.problem is not None:
        raise row.problem
    make_events, reader = TRANSLATORS[context.mapping.kind], RowReader(row.cells, context)
    try:
        events = make_events(reader, context.now)
    except NoOutcome:
        return TranslatedRow([], is_repeated=False)
    own = events[0]
    if own.message_id:
        is_repeated = seen.count(content_digest(own.message_id)) > 0
        return TranslatedRow(events, is_repeated, reader.unknown)
    digest = event_digest(own)
    own.message_id = message_id(digest, seen.count(digest))
    return TranslatedRow(events, is_repeated=False, unknown=reader.unknown)


def without_stored(
    store: FrameSource, workspace_id: int, rows: Iterable[TranslatedRow]
) -> list[list[CanonicalEvent]]:
    """The events of each row that has any which is not stored. One in quarantine may come again."""
    fresh = [row.events for row in rows if not row.is_repeated]
    ids = [event.message_id for events in fresh for event in events]
    stored = stored_messages(store, workspace_id, ids)
    remaining = ([event for event in events if event.message_id not in stored] for events in fresh)
    return [events for events in remaining if events]


def append_to_journal(
    state: State, workspace_id: int, rows: Iterable[list[CanonicalEvent]], now: datetime
) -> None:
    """Journal entries for the chunk, none too large. Imports have no key, and so no source."""
    bodies = _bodies([event for row in rows for event in row])
    entries = [
        NewEntry(workspace_id, None, CHANNEL, CHANNEL, now, events, body) for events, body in bodies
    ]
    append(state, entries)


def _bodies(events: Sequence[CanonicalEvent]) -> Iterator[tuple[int, bytes]]:
    """Numbers of events and the bodies with them, in order."""
    if not events:
        return
    body = written(events) if len(events) <= LARGEST_EVENTS else b""
    if body and (len(events) == 1 or len(body) <= LARGEST_BODY):
        yield len(events), body
        return
    half = len(events) // 2
    yield from _bodies(events[:half])
    yield from _bodies(events[half:])
