"""What brings events is answered ahead of Flask, whose request would cost more than all the rest.

This is the only implementation: Flask does not know these paths. Answers and errors have the shapes
and the headers that they have everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import msgspec
import structlog
from werkzeug import Response
from werkzeug.exceptions import HTTPException, InternalServerError, MethodNotAllowed

from routes.errors import code_and_message, own_headers
from routes.headers import NOT_STORED, OVER_HTTPS, SECURITY_HEADERS
from routes.ingest.intake import Intake
from routes.ingest.paths import CORS_HEADERS, SLASHES, Endpoint
from routes.service import current_time

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

METHODS = ("OPTIONS", "POST")
JSON = ("Content-Type", "application/json")
_EVERY_ANSWER = SECURITY_HEADERS | NOT_STORED | CORS_HEADERS
_HEADERS = {
    "http": list(_EVERY_ANSWER.items()),
    "https": list((_EVERY_ANSWER | OVER_HTTPS).items()),
}

log = structlog.get_logger(__name__)


class Front:
    """A WSGI application: the endpoints by path, and another one for everything else."""

    def __init__(
        self, behind: WSGIApplication, intake: Intake, endpoints: Mapping[str, Endpoint]
    ) -> None:
        self._behind = behind
        self._intake = intake
        self._endpoints = {
            path + slash: endpoint for path, endpoint in endpoints.items() for slash in SLASHES
        }

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        endpoint = self._endpoints.get(environ["PATH_INFO"])
        if endpoint is None:
            return self._behind(environ, start_response)
        headers = _HEADERS[environ["wsgi.url_scheme"]]
        try:
            body = self._answer(endpoint, environ)
        except HTTPException as refusal:
            return _refuse(refusal, headers)(environ, start_response)
        except Exception:
            log.exception("a request could not be taken in", path=environ["PATH_INFO"])
            return _refuse(InternalServerError(), headers)(environ, start_response)
        start_response("200 OK", [*headers, JSON, ("Content-Length", str(len(body)))])
        return [body]

    def _answer(self, endpoint: Endpoint, environ: WSGIEnvironment) -> bytes:
        method = environ["REQUEST_METHOD"]
        if method == "POST":
            kept = self._intake.accept(environ, endpoint, current_time())
            return msgspec.json.encode(endpoint.answer(kept))
        if method == "OPTIONS":  # a browser asks first; the headers are the answer
            return b""
        raise MethodNotAllowed(METHODS)


def _refuse(refusal: HTTPException, headers: list[tuple[str, str]]) -> Response:
    body = msgspec.json.encode(code_and_message(refusal))
    return Response(body, refusal.code, [*headers, *own_headers(refusal), JSON])
