"""The list of leads."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from routes.pages.session import signed_in

blueprint = Blueprint("leads_page", __name__)


@blueprint.get("/leads")
@signed_in
def show_list() -> ResponseReturnValue:
    """Show the leads."""
    return ""
