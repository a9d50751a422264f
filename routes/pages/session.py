"""Who is signed in: a cookie with a token, and a row of the state store that can be ended.

Signing out ends the session wherever the cookie went; so does revoking the key. The cookie is
signed, since it carries what protects the forms as well.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from functools import wraps
from typing import ParamSpec
from urllib.parse import quote

import structlog
from flask import Flask, g, redirect, request, session, url_for
from flask.sessions import SecureCookieSessionInterface
from flask.typing import ResponseReturnValue

from pql.access import READ, may
from pql.sessions import (
    SEEN_EVERY,
    end_session,
    find_session,
    note_use,
    open_session,
    session_limits,
)
from pql.state.models import ApiKey, BrowserSession
from pql.workspace_settings import settings_of
from routes.refusals import STORE_FAILURES
from routes.service import current_service, current_state, current_time

P = ParamSpec("P")
_TOKEN = "token"  # noqa: S105 - what it is called in the cookie
RESERVED = "!$&'()*+,/:;=?@%"
"""What an address may hold as it is (RFC 3986), but for what begins a fragment."""

log = structlog.get_logger(__name__)


class CookieSession(SecureCookieSessionInterface):
    """Flask's signed cookie, for HTTPS only where the page came over HTTPS."""

    def get_cookie_secure(self, app: Flask) -> bool:  # noqa: ARG002  # Flask passes it
        return request.is_secure


def signed_in(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Let a view run only for someone who signed in; others are asked to."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        key = _session_key()
        if key is None:
            session.clear()
            return redirect(url_for("signing_in.ask_for_key", next=_wanted_page()))
        g.key = key
        return view(*args, **kwargs)

    return guarded


def page_zone() -> tzinfo:
    """The time zone of the workspace that a page is about; UTC where nobody signed in."""
    if "key" not in g:
        return UTC
    if "zone" not in g:
        with current_state().reading() as state:
            g.zone = settings_of(state, g.key.workspace_id).zone
    zone: tzinfo = g.zone
    return zone


def sign_in(plain_text: str) -> bool:
    """Open a session with this key; `False` where it is unknown or may not read.

    Raises:
        TooManyWrongKeys: as `KeyFinder.find`.
    """
    service = current_service()
    key = service.keys.find(plain_text, request.remote_addr, is_typed=True)
    if key is None or not may(key, READ):
        return False
    with service.state.writing() as state:
        end_session(state, session.get(_TOKEN, ""))
        token = open_session(state, key, current_time(), session_limits(service.settings))
    session.clear()
    session[_TOKEN] = token
    return True


def sign_out() -> None:
    """End the session: its cookie opens nothing from now on, whoever has a copy of it."""
    with current_state().writing() as state:
        end_session(state, session.get(_TOKEN, ""))
    session.clear()


def _session_key() -> ApiKey | None:
    token, now = session.get(_TOKEN), current_time()
    if token is None:
        return None
    with current_state().reading() as state:
        found = find_session(state, token, now, session_limits(current_service().settings))
    if found is None:
        return None
    row, key = found
    if abs(now - row.seen_at) >= SEEN_EVERY:
        _note_use(row, now)
    return key


def _note_use(row: BrowserSession, now: datetime) -> None:
    """A page can be read while nothing can be written: the next one notes it."""
    try:
        with current_state().writing() as state:
            note_use(state, row, now)
    except STORE_FAILURES as error:
        log.warning("the use of a session could not be noted", error=type(error).__name__)


def _wanted_page() -> str | None:
    """The address as it was asked for: of printable characters only, whatever it names."""
    if request.method != "GET" or request.endpoint is None:
        return None
    page = url_for(request.endpoint, **(request.view_args or {}))
    parameters = quote(request.query_string, safe=RESERVED)
    return f"{page}?{parameters}" if parameters else page
