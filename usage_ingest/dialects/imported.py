"""The channel `import`: rows of files, already validated and in our words."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from usage_ingest.canonical import CanonicalEvent, Rejected
from usage_ingest.dialects.dialect import Circumstances, RawEvents, UnreadableBody

_bodies = msgspec.json.Decoder(list[msgspec.Raw])
_events = msgspec.json.Decoder(CanonicalEvent)


def written(events: Sequence[CanonicalEvent]) -> bytes:
    """The body of a journal entry that holds these events."""
    return msgspec.json.encode(events)


class Imported:
    """Reads back what `written` wrote."""

    def take_apart(self, call: str, body: bytes) -> RawEvents:  # noqa: ARG002  there is only one
        """The events of a body, not yet read.

        Raises:
            UnreadableBody: it was not written by `written`.
        """
        try:
            return RawEvents(_bodies.decode(body), path="import")
        except msgspec.DecodeError as problem:
            raise UnreadableBody(f"not a list of events: {problem}") from problem

    def translate(
        self, raw: bytes | memoryview, circumstances: Circumstances
    ) -> CanonicalEvent | Rejected:
        """One event as it was written."""
        try:
            return _events.decode(raw)
        except msgspec.DecodeError as problem:
            detail = f"{circumstances.place}: {problem}; import the file again with this release"
            return Rejected("unreadable_import", detail, None)
