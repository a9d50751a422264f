"""Appends to the journal that many threads make at once.

`Journal.append` returns when its entries are durable. A commit waits for the disk, so the requests
that arrive while one is under way are committed together by the next (group commit): under load
many requests share one wait, and a request that is alone waits for nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock

from pql.faults import PlainError
from pql.state.store import State
from usage_ingest.journal import NewEntry
from usage_ingest.journal_writing import JournalWriter


class JournalUnavailable(PlainError):
    """The journal could not be written: nothing was acknowledged, the sender should try again."""


class Journal:
    """Appends for the threads of one process. Make one in each process, after any fork."""

    def __init__(self, state: State) -> None:
        self._writer = JournalWriter(state)
        self._waiting: list[_Append] = []
        self._is_led = False
        self._lock = Lock()

    def append(self, entries: Sequence[NewEntry]) -> None:
        """Keep the entries, all or none. They are durable when this returns.

        Raises:
            JournalUnavailable: the store failed.
        """
        append = _Append(entries)
        with self._lock:
            self._waiting.append(append)
            leads, self._is_led = not self._is_led, True
        if not leads:
            append.turn.acquire()  # until it is done, or the one to commit for all that wait
        if not append.is_done:
            self._commit_waiting()
        if not append.is_kept:
            raise JournalUnavailable("the journal cannot be written") from append.failure

    def _commit_waiting(self) -> None:
        with self._lock:
            together, self._waiting = self._waiting, []
        is_kept, failure = False, None
        try:
            self._writer.write([entry for append in together for entry in append.entries])
            is_kept = True
        except self._writer.failures as error:
            failure = error
        finally:  # whatever happened, nobody who waits may take it for done
            for append in together:
                append.is_done, append.is_kept, append.failure = True, is_kept, failure
            self._hand_over()
            for append in together:
                append.turn.release()

    def _hand_over(self) -> None:
        """The next commit is made by the first who waits, while the others answer."""
        with self._lock:
            self._is_led = bool(self._waiting)
            if self._is_led:
                self._waiting[0].turn.release()


class _Append:
    """One caller's entries, and what became of them. `turn` is held until there is news."""

    __slots__ = ("entries", "failure", "is_done", "is_kept", "turn")

    def __init__(self, entries: Sequence[NewEntry]) -> None:
        self.entries = entries
        self.is_done = False
        self.is_kept = False
        self.failure: Exception | None = None
        self.turn = Lock()
        self.turn.acquire()
