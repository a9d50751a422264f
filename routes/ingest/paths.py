"""What all ingest paths have in common: both slash forms, and browsers of every origin."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, Response

from usage_ingest.journal import NewEntry

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

ONE_DAY = "86400"
CORS_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Encoding, Content-Type",
    "Access-Control-Max-Age": ONE_DAY,
    "Cross-Origin-Resource-Policy": "cross-origin",
}
SLASHES = ("", "/")
"""A path is known with and without a slash at its end: a redirect would lose the body."""


Whole = Callable[["WSGIEnvironment", bytes], bytes]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where events come in.

    The first of the channels that can take a body apart will translate it; `call` is what the
    channel knows the request as; `answer` is what the sender is told about what was kept. `whole`
    makes a body complete where a part of what it says is in the headers.
    """

    channels: Sequence[str]
    call: str
    answer: Callable[[NewEntry], Mapping[str, object]]
    whole: Whole | None = None


def ingest_blueprint(name: str) -> Blueprint:
    """A blueprint for what SDKs ask besides; browsers of every origin may call it.

    A write key is public by nature; what it may do is only to add events.
    """
    blueprint = Blueprint(name, __name__)
    blueprint.after_request(_allow_every_origin)
    return blueprint


def add_path(
    blueprint: Blueprint, path: str, view: Callable[..., Response], method: str = "POST"
) -> None:
    """Register the path in both slash forms."""
    for slash in SLASHES:
        endpoint = f"path{len(blueprint.deferred_functions)}"
        blueprint.add_url_rule(f"{path}{slash}", endpoint, view, methods=[method])


def _allow_every_origin(response: Response) -> Response:
    response.headers.update(CORS_HEADERS)
    return response
