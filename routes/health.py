"""Whether the process lives (`/healthz`) and whether it can serve (`/readyz`)."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from pql.lag import lag_warnings, read_lag
from pql.state.damage import FileReplaced, StateDamaged
from pql.state.migrate import current_revision, latest_revision
from pql.state.models import ApiKey, JournalEntry
from pql.state.store import State
from pql.state.store_record import read_record
from routes.service import Service, current_service, current_state, current_time

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def show_life() -> ResponseReturnValue:
    """Answer without touching the database: a slow database is no reason to restart the process."""
    return {"status": "alive"}


@blueprint.get("/readyz")
def show_readiness() -> ResponseReturnValue:
    """Tell a load balancer whether to send requests here, and an operator what is wrong.

    Not ready is only who cannot take events in. Where the worker is behind, or the event store
    cannot be used, intake goes on: what comes in is safe in the journal.
    """
    missing = _missing(current_state())
    if missing:
        return {"status": "not ready", "missing": missing, "warnings": []}, 503
    warnings = _warnings(current_service())
    status = "degraded" if warnings else "ready"
    return {"status": status, "missing": [], "warnings": warnings}


def _warnings(service: Service) -> list[str]:
    try:
        lag = read_lag(service.state)
        of_event_store = _warnings_of_event_store(service.state)
    except SQLAlchemyError as error:
        return [f"what waits for the worker cannot be read ({type(error).__name__})"]
    return of_event_store + lag_warnings(lag, current_time(), service.settings.lease_seconds)


def _missing(state: State) -> list[str]:
    """What intake needs and has not: the state with its schema, and the journal."""
    try:
        state.require_files()
        found = current_revision(state)
    except FileReplaced as error:
        return [_unreachable(error.holds, error)]
    except SQLAlchemyError as error:
        return [_unreachable("state", error)]
    wanted = latest_revision()
    if found != wanted:
        return [f"the database is at migration {found or 'none'}, not {wanted}: run `pql migrate`"]
    return [*_missing_in_state(state), *_missing_in_journal(state)]


def _missing_in_state(state: State) -> list[str]:
    try:
        with state.reading() as session:
            session.execute(select(ApiKey.id).limit(1))
    except SQLAlchemyError as error:
        return [_unreachable("state", error)]
    return []


def _missing_in_journal(state: State) -> list[str]:
    try:
        with state.journal_engine.connect() as connection:
            connection.execute(select(JournalEntry.id).limit(1))
    except SQLAlchemyError as error:
        return [_unreachable("journal", error)]
    return []


def _warnings_of_event_store(state: State) -> list[str]:
    """The worker owns the event store, and notes in the state why it cannot use it."""
    with state.reading() as session:
        record = read_record(session)
    if not record.problem:
        return []
    return [
        "the event store cannot be used: events are taken in and wait in the journal; "
        "`pql stores check` says what is wrong"
    ]


def _unreachable(store: str, error: SQLAlchemyError) -> str:
    """In words without the names of files, as anybody may ask."""
    if isinstance(error, StateDamaged):
        return (
            f"the {store} is gone, damaged or not accessible: `pql stores check` says what is wrong"
        )
    return f"the {store} (DATABASE_URL) cannot be reached ({type(error).__name__})"
