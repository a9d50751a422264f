"""The channel `replay`: one quarantined event an entry, with where it came from before it.

It is translated as if it were where it was first: by the same dialect, with the same times and, if
it has no id of its own, the same id.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from usage_ingest.canonical import CanonicalEvent, Rejected
from usage_ingest.dialects.dialect import Circumstances, Dialect, RawEvents, UnreadableBody

END = b"\n"


class Origin(msgspec.Struct, frozen=True):
    """Where a replayed event came from. `quarantined_id` is its row, `entry_id` was its entry."""

    quarantined_id: int
    channel: str
    entry_id: int
    position: int
    sent_at: str | None
    replayed_by: str


_origin = msgspec.json.Decoder(Origin)


def written(origin: Origin, content: str) -> bytes:
    """The body of a journal entry that holds this event."""
    return msgspec.json.encode(origin) + END + content.encode()


def read(body: bytes) -> tuple[Origin, bytes]:
    """What `written` wrote: the origin and the event.

    Raises:
        UnreadableBody: it was not written by `written`.
    """
    origin, _, content = body.partition(END)
    try:
        return _origin.decode(origin), content
    except msgspec.DecodeError as error:
        raise UnreadableBody(f"not a replayed event: {error}") from error


class Replayed:
    """Hands each event to the dialect that it came in."""

    def __init__(self, dialects: Mapping[str, Dialect]) -> None:
        self._dialects = dialects

    def take_apart(self, call: str, body: bytes) -> RawEvents:  # noqa: ARG002  any call may be bad
        """The one event, still with its origin."""
        return RawEvents([msgspec.Raw(body)])

    def translate(self, raw: bytes, circumstances: Circumstances) -> CanonicalEvent | Rejected:
        """The event as its own dialect reads it; see `Dialect.translate`."""
        origin, content = read(raw)
        original = msgspec.structs.replace(
            circumstances,
            sent_at=origin.sent_at,
            path="",
            position=origin.position,
            entry_id=origin.entry_id,
        )
        return self._dialects[origin.channel].translate(content, original)
