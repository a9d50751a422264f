"""Answers that break off: a view that fails while its answer is sent already."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import structlog

from pql.faults import PlainError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = structlog.get_logger(__name__)


class AnswerBrokenOff(PlainError):
    """What failed has been logged; the server need only close the connection."""


class WatchedAnswers:
    """A WSGI application whose failures are logged here: the server would log their messages."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        try:
            return _WatchedAnswer(self._application(environ, start_response))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told
            raise _broken_off(error) from None


class _WatchedAnswer:
    def __init__(self, parts: Iterable[bytes]) -> None:
        self._parts = parts
        self._rest = iter(parts)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._rest)
        except StopIteration:
            raise
        except Exception as error:  # noqa: BLE001 - the same
            raise _broken_off(error) from None

    def close(self) -> None:
        """End the request, whose context closes with its answer."""
        close = getattr(self._parts, "close", None)
        if close is not None:
            close()


def _broken_off(error: Exception) -> AnswerBrokenOff:
    log.error("an answer broke off", exc_info=error)
    return AnswerBrokenOff("an answer broke off")
