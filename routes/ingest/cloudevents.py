"""CloudEvents over HTTP: every event gets a receipt, in the order of the request.

In binary mode, which most of its SDKs send unless they are told otherwise, the attributes are in
the headers `ce-...` and the body is the data. Source: CNCF, "HTTP Protocol Binding for
CloudEvents", 3.1.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import unquote

from werkzeug.exceptions import BadRequest

from pql.settings import Settings
from routes.ingest.expected import expected
from routes.ingest.paths import Endpoint
from usage_ingest.canonical import CanonicalEvent, Rejected
from usage_ingest.journal import NewEntry

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

CHANNEL = "cloudevents"
ATTRIBUTE = "HTTP_CE_"
"""How the names of headers begin that hold an attribute."""
STRUCTURED = "application/cloudevents"
"""How media types begin of which the body is the event, or several, whatever headers say (3.)."""


def endpoints(settings: Settings) -> dict[str, Endpoint]:
    """The one path."""

    def receipts(kept: NewEntry) -> dict[str, object]:
        return {"receipts": [_receipt(result) for result in expected(kept, settings)]}

    return {"/v1/events": Endpoint((CHANNEL,), "events", receipts, structured)}


def structured(environ: WSGIEnvironment, body: bytes) -> bytes:
    """A CloudEvent in binary mode as one in structured mode; any other body as it is.

    Raises:
        BadRequest: the data says that it is JSON, and is not.
    """
    media_type = environ.get("CONTENT_TYPE", "").strip().lower()
    if f"{ATTRIBUTE}SPECVERSION" not in environ or media_type.startswith(STRUCTURED):
        return body
    event: dict[str, object] = {
        name.removeprefix(ATTRIBUTE).lower(): unquote(value)
        for name, value in environ.items()
        if name.startswith(ATTRIBUTE)
    }
    if body:
        event["data"] = _data(environ.get("CONTENT_TYPE", ""), body)
    return json.dumps(event).encode()


def _data(content_type: str, body: bytes) -> object:
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type and not media_type.endswith("json"):
        return body.decode("utf-8", "replace")
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"The data of the CloudEvent is not JSON: {error}.") from error


def _receipt(result: CanonicalEvent | Rejected) -> dict[str, object]:
    if isinstance(result, CanonicalEvent):
        return {"message_id": result.message_id, "accepted": True}
    return {
        "message_id": result.message_id,
        "accepted": False,
        "reason": result.reason,
        "detail": result.detail,
    }
