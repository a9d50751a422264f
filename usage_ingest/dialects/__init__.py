"""The dialects, one file each. `DIALECTS` maps a journal entry's channel to its translator."""

from __future__ import annotations

from collections.abc import Mapping

from pql.state.models.intake import REPLAY
from usage_ingest.dialects.amplitude import Amplitude
from usage_ingest.dialects.cloudevents import CloudEvents
from usage_ingest.dialects.dialect import Dialect
from usage_ingest.dialects.imported import Imported
from usage_ingest.dialects.posthog import PostHog
from usage_ingest.dialects.replayed import Replayed
from usage_ingest.dialects.segment import Segment

SENT_DIALECTS: Mapping[str, Dialect] = {
    "segment": Segment(),
    "posthog": PostHog(),
    "amplitude": Amplitude(),
    "cloudevents": CloudEvents(),
    "import": Imported(),
}
DIALECTS: Mapping[str, Dialect] = {**SENT_DIALECTS, REPLAY: Replayed(SENT_DIALECTS)}
