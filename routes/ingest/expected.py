"""What the loader will make of a request, told to its sender at once."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta

from pql.settings import Settings
from usage_ingest.journal import NewEntry, StoredEntry
from usage_ingest.translating.translation import Results, translate_entries

NOT_NUMBERED = 0


def expected(kept: NewEntry, settings: Settings) -> Results:
    """What becomes of every event: the same translation as the loader's, ahead of it."""
    entry = StoredEntry(**asdict(kept), id=NOT_NUMBERED)
    late = timedelta(days=settings.late_days)
    (results,) = translate_entries([entry], settings.event_limit, late=late)
    return results
