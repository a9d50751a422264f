"""Whether the process lives (`/healthz`) and whether it can serve (`/readyz`)."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from pql.lag import lag_warnings, read_lag
from pql.state.migrate import current_revision, latest_revision
from pql.state.store import State
from routes.service import Service, current_service, current_state, current_time

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def show_life() -> ResponseReturnValue:
    """Answer without touching the database: a slow database is no reason to restart the process."""
    return {"status": "alive"}


@blueprint.get("/readyz")
def show_readiness() -> ResponseReturnValue:
    """Tell a load balancer whether to send requests here, and an operator what is wrong.

    Where the worker is behind, intake goes on: what comes in is safe in the journal.
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
    except SQLAlchemyError as error:
        return [f"what waits for the worker cannot be read ({type(error).__name__})"]
    return lag_warnings(lag, current_time(), service.settings.lease_seconds)


def _missing(state: State) -> list[str]:
    try:
        found = current_revision(state)
    except SQLAlchemyError as error:
        return [f"the database of DATABASE_URL cannot be reached ({type(error).__name__})"]
    wanted = latest_revision()
    if found == wanted:
        return []
    return [f"the database is at migration {found or 'none'}, not {wanted}: run `pql migrate`"]
