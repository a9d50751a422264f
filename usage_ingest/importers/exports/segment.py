"""Segment's and RudderStack's raw events, as their destinations for object stores write them.

Source: Segment, "Amazon S3 Destination", data format, and "Spec: Common Fields"; RudderStack,
"Amazon S3 destination".
"""

from __future__ import annotations

from usage_ingest.dialects import SENT_DIALECTS
from usage_ingest.dialects.flaws import Unusable
from usage_ingest.dialects.reading import missing
from usage_ingest.importers.exports.export import Choices, Fields, Sent
from usage_ingest.importers.exports.fields import given

CLOCKS = frozenset(("originalTimestamp", "sentAt"))
"""By the sender's clock; `timestamp` is the time that they put right when it came."""


class SegmentExport:
    """Its rows are whole calls, as they were received."""

    dialect = SENT_DIALECTS["segment"]
    call = "import"

    def sent(self, fields: Fields, choices: Choices) -> Sent:  # noqa: ARG002  all times have zones
        """See `Export.sent`."""
        if "metadata" in fields and "data" in fields:
            found = "found a row for a table of a warehouse; allowed: a call, as in rudder-logs"
            raise Unusable("no_event", "type", found)
        if given(fields, "timestamp"):
            return Sent({name: fields[name] for name in fields if name not in CLOCKS})
        if not given(fields, "originalTimestamp"):
            raise missing("timestamp", "an ISO 8601 time", "")
        return Sent(fields)
