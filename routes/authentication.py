"""Which key a request came with, and what that key may do."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import g, request
from flask_smorest import Blueprint
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Forbidden, Unauthorized

from pql.access import SCOPES, may
from pql.state.models import ApiKey
from routes.service import current_service

P = ParamSpec("P")
R = TypeVar("R")

SECURITY_SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "`Authorization: Bearer KEY`"},
    "basic": {
        "type": "http",
        "scheme": "basic",
        "description": "The key as the user name, no password: `curl --user KEY:`",
    },
}
_CHALLENGE = WWWAuthenticate("bearer", {"realm": "pql"})


def requires(scope: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a view run only with a key that may do what `scope` names, and document that."""

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            g.key = _allowed_key(scope)
            return view(*args, **kwargs)

        documented: Callable[P, R] = Blueprint.doc(
            security=[{name: [scope]} for name in SECURITY_SCHEMES],
            responses={401: "UNAUTHORIZED", 403: "FORBIDDEN", "default": "DEFAULT_ERROR"},
        )(guarded)
        return documented

    return decorate


def current_key() -> ApiKey:
    """The key this request came with. Only in views behind `requires` or `signed_in`."""
    key: ApiKey = g.key
    return key


def current_workspace_id() -> int:
    """The workspace this request may see. Only in views behind `requires` or `signed_in`."""
    return current_key().workspace_id


def _allowed_key(scope: str) -> ApiKey:
    plain_text = _sent_key()
    if plain_text is None:
        raise Unauthorized("No key was sent.", www_authenticate=_CHALLENGE)
    key = current_service().keys.find(plain_text, request.remote_addr)
    if key is None:
        raise Unauthorized("The key is unknown or revoked.", www_authenticate=_CHALLENGE)
    if not may(key, scope):
        raise Forbidden(_refusal(key, scope))
    return key


def _sent_key() -> str | None:
    sent = request.authorization
    if sent is None:
        return None
    return {"bearer": sent.token, "basic": sent.username}.get(sent.type) or None


def _refusal(key: ApiKey, scope: str) -> str:
    fitting = " or ".join(name for name, allowed in SCOPES.items() if scope in allowed)
    return f"The key {key.hint} has scope {key.scope}; this needs a key with scope {fitting}."
