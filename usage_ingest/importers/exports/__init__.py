"""Raw exports of other products, one file each. `EXPORTS` has them by name."""

from __future__ import annotations

from collections.abc import Mapping

from usage_ingest.importers.exports.amplitude import AmplitudeExport
from usage_ingest.importers.exports.export import Export
from usage_ingest.importers.exports.mixpanel import MixpanelExport
from usage_ingest.importers.exports.posthog import PostHogExport
from usage_ingest.importers.exports.segment import SegmentExport

EXPORTS: Mapping[str, Export] = {
    "posthog": PostHogExport(),
    "amplitude": AmplitudeExport(),
    "mixpanel": MixpanelExport(),
    "segment": SegmentExport(),
    "rudderstack": SegmentExport(),
}
