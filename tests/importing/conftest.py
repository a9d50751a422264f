"""A workspace to import into, and the importer without the command around it."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from pql.definitions.grammar import STATUSES
from pql.delimited.formats import FileFormat
from pql.events.duckdb_store import DuckDBEventStore
from pql.events.schema import events
from pql.settings import Settings
from pql.state.models import JournalEntry
from pql.state.store import State
from pql.workspaces import create_workspace
from usage_ingest import journal
from usage_ingest.importers.exports import EXPORTS
from usage_ingest.importers.exports.export import Choices
from usage_ingest.importers.exports.files import ExportFiles
from usage_ingest.importers.exports.found import find_files
from usage_ingest.importers.exports.importing import import_exports
from usage_ingest.importers.exports.rows import ExportReader
from usage_ingest.importers.files import open_rows
from usage_ingest.importers.mapping_files import read_row_mapping
from usage_ingest.importers.message_ids import counting_occurrences
from usage_ingest.importers.recognising import recognise_file
from usage_ingest.importers.rejections import rejecting_to
from usage_ingest.importers.rows import Context
from usage_ingest.importers.running import ImportedRows, import_rows
from usage_ingest.journal import NewEntry
from usage_ingest.loading.loader import load

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Installation:
    """Both stores with a workspace, and a folder for files."""

    state: State
    store: DuckDBEventStore
    settings: Settings
    folder: Path
    workspace_id: int

    @property
    def rejected(self) -> Path:
        """Where rejected rows go."""
        return self.folder / "rejected.csv"

    def import_text(
        self,
        content: str | bytes,
        kind: str,
        mapping: str,
        name: str = "rows.csv",
        into: int | None = None,
    ) -> ImportedRows:
        """Import a file with this content into the journal."""
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        said = read_row_mapping(mapping, "mapping.yaml", kind)
        row_mapping = recognise_file(path, said, FileFormat()).require_clear()
        context = Context(row_mapping, NOW, {status: status for status in STATUSES})
        with (
            open_rows(path, row_mapping.formats.file) as file,
            rejecting_to(self.rejected) as rejections,
            counting_occurrences() as occurrences,
        ):
            *_, done = import_rows(
                self.state,
                self.store,
                into or self.workspace_id,
                file,
                context,
                rejections=rejections,
                occurrences=occurrences,
            )
        return done

    def import_export(self, tool: str, *names: Path, **chosen: Any) -> ImportedRows:
        """Import exports into the journal."""
        *_, done = self.begin_export(tool, *names, **chosen)
        return done

    def begin_export(self, tool: str, *names: Path, **chosen: Any) -> Generator[ImportedRows]:
        """The same, chunk by chunk."""
        reader = ExportReader(EXPORTS[tool], Choices(**chosen), NOW, self.settings.event_limit)
        files = ExportFiles(find_files(map(str, names)).files)
        with (
            rejecting_to(self.rejected, names_files=True) as rejections,
            counting_occurrences() as occurrences,
        ):
            yield from import_exports(
                self.state,
                self.store,
                self.workspace_id,
                files,
                reader,
                rejections=rejections,
                occurrences=occurrences,
            )
        assert files.unreadable == []

    def send(self, channel: str, body: bytes, events: int) -> None:
        """Append what an SDK sent to the journal."""
        entry = NewEntry(self.workspace_id, 1, channel, "batch", NOW, events, body)
        journal.append(self.state, [entry])

    def load(self) -> None:
        """Load what the journal holds."""
        load(self.state, self.store, self.settings, NOW)

    def journaled(self) -> int:
        """How many events wait in the journal."""
        waiting = select(func.coalesce(func.sum(JournalEntry.events), 0))
        with self.state.journal_engine.connect() as connection:
            return connection.scalar(waiting) or 0

    def stored(self, workspace_id: int | None = None) -> int:
        """How many events of a workspace are in the event store."""
        own = events.c.workspace_id == (workspace_id or self.workspace_id)
        mine = own & ~events.c.is_copy  # an event of two accounts is one event
        return int(self.store.frame(select(func.count().label("n")).where(mine))["n"].iloc[0])

    def make_stranger(self) -> int:
        """Another workspace."""
        with self.state.writing() as session:
            return create_workspace(session, "stranger", NOW).id


@pytest.fixture
def here(migrated_database_url: str, events_url: str, tmp_path: Path) -> Iterator[Installation]:
    """An installation whose stores are empty."""
    state = State(migrated_database_url)
    store = DuckDBEventStore(Path(events_url.removeprefix("duckdb:///")))
    settings = Settings(database_url=migrated_database_url, events_url=events_url)
    with state.writing() as session:
        workspace_id = create_workspace(session, "owner", NOW).id
    yield Installation(state, store, settings, tmp_path, workspace_id)
    store.close()
    state.close()
