"""Signing in with a read or admin key, and out again."""

from __future__ import annotations

from urllib.parse import quote

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from routes.pages.session import RESERVED, sign_in, sign_out

LONGEST_ADDRESS = 16_000
"""Characters: an address with the longest id in it, however it is written."""

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


def _page_of_ours(wanted: str) -> str:
    """The page asked for before signing in, unless it may be somebody else's.

    Browsers read a backslash as a slash and leave control characters out; two slashes in front are
    another host.
    """
    is_ours = wanted.startswith("/") and not wanted.startswith("//")
    is_plain = "\\" not in wanted and not any(map(_is_control, wanted))
    if is_ours and is_plain and len(wanted) <= LONGEST_ADDRESS:
        return quote(wanted, safe=RESERVED, errors="replace")
    return url_for("accounts_page.show_list")


def _is_control(character: str) -> bool:
    return character < " " or "\x7f" <= character <= "\x9f"
