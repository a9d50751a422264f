"""What was being loaded when a process died, as the state remembers it (see `LoadAttempt`)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from pql.state.bulk import chunks, insert_into
from pql.state.models import LoadAttempt

FIRST_DEATH = 1
"""Before anything is written down a process has died: nobody knows with which entries."""


def count_deaths(session: Session) -> bool:
    """Hold what was under way against it, since a load ended in the middle; whether there was any.

    For whoever begins to load, and for loads that raise instead of dying.
    """
    died = update(LoadAttempt).where(LoadAttempt.under_way)
    ended = died.values(under_way=False, deaths=LoadAttempt.deaths + 1)
    return bool(session.scalars(ended.returning(LoadAttempt.entry_id)).all())


def begin_attempt(session: Session, entry_ids: Sequence[int]) -> None:
    """Write down that a load of these entries, and no others, is under way."""
    session.execute(update(LoadAttempt).values(under_way=False))
    statement = insert_into(session, LoadAttempt)
    begun = statement.on_conflict_do_update(
        index_elements=["entry_id"], set_={"under_way": statement.excluded.under_way}
    )
    rows = [
        {"entry_id": entry_id, "deaths": FIRST_DEATH, "under_way": True} for entry_id in entry_ids
    ]
    session.connection().execute(begun, rows)


def end_attempts(session: Session, entry_ids: Collection[int]) -> None:
    """Hold nothing against these entries any more: they are loaded, or set aside."""
    for some in chunks(entry_ids):
        session.execute(delete(LoadAttempt).where(LoadAttempt.entry_id.in_(some)))


def forget(session: Session) -> None:
    """Hold nothing against anything: what waited when a process died is loaded or set aside."""
    session.execute(delete(LoadAttempt))


def deaths_of(session: Session, entry_ids: Collection[int]) -> Mapping[int, int]:
    """How often a process died with each; those with which none did are left out."""
    found: dict[int, int] = {}
    for some in chunks(entry_ids):
        known = select(LoadAttempt.entry_id, LoadAttempt.deaths)
        rows = session.execute(known.where(LoadAttempt.entry_id.in_(some)))
        found |= {row.entry_id: row.deaths for row in rows}
    return found
