"""Requests taken apart as intake does it: no more events than one may bring."""

from __future__ import annotations

from usage_ingest.dialects import DIALECTS
from usage_ingest.dialects.dialect import Dialect, RawEvents, WrappedDialect
from usage_ingest.dialects.event_lists import EventList, long_lists

FEW = 200_000
"""With no more commas than that a body is taken apart without a look ahead: each event is an object
of some 60 bytes then."""

# Made once: to hold a dialect against a protocol takes 0.1 ms.
_UNWRAP = {
    channel: dialect.unwrap
    for channel, dialect in DIALECTS.items()
    if isinstance(dialect, WrappedDialect)
}


class TooManyEvents(Exception):
    """A request brings more events than one may. `found` and `most` are numbers of events."""

    def __init__(self, found: int, most: int) -> None:
        super().__init__(f"found {found:,} events; allowed: at most {most:,} in one request")
        self.found = found
        self.most = most


def unwrapped(channel: str, body: bytes) -> bytes:
    """The JSON of a body in the dialect of a channel.

    Raises:
        UnreadableBody: there is none.
    """
    unwrap = _UNWRAP.get(channel)
    return unwrap(body) if unwrap else body


def admit(dialect: Dialect, call: str, body: bytes, most: int) -> RawEvents:
    """The events of a body of JSON, where there are no more than `most`.

    Raises:
        TooManyEvents: there are more. Then no object was made for each of them.
        UnreadableBody: see `Dialect.take_apart`.
    """
    if body.count(b",") > max(most, FEW):
        _look_ahead(dialect, call, body, most)
    taken_apart = dialect.take_apart(call, body)
    if len(taken_apart.events) > most:
        raise TooManyEvents(len(taken_apart.events), most)
    return taken_apart


def _look_ahead(dialect: Dialect, call: str, body: bytes, most: int) -> None:
    lists = long_lists(body, most)
    if not lists:
        return
    path = dialect.take_apart(call, without(body, lists)).path
    found = [each.elements for each in lists if each.name in {None, path}]
    if path and found:
        raise TooManyEvents(max(found), most)


def without(body: bytes, lists: list[EventList]) -> bytes:
    """The body with these lists empty: what it says of all its events together."""
    ends = [0, *(each.end for each in lists)]
    starts = [*(each.start for each in lists), len(body)]
    return b"".join(body[end:start] for end, start in zip(ends, starts, strict=True))
