"""What every ingest path does: authenticate, take apart, keep in the journal, then answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from math import ceil
from time import monotonic
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import (
    BadRequest,
    Forbidden,
    RequestEntityTooLarge,
    ServiceUnavailable,
    TooManyRequests,
    Unauthorized,
)

from pql.settings import Settings
from pql.state.store import State
from routes.ingest.bodies import receive_body, unpack_body, unpack_unknown_body
from routes.ingest.keys import KeyRing, Source, sent_key
from routes.ingest.paths import Endpoint
from routes.ingest.rates import LargerThanRate, Rates
from routes.wrong_keys import KeyFinder
from usage_ingest.backpressure import JournalFull, JournalGauge, LargerThanJournal
from usage_ingest.dialects import DIALECTS
from usage_ingest.dialects.admission import TooManyEvents, admit, unwrapped
from usage_ingest.dialects.dialect import RawEvents, UnreadableBody
from usage_ingest.group_commit import Journal, JournalUnavailable
from usage_ingest.journal import IMPORT, NewEntry

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

RETRY_AFTER = 5
"""Seconds a sender is asked to wait when the store fails."""
RETRY_WHEN_FULL = 10
"""Seconds a sender is asked to wait when more waits to be loaded than may."""

_CHALLENGE = WWWAuthenticate("basic", {"realm": "pql"})


class Intake:
    """Takes requests in. One for each application."""

    def __init__(self, state: State, settings: Settings, journal: Journal, keys: KeyFinder) -> None:
        self._keys = KeyRing(keys)
        self._limit = settings.body_limit
        self._most_events = settings.events_per_request
        self._journal = journal
        self._gauge = JournalGauge(
            state, settings.journal_limit_events, settings.journal_limit_bytes, monotonic
        )
        self._rate_limit = settings.rate_limit_events
        self._rates = Rates(self._rate_limit, monotonic) if self._rate_limit else None

    def accept(self, environ: WSGIEnvironment, endpoint: Endpoint, now: datetime) -> NewEntry:
        """Keep the request's events; they are durable when this returns. Returns what was kept.

        The first of the endpoint's channels that can take the body apart will translate it. The key
        is looked for in the headers, then in the body.

        Raises:
            Unauthorized, Forbidden: there is no key that may write.
            BadRequest, RequestEntityTooLarge: the body cannot be taken in, now or later.
            TooManyRequests: the key sends too fast, too much waits to be loaded, or the key is one
                of too many wrong ones.
            ServiceUnavailable: the store failed, and nothing was kept.
        """
        # First of all: a sender that is not done sending would not hear a refusal.
        received = receive_body(environ, self._limit)
        key, address = sent_key(environ), environ.get("REMOTE_ADDR")
        source = self.source_of(key, address) if key else None
        unpack = unpack_body if source else unpack_unknown_body
        body = unpack(environ, received, self._limit)
        if endpoint.whole:
            body = endpoint.whole(environ, body)
        call = endpoint.call
        channel, body, taken_apart = self._take_apart(endpoint.channels, call, body)
        source = source or self.source_of(taken_apart.key, address)
        events = len(taken_apart.events)
        call = IMPORT if taken_apart.is_history else call
        entry = NewEntry(source.workspace_id, source.source_id, channel, call, now, events, body)
        if events:
            self._require_room(source, entry)
            self._keep(entry)
        return entry

    def source_of(self, key: str | None, address: str | None) -> Source:
        """The source of a key that may write, sent from this address.

        Raises:
            Unauthorized, Forbidden, ServiceUnavailable: as `accept`.
            TooManyWrongKeys: as `KeyFinder.find`.
        """
        source = self.known_source(key, address)
        if not source.may_write:
            raise Forbidden("The key may not write; use one with scope write.")
        return source

    def known_source(self, key: str | None, address: str | None) -> Source:
        """The source of a key, whatever it may do.

        Raises:
            Unauthorized, TooManyWrongKeys, ServiceUnavailable: as `source_of`.
        """
        if not key:
            raise Unauthorized("No key was sent.", www_authenticate=_CHALLENGE)
        try:
            source = self._keys.find(key, address)
        except SQLAlchemyError as error:
            raise _unavailable() from error
        if source is None:
            raise Unauthorized("The key is unknown or revoked.", www_authenticate=_CHALLENGE)
        return source

    def _take_apart(
        self, channels: Sequence[str], call: str, body: bytes
    ) -> tuple[str, bytes, RawEvents]:
        """The channel, the body in JSON and its events."""
        problems = []
        for channel in channels:
            try:
                content = unwrapped(channel, body)
                return channel, content, admit(DIALECTS[channel], call, content, self._most_events)
            except UnreadableBody as problem:
                problems.append(str(problem))
            except TooManyEvents as error:
                words = f"The request holds too much: {error}. Send less at once."
                raise RequestEntityTooLarge(words) from error
        raise BadRequest(f"{'; '.join(dict.fromkeys(problems))}.")

    def _require_room(self, source: Source, entry: NewEntry) -> None:
        """What the request brings counts before it is let in."""
        self._require_rate(source, entry.events)
        sender = entry.workspace_id, entry.source_id
        try:
            self._gauge.take_room(sender, entry.events, len(entry.body))
        except JournalFull as full:
            words = f"Too much waits to be loaded: {full}. Send it again later."
            raise TooManyRequests(words, retry_after=RETRY_WHEN_FULL) from full
        except LargerThanJournal as error:
            words = f"The request is larger than what may wait: {error}. Send less at once."
            raise RequestEntityTooLarge(words) from error
        except SQLAlchemyError as error:
            raise _unavailable() from error

    def _require_rate(self, source: Source, events: int) -> None:
        if self._rates is None:
            return
        may = f"The key may send {self._rate_limit} events a second"
        try:
            wait = self._rates.take(source.source_id, events)
        except LargerThanRate as error:
            words = f"{may}: {error} at once. Send less at once."
            raise RequestEntityTooLarge(words) from error
        if wait:
            raise TooManyRequests(f"{may}. Send it again later.", retry_after=ceil(wait))

    def _keep(self, entry: NewEntry) -> None:
        try:
            self._journal.append([entry])
        except JournalUnavailable as error:
            raise _unavailable() from error


def _unavailable() -> ServiceUnavailable:
    return ServiceUnavailable("The store does not answer. Send it again.", retry_after=RETRY_AFTER)
