"""How far an import is, told while it goes on; it waits where the worker is far behind."""

from __future__ import annotations

from collections.abc import Iterable

from rich.progress import Progress

from pql.state.store import State
from routes.command_line.importing import MOST_WAITING, wait_until_few
from usage_ingest.importers.running import ImportedRows
from usage_ingest.importers.waiting import events_waiting


def follow(
    chunks: Iterable[ImportedRows], state: State, workspace_id: int, size: int | None, bar: Progress
) -> ImportedRows:
    """Read all chunks; what became of the rows. `size`: bytes to be read, `None` where unknown."""
    task = bar.add_task("reading", total=size, rows=0)
    done = ImportedRows()
    for done in chunks:
        bar.update(task, completed=done.position, rows=done.read)
        wait_until_few(lambda: events_waiting(state, workspace_id), MOST_WAITING)
    bar.update(task, total=size or done.read, completed=size or done.read)
    return done
