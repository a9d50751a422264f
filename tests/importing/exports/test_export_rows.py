"""What becomes of one row of an export: every rule that is not the dialect's own."""

import json
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from usage_ingest.canonical import CanonicalEvent
from usage_ingest.importers.cells import BadCell
from usage_ingest.importers.exports import EXPORTS
from usage_ingest.importers.exports.export import Choices
from usage_ingest.importers.exports.rows import ExportReader
from usage_ingest.importers.message_ids import counting_occurrences
from usage_ingest.importers.open_file import NumberedRow

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
LARGEST = 10_000
AT = "2026-02-01 10:00:00.000000"
SECONDS = datetime(2026, 2, 1, 10, tzinfo=UTC).timestamp()

AMPLITUDE = {"event_type": "seen", "user_id": "ada", "$insert_id": "1", "event_time": AT}
POSTHOG = {"event": "seen", "distinct_id": "ada", "uuid": "1", "timestamp": AT, "properties": {}}
SEGMENT = {"type": "track", "event": "seen", "userId": "ada", "messageId": "1", "timestamp": AT}
ROWS: dict[str, dict[str, Any]] = {
    "amplitude": AMPLITUDE,
    "posthog": POSTHOG,
    "segment": SEGMENT,
    "mixpanel": {"event": "seen", "properties": {"time": SECONDS, "distinct_id": "ada"}},
}


def numbered(row: object, number: int = 1, file: str = "") -> NumberedRow:
    content = row if isinstance(row, bytes) else json.dumps(row).encode()
    fields = msgspec.json.decode(content, type=dict[str, msgspec.Raw])
    return NumberedRow(number, fields, size=len(content), file=file)


def events(tool: str, *rows: NumberedRow, **chosen: Any) -> list[CanonicalEvent]:
    """The events of rows that are read one after another."""
    reader = ExportReader(EXPORTS[tool], Choices(**chosen), NOW, LARGEST)
    with counting_occurrences() as seen:
        return [reader.with_properties(reader.read(row, seen)) for row in rows]


def event(tool: str, row: object, **chosen: Any) -> CanonicalEvent:
    return events(tool, numbered(row), **chosen)[0]


def refusal(tool: str, row: object) -> BadCell:
    with pytest.raises(BadCell) as caught:
        event(tool, row)
    return caught.value


def mixpanel(name: str = "seen", **properties: Any) -> dict[str, Any]:
    marked = {key.replace("S_", "$"): value for key, value in properties.items()}
    return {"event": name, "properties": {"time": SECONDS, "$insert_id": "1"} | marked}


def ids(found: CanonicalEvent) -> tuple[str | None, str | None, str | None]:
    return found.user_id, found.anonymous_id, found.previous_id


@pytest.mark.parametrize("tool", ROWS)
def test_a_row_is_an_import_of_its_own_time(tool: str) -> None:
    found = event(tool, ROWS[tool])
    assert (found.name, found.user_id, found.known_from) == ("seen", "ada", "import")
    assert (found.occurred_at, found.received_at) == (datetime(2026, 2, 1, 10, tzinfo=UTC), NOW)


@pytest.mark.parametrize("tool", ROWS)
def test_a_time_that_is_missing_or_in_the_future_is_refused(tool: str) -> None:
    named = {"amplitude": "event_time", "mixpanel": "properties"}.get(tool, "timestamp")
    without = {key: value for key, value in ROWS[tool].items() if key != named}
    assert refusal(tool, without).reason.startswith("missing_")
    future = {"time": SECONDS + 90 * 86_400, "distinct_id": "ada"}
    later = future if tool == "mixpanel" else "2026-05-02T10:00:00Z"
    assert refusal(tool, ROWS[tool] | {named: later}).reason == "in the future"


def test_what_is_no_event_says_why() -> None:
    person = {"team_id": 1, "distinct_id": "ada", "person_id": "p", "properties": {}}
    assert "persons model" in refusal("posthog", person).found
    staged = {"data": {"id": "1"}, "metadata": {"table": "tracks"}}
    assert "rudder-logs" in refusal("rudderstack", staged).allowed
    large = refusal("segment", SEGMENT | {"event": "x" * LARGEST})
    assert (large.reason, large.allowed) == ("event_too_large", "at most 10,000 bytes")
    unknown = refusal("segment", SEGMENT | {"type": "merge"})
    assert (unknown.column, unknown.reason, unknown.found) == ("type", "unknown_type", "'merge'")


@pytest.mark.parametrize(
    ("tool", "row"),
    [
        ("posthog", POSTHOG | {"properties": '{"a": 1}, "event": "other"'}),
        ("posthog", POSTHOG | {"properties": "[1]"}),
        ("posthog", POSTHOG | {"person_properties": [1]}),
        ("posthog", POSTHOG | {"person_properties": {"a": "\0"}}),
        ("posthog", POSTHOG | {"person_properties": '{"a": "\\ud800"}'}),
        ("posthog", POSTHOG | {"properties": '{"a": "\\ud800"}'}),
        ("posthog", POSTHOG | {"properties": "[" * 5_000}),
        ("amplitude", AMPLITUDE | {"user_properties": 7}),
        ("amplitude", AMPLITUDE | {"event_time": 7}),
        ("amplitude", AMPLITUDE | {"event_time": "soon"}),
        ("amplitude", AMPLITUDE | {"$insert_id": ["1"]}),
        ("mixpanel", {"event": "seen", "properties": [1]}),
        ("mixpanel", mixpanel(distinct_id="ada") | {"event": None}),
        ("mixpanel", mixpanel(distinct_id=True)),
        ("mixpanel", mixpanel(distinct_id="ada", time="soon")),
        ("mixpanel", mixpanel(distinct_id="ada", time=1e300)),
        ("mixpanel", mixpanel("$merge", S_distinct_ids="ada")),
    ],
)
def test_what_cannot_be_read_is_refused_alone(tool: str, row: object) -> None:
    assert refusal(tool, row).reason


def test_objects_may_be_text_as_in_parquet() -> None:
    texts = {"properties": '{"n": 1}', "person_properties": '{"title": "CTO"}'}
    found = event("posthog", POSTHOG | texts)
    assert found.properties == {"n": 1}
    assert found.person_changes == [("set", {"title": "CTO"})]


def test_what_a_person_was_like_is_said_once_until_it_changes() -> None:
    states = [{"plan": "a", "$os": "x"}, {"plan": "a", "$os": "x"}, {"plan": "b"}, {"plan": "a"}]
    rows = [numbered(AMPLITUDE | {"user_properties": state}) for state in states]
    said = [found.person_changes for found in events("amplitude", *rows)]
    assert said == [[("set", states[0])], [], [("set", states[2])], [("set", states[3])]]


def test_operations_in_an_export_are_what_they_are_live() -> None:
    row = AMPLITUDE | {"user_properties": {"$add": {"n": 2}, "$set": {"a": 1}}}
    assert event("amplitude", row).person_changes == [("add", {"n": 2}), ("set", {"a": 1})]


def test_the_account_has_the_properties_of_its_group_alone() -> None:
    groups = {"groups": {"team": ["t"], "company": ["c", "d"]}}
    properties = {
        "company": {"c": {"plan": "trial"}, "d": {"plan": "pro"}},
        "team": {"t": {"x": 1}},
    }
    row = numbered(AMPLITUDE | groups | {"group_properties": properties})
    first, again = events("amplitude", row, row)
    assert (first.account_keys(), first.account_changes) == (
        ("c", "d"),
        [("set", {"plan": "trial"})],
    )
    assert again.account_changes == []
    (of_team,) = events("amplitude", row, account_group_type="team")
    assert (of_team.account_keys(), of_team.account_changes) == (("t",), [("set", {"x": 1})])


def test_the_id_is_the_exports_own_or_else_amplitudes() -> None:
    assert event("amplitude", AMPLITUDE | {"uuid": "u"}).message_id == "1"
    assert event("amplitude", AMPLITUDE | {"$insert_id": None, "uuid": "u"}).message_id == "u"


def test_rows_without_an_id_are_told_apart_by_what_they_say_in_each_file() -> None:
    row = {key: value for key, value in SEGMENT.items() if key != "messageId"}
    other = {**row, "userId": None, "anonymousId": "visitor"}
    found = events(
        "segment",
        *(numbered(row, 1, "a"), numbered(row, 2, "a"), numbered(other, 3, "a")),
        *(numbered(row, 1, "b"), numbered(row, 2, "b")),
    )
    first, second, visitor, *same = (each.message_id for each in found)
    assert len({first, second, visitor}) == 3
    assert same == [first, second]
    assert first.startswith("import:")


def test_a_sender_s_clock_counts_only_where_nobody_put_it_right() -> None:
    clocks = {"originalTimestamp": "2026-01-31T10:00:00Z", "sentAt": "2026-01-31T10:00:01Z"}
    assert event("segment", SEGMENT | clocks).occurred_at.day == 1
    alone = {key: value for key, value in SEGMENT.items() if key != "timestamp"} | clocks
    assert event("rudderstack", alone).occurred_at == datetime(2026, 1, 31, 10, tzinfo=UTC)


DEVICE = "18c2a3b4f5d6e7-0123456789abcd-1a2b3c4d-1fa400-18c2a3b4f5d6e8"
UUID = "0b9ff2a4-7b1e-4a3a-9e0f-0123456789ab"


@pytest.mark.parametrize(
    ("properties", "user", "device"),
    [
        ({"distinct_id": "ada"}, "ada", None),
        ({"distinct_id": 1234}, "1234", None),
        ({"distinct_id": UUID}, UUID, None),
        ({"distinct_id": f"$device:{DEVICE}"}, None, DEVICE),
        ({"distinct_id": DEVICE, "S_device_id": DEVICE}, None, DEVICE),
        ({"distinct_id": "ada", "S_user_id": "ada", "S_device_id": DEVICE}, "ada", DEVICE),
        ({"distinct_id": f"$device:{DEVICE}", "S_user_id": "ada"}, "ada", None),
        ({"distinct_id": "ada", "S_distinct_id_before_identity": UUID}, "ada", UUID),
        ({"distinct_id": UUID, "S_distinct_id_before_identity": "ada"}, "ada", UUID),
        ({"distinct_id": "ada", "S_distinct_id_before_identity": "$device:d"}, "ada", "d"),
        ({"distinct_id": "$device:d", "S_distinct_id_before_identity": UUID}, UUID, "d"),
    ],
)
def test_a_person_of_mixpanel(
    properties: dict[str, Any], user: str | None, device: str | None
) -> None:
    found = event("mixpanel", mixpanel(**properties))
    assert ids(found) == (user, device, None)
    assert found.links_device is bool(user and device)


def test_links_of_mixpanel() -> None:
    identify = mixpanel("$identify", S_identified_id="ada", S_anon_id=f"$device:{DEVICE}")
    found = event("mixpanel", identify | {})
    assert (found.kind, ids(found)) == ("identify", ("ada", DEVICE, None))
    alias = event("mixpanel", mixpanel("$create_alias", distinct_id=DEVICE, alias="ada"))
    assert (alias.kind, set(ids(alias))) == ("alias", {"ada", DEVICE, None})
    merge = event("mixpanel", mixpanel("$merge", S_distinct_ids=[UUID, "ada"]))
    assert (merge.kind, ids(merge)) == ("alias", ("ada", None, UUID))


def test_a_group_key_of_mixpanel_names_accounts_and_stays_a_property() -> None:
    row = mixpanel(distinct_id="ada", company_id=["a", 7], S_set={"x": 1}, mp_lib="web")
    found = event("mixpanel", row, account_group_type="company_id")
    assert (found.account_keys(), found.joins_account) == (("a", "7"), True)
    assert found.properties["company_id"] == ["a", 7]
    assert (found.properties["mp_lib"], found.person_changes) == ("web", [])


@pytest.mark.parametrize("unit", [1, 1000])
def test_times_of_mixpanel_may_be_those_of_the_projects_zone(unit: int) -> None:
    row = mixpanel(distinct_id="ada", time=SECONDS * unit)
    found = event("mixpanel", row, time_zone=ZoneInfo("Europe/Berlin"))
    assert found.occurred_at == datetime(2026, 2, 1, 9, tzinfo=UTC)
