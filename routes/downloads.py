"""Files that are made while they are taken: few at once, and none in a place of other requests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

from flask import Response, request
from werkzeug.exceptions import ServiceUnavailable

from routes.service import DOWNLOAD, current_service

RETRY_AFTER = 30
"""Seconds that whoever asks for one more file is asked to wait."""


def answer_download(pieces: Callable[[], Iterator[str]], content_type: str, name: str) -> Response:
    """A file, sent as its pieces are made.

    Raises:
        ServiceUnavailable: as many are under way as may be.
    """
    places = current_service().downloads
    if not places.acquire(blocking=False):
        raise ServiceUnavailable(
            "Too many files are being downloaded. Ask for it again later.", retry_after=RETRY_AFTER
        )
    with ExitStack() as until_it_fails:
        until_it_fails.callback(places.release)
        found = pieces()
        place = until_it_fails.pop_all()
    headers = {"Content-Disposition": f"attachment; filename={name}"}
    answer = Response(_sent(found, place), mimetype=content_type, headers=headers)
    answer.call_on_close(place.close)
    request.environ[DOWNLOAD] = True
    return answer


def _sent(pieces: Iterator[str], place: ExitStack) -> Iterator[str]:
    """The pieces. The place is free at their end, whoever closes the answer, and when."""
    with place:
        yield from pieces
