"""Mixpanel's raw event export: JSON Lines. They are read as PostHog's SDKs would send the same.

Source: Mixpanel, "Download Data" (raw event export), "Identifying Users" (simplified and original
ID merge) and "Group Analytics".
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from usage_ingest.dialects import SENT_DIALECTS
from usage_ingest.dialects.posthog import MERGE
from usage_ingest.dialects.reading import missing
from usage_ingest.importers.exports.export import Choices, Fields, Sent
from usage_ingest.importers.exports.fields import fields_of, given, moment_of, text_in

PAGE_VIEW = "$mp_web_page_view"
DEVICE = "$device:"
"""Before the id of somebody who was not known yet."""
MADE_UP = re.compile(r"[0-9a-f]+(-[0-9a-f]+){4}", re.IGNORECASE)
"""The ids that the SDKs for browsers and phones give to devices: five groups of hexadecimals."""
WHOLE_NUMBER = re.compile(rb"-?\d{1,19}")
NOT_KEPT = frozenset(
    (
        *("time", "distinct_id", "token", "alias", "$insert_id", "$user_id", "$device_id"),
        *("$distinct_id_before_identity", "$identified_id", "$anon_id", "$anon_distinct_id"),
        *("mp_processing_time_ms", "$mp_api_endpoint", "$mp_api_timestamp_ms", "$import"),
        *("$groups", "$group_type", "$group_key", "$group_set", "$set", "$set_once", "$unset"),
        *("$process_person_profile", "$is_identified"),
    )
)
"""Properties that say whose event it is and how it came, or that only PostHog's SDKs send."""


class MixpanelExport:
    """Its rows name a person by up to three ids: of the user, of the device, and of both merged."""

    dialect = SENT_DIALECTS["posthog"]
    call = "batch"

    def sent(self, fields: Fields, choices: Choices) -> Sent:
        """See `Export.sent`."""
        properties = fields_of(given(fields, "properties"), "properties")
        name = text_in(fields, "event")
        time = given(properties, "time")
        if time is None:
            raise missing("properties.time", "seconds since 1970", "")
        kept: dict[str, Any] = {
            key: value for key, value in properties.items() if key not in NOT_KEPT
        }
        group = given(properties, choices.account_group_type)
        if group is not None:
            kept["$groups"] = {choices.account_group_type: group}
        person = _merge(properties) if name == "$merge" else _person(name, properties)
        event = {
            "event": {PAGE_VIEW: "$pageview", "$merge": MERGE}.get(name or "", name),
            "uuid": text_in(properties, "$insert_id"),
            "timestamp": moment_of(time, choices.time_zone, "properties.time").isoformat(),
            "distinct_id": person.pop("distinct_id", None),
            "properties": kept | person,
        }
        return Sent(event, links_device="$anon_distinct_id" in person)


def _person(name: str | None, properties: Fields) -> dict[str, Any]:
    """Who did it: properties as PostHog's SDKs send them."""
    if name == "$create_alias":
        return {"distinct_id": _id(properties, "distinct_id"), "alias": _id(properties, "alias")}
    user = _id(properties, "$identified_id") or _id(properties, "$user_id")
    device = _id(properties, "$anon_id") or _id(properties, "$device_id")
    merged, before = _id(properties, "distinct_id"), _id(properties, "$distinct_id_before_identity")
    if user is None:
        others = [each for each in (merged, before) if each is not None and each != device]
        known = [each for each in others if not _is_device(properties, each)]
        user = next(iter(sorted(known, key=_looks_made_up)), None)
        device = device or next((each for each in others if each != user), None)
    if user is None:
        return {"distinct_id": device, "$is_identified": False}
    return {"distinct_id": user} | ({"$anon_distinct_id": device} if device else {})


def _merge(properties: Fields) -> dict[str, Any]:
    """Two ids of one person, of which the one that looks made up is the other's."""
    raw = properties.get("$distinct_ids", msgspec.Raw(b"[]"))
    try:
        ids = sorted(msgspec.json.decode(raw, type=list[str]), key=_looks_made_up)
    except msgspec.MsgspecError:
        ids = []
    stays, goes = [*(each.removeprefix(DEVICE) for each in ids), None, None][:2]
    return {"distinct_id": stays, "alias": goes}


def _id(properties: Fields, name: str) -> str | None:
    """An id, without what marks it as a device's."""
    return (_marked_id(properties, name) or "").removeprefix(DEVICE) or None


def _marked_id(properties: Fields, name: str) -> str | None:
    """An id as it is written; a whole number becomes text."""
    raw = given(properties, name)
    if raw is not None and WHOLE_NUMBER.fullmatch(bytes(raw)):
        return bytes(raw).decode()
    return text_in(properties, name)


def _is_device(properties: Fields, found: str) -> bool:
    names = ("distinct_id", "$distinct_id_before_identity")
    return any(_marked_id(properties, name) == DEVICE + found for name in names)


def _looks_made_up(found: str) -> bool:
    return found.startswith(DEVICE) or MADE_UP.fullmatch(found) is not None
