"""Who is signed in: a signed cookie that names a key. Revoking the key signs out everywhere."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from flask import Flask, g, redirect, request, session, url_for
from flask.sessions import SecureCookieSessionInterface
from flask.typing import ResponseReturnValue

from pql.access import READ, find_key, find_key_by_id, may
from pql.state.models import ApiKey
from routes.service import current_state

P = ParamSpec("P")
_KEY_ID = "key_id"


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


def sign_in(plain_text: str) -> bool:
    """Open a session with this key; `False` where it is unknown or may not read."""
    with current_state().reading() as state:
        key = find_key(state, plain_text)
    if key is None or not may(key, READ):
        return False
    session.clear()
    session[_KEY_ID] = key.id
    return True


def sign_out() -> None:
    """Forget who is signed in."""
    session.clear()


def _session_key() -> ApiKey | None:
    key_id = session.get(_KEY_ID)
    if key_id is None:
        return None
    with current_state().reading() as state:
        return find_key_by_id(state, key_id)


def _wanted_page() -> str | None:
    return request.full_path.removesuffix("?") if request.method == "GET" else None
