"""An import of exports: read, translate, leave out what is there already, append to the journal."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Protocol, TypeVar

from pql.events.store import FrameSource
from pql.events.stored_messages import stored_messages
from pql.state.store import State
from usage_ingest.importers.cells import BadCell
from usage_ingest.importers.exports.files import ExportFiles
from usage_ingest.importers.exports.rows import ExportedEvent, ExportReader
from usage_ingest.importers.message_ids import Occurrences
from usage_ingest.importers.rejections import Rejections
from usage_ingest.importers.running import ImportedRows, append_to_journal, next_chunk

CHUNKS_REMEMBERED = 20
"""What comes twice so close may still wait in the journal, where the event store cannot tell."""


class _Row(Protocol):
    @property
    def number(self) -> int: ...
    @property
    def file(self) -> str: ...


RowT = TypeVar("RowT", bound=_Row)
UsedT = TypeVar("UsedT")


class RecentIds:
    """The message ids of the last chunks."""

    def __init__(self) -> None:
        self._chunks: deque[set[str]] = deque(maxlen=CHUNKS_REMEMBERED)

    def begin_chunk(self) -> None:
        """Forget the oldest chunk, where there are as many as are remembered."""
        self._chunks.append(set())

    def is_new(self, message_id: str) -> bool:
        """Whether the id has not come lately; from now on it has."""
        if any(message_id in ids for ids in self._chunks):
            return False
        self._chunks[-1].add(message_id)
        return True


def import_exports(
    state: State,
    store: FrameSource,
    workspace_id: int,
    files: ExportFiles,
    reader: ExportReader,
    *,
    rejections: Rejections,
    occurrences: Occurrences,
) -> Iterator[ImportedRows]:
    """Append the rows of exports to the journal, chunk by chunk; the caller may wait in between.

    Rows whose events are stored are left out: importing a file again changes nothing.
    """
    done, recent, rows = ImportedRows(), RecentIds(), files.rows()
    while chunk := next_chunk(rows):
        read = list(_usable(chunk, lambda row: reader.read(row, occurrences), rejections))
        fresh = _fresh(store, workspace_id, recent, read)
        new = list(_usable(fresh, reader.with_properties, rejections))
        append_to_journal(state, workspace_id, ([event] for event in new), reader.now)
        done = replace(
            done,
            imported=done.imported + len(new),
            already_there=done.already_there + len(read) - len(fresh),
            rejected=done.rejected + len(chunk) - len(read) + len(fresh) - len(new),
            position=files.position(),
        )
        yield done


def _usable(
    rows: Iterable[RowT], use: Callable[[RowT], UsedT], rejections: Rejections
) -> Iterator[UsedT]:
    """What becomes of the rows that can be used; the others are noted as rejected."""
    for row in rows:
        try:
            yield use(row)
        except BadCell as problem:
            rejections.add(row.number, problem, row.file)
        except RecursionError:
            deep = BadCell("", "nested_too_deeply", None, "fewer levels")
            rejections.add(row.number, deep, row.file)


def _fresh(
    store: FrameSource, workspace_id: int, recent: RecentIds, read: Iterable[ExportedEvent]
) -> list[ExportedEvent]:
    """Those that are not stored and did not come before. One in quarantine may come again."""
    recent.begin_chunk()
    unlike = [each for each in read if recent.is_new(each.event.message_id)]
    stored = stored_messages(store, workspace_id, [each.event.message_id for each in unlike])
    return [each for each in unlike if each.event.message_id not in stored]
