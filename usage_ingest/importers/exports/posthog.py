"""PostHog's batch exports of events: JSON Lines or Parquet.

Source: PostHog, "S3 destination for batch exports", events model.
"""

from __future__ import annotations

from usage_ingest.dialects import SENT_DIALECTS
from usage_ingest.dialects.flaws import Unusable
from usage_ingest.dialects.reading import missing
from usage_ingest.importers.exports.export import Choices, Fields, Sent
from usage_ingest.importers.exports.fields import given, object_in

COPIED = ("event", "distinct_id", "uuid", "timestamp")


class PostHogExport:
    """Its rows are the events as they were captured, with the person's properties beside them."""

    dialect = SENT_DIALECTS["posthog"]
    call = "batch"

    def sent(self, fields: Fields, choices: Choices) -> Sent:  # noqa: ARG002  all times have zones
        """See `Export.sent`."""
        event = {name: fields[name] for name in COPIED if given(fields, name)}
        if "event" not in event and "person_id" in fields:
            found = "found a row of the persons model; allowed: rows of the events model"
            raise Unusable("no_event", "event", found)
        if "timestamp" not in event:
            raise missing("timestamp", "an ISO 8601 time", "")
        properties = object_in(fields, "properties")
        if properties is not None:
            event["properties"] = properties
        return Sent(event, person_properties=object_in(fields, "person_properties"))
