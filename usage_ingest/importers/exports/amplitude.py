"""Amplitude's Export API: a zip archive of packed JSON Lines, and what its S3 export writes.

Source: Amplitude, "Export API", response schema.
"""

from __future__ import annotations

from typing import Any

from usage_ingest.dialects import SENT_DIALECTS
from usage_ingest.dialects.amplitude import OPERATIONS
from usage_ingest.dialects.reading import missing
from usage_ingest.dialects.times import read_time
from usage_ingest.importers.exports.export import Choices, Fields, Sent
from usage_ingest.importers.exports.fields import fields_of, given, object_in, text_in

COPIED = ("event_type", "user_id", "device_id")
OBJECTS = ("event_properties", "groups")
TIMES = ("event_time", "client_event_time")
"""The first is put right by the server where the device's clock was wrong."""
IDS = ("$insert_id", "insert_id", "uuid")
"""The first is what the SDK sent; without one, the id that Amplitude gave."""


class AmplitudeExport:
    """Its rows have what the properties of person and groups were, not what the event did to them.

    Where operations are there all the same, they are what was sent.
    """

    dialect = SENT_DIALECTS["amplitude"]
    call = "batch"

    def sent(self, fields: Fields, choices: Choices) -> Sent:  # noqa: ARG002  all times are UTC
        """See `Export.sent`."""
        event: dict[str, Any] = {name: fields[name] for name in COPIED if given(fields, name)}
        for name in OBJECTS:
            if (found := object_in(fields, name)) is not None:
                event[name] = found
        event["time"] = _milliseconds(fields)
        event["insert_id"] = next(filter(None, (text_in(fields, name) for name in IDS)), None)
        person = object_in(fields, "user_properties")
        if OPERATIONS.keys() & fields_of(person, "user_properties").keys():
            event["user_properties"], person = person, None
        return Sent(event, person, object_in(fields, "group_properties"))


def _milliseconds(fields: Fields) -> float:
    name = next((name for name in TIMES if given(fields, name)), None)
    if name is None:
        raise missing("event_time", "a time as in 2026-01-31 09:30:00.000000", "")
    moment = read_time(text_in(fields, name), name)
    if moment is None:
        raise missing(name, "a time", "")
    return moment.timestamp() * 1000
