"""What fails because of the event store's file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

import structlog

from pql.events.store import EventStoreDamaged

log = structlog.get_logger(__name__)


class Trouble:
    """Which jobs the event store's file makes fail at the moment. Threads share it.

    A damaged part of the file is noticed by whatever reads it, long after the file was opened.
    """

    def __init__(self) -> None:
        self._words: dict[str, str] = {}
        self._lock = Lock()

    @contextmanager
    def noticing(self, what: str) -> Iterator[None]:
        """Note whether the block fails because of the file; said in the log when it begins to."""
        try:
            yield
        except EventStoreDamaged as error:
            with self._lock:
                is_news = self._words.get(what) != str(error)
                self._words[what] = str(error)
            if is_news:
                log.error("the event store cannot be used", by=what, reason=str(error))
            raise
        with self._lock:
            self._words.pop(what, None)

    @property
    def words(self) -> str:
        """What is wrong, in one line; empty where nothing is."""
        with self._lock:
            return next(iter(self._words.values()), "")
