"""Signing in with a read or admin key, and out again."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from routes.pages.session import sign_in, sign_out

FAILED_ATTEMPTS = "10 per minute"
"""With keys that are none, from one address; each web process counts its own."""

blueprint = Blueprint("signing_in", __name__)


@blueprint.get("/sign-in")
def ask_for_key() -> ResponseReturnValue:
    """Ask for a key."""
    return render_template("sign_in.html", following=request.args.get("next", ""))


@blueprint.post("/sign-in")
def accept_key() -> ResponseReturnValue:
    """Open a session if the key may read."""
    following = request.form.get("next", "")
    if sign_in(request.form.get("key", "").strip()):
        return redirect(_page_of_ours(following), 303)
    return render_template("sign_in.html", following=following, refused=True), 401


@blueprint.post("/sign-out")
def leave() -> ResponseReturnValue:
    """End the session."""
    sign_out()
    return redirect(url_for("signing_in.ask_for_key"), 303)


def limit_attempts(app: Flask) -> None:
    """Make whoever tries key after key wait."""
    limiter = Limiter(
        get_remote_address,
        app=app,
        storage_uri="memory://",
        strategy="moving-window",
        headers_enabled=True,
    )
    limit: Any = limiter.limit(
        FAILED_ATTEMPTS,
        error_message="Too many keys that are none. Wait a minute, then try again.",
        deduct_when=_was_refused,
    )
    view = f"{blueprint.name}.{accept_key.__name__}"
    app.view_functions[view] = limit(app.view_functions[view])


def _was_refused(answer: Response) -> bool:
    return answer.status_code == HTTPStatus.UNAUTHORIZED


def _page_of_ours(wanted: str) -> str:
    """The page asked for before signing in, unless it is somebody else's."""
    address = urlsplit(wanted.replace("\\", "/"))
    is_ours = not address.scheme and not address.netloc and wanted.startswith("/")
    return wanted if is_ours and not wanted.startswith("//") else url_for("accounts_page.show_list")
