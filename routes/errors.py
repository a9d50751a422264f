"""One error shape for each way in: problem documents, code and message for SDKs, or a page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flask import Flask, Response, json, render_template, request
from marshmallow import missing
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

PROBLEM_TYPE = "application/problem+json"
API_PATHS = ("/api/", "/openapi.json")
INGEST_PATHS = (
    *("/v1/", "/2/", "/batch/", "/capture/", "/e/", "/i/v0/", "/flags/", "/decide/"),
    *("/healthz/", "/readyz/"),
)
"""As they are with a slash at the end, which is left out as well."""

HINTS = {
    401: "Sign in, or send a key: `Authorization: Bearer KEY`. `pql keys create` makes one.",
    403: "Use a key whose scope allows it: `pql keys create --scope read|admin`.",
    404: "Check the address. /openapi.json lists every address of the API.",
    405: "Use one of the methods that the Allow header names.",
    413: "Send less at once.",
    415: "Send the content type that /openapi.json names for this address.",
    500: "The service's log tells what failed. Try again, then tell the operator.",
}


def register_errors(app: Flask) -> None:
    """Answer every error in the shape of the address that was asked for."""
    app.register_error_handler(HTTPException, answer_error)


def answer_error(error: HTTPException) -> Response:
    """The answer to `error`, with the headers that belong to it (`Allow`, `WWW-Authenticate`)."""
    status = error.code or 500
    if type(error) is RequestEntityTooLarge and error.description == type(error).description:
        words = f"The body has more than {request.max_content_length} bytes. Send less at once."
        error = RequestEntityTooLarge(words)
    if request.path.startswith(API_PATHS):
        body, content_type = json.dumps(problem(error)), PROBLEM_TYPE
    elif f"{request.path}/".startswith(INGEST_PATHS):
        body, content_type = json.dumps(code_and_message(error)), "application/json"
    else:
        page = render_template("error.html", error=error, status=status)
        body, content_type = page, "text/html; charset=utf-8"
    return Response(body, status, [*own_headers(error), ("Content-Type", content_type)])


def problem(error: HTTPException) -> dict[str, Any]:
    """The problem document (RFC 9457) of an error; `errors` says what is wrong with each field."""
    status = error.code or 500
    document: dict[str, Any] = {
        "type": "about:blank",
        "title": error.name,
        "status": status,
        "detail": error.description or "",
        "instance": request.path,
    }
    if status in HINTS:
        document["hint"] = HINTS[status]
    errors = list(getattr(error, "field_errors", ())) or list(_argument_errors(error))
    if errors:
        document["detail"] = "; ".join(f"{e['field']}: {e['message']}" for e in errors)
        document["errors"] = errors
    return document


def _argument_errors(error: HTTPException) -> Iterator[dict[str, Any]]:
    """What marshmallow found wrong, field by field, beside what was sent."""
    messages = (getattr(error, "data", None) or {}).get("messages", {})
    sent = getattr(getattr(error, "exc", None), "data", None)
    for location, fields in messages.items():
        if not isinstance(fields, Mapping):
            yield {"location": location, "field": location, "message": " ".join(fields)}
            continue
        for field, texts in fields.items():
            found = sent.get(field) if isinstance(sent, Mapping) else None
            found = None if found is missing else found
            yield {"location": location, "field": field, "found": found, "message": _text(texts)}


def _text(messages: object) -> str:
    return " ".join(map(str, messages)) if isinstance(messages, list) else str(messages)


def code_and_message(error: HTTPException) -> dict[str, Any]:
    """What an SDK is told."""
    return {"code": error.code, "message": error.description or error.name}


def own_headers(error: HTTPException) -> list[tuple[str, str]]:
    """The headers that belong to an error: `Allow`, `WWW-Authenticate`, `Retry-After`."""
    dropped = {"content-type", "content-length"}
    return [item for item in error.get_headers() if item[0].lower() not in dropped]
