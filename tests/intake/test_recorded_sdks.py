"""Nothing that an official SDK sends on its own account is quarantined.

Requests whose line says `written_from` are written by hand from the source that it names; the
others were recorded while the SDK ran.
"""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from routes.ingest import posthog
from routes.ingest.cloudevents import structured
from tests.documentation.pages import Page
from tests.intake.recordings import RECEIVED_AT, events, recorded
from usage_ingest.canonical import CanonicalEvent

DIALECT_OF = {"rudderstack": "segment"}
SDKS = sorted(
    path.stem.rpartition("-")[0] for path in (Path(__file__).parent / "recorded").glob("*.jsonl")
)
SENT = datetime(2026, 11, 22, 10, tzinfo=UTC)

WRITTEN: dict[str, tuple[list[str], str | None, str | None]] = {
    "segment-ruby": (["identify", "group", "track", "alias", "page"], "1234", "15"),
    "segment-php": (["identify", "group", "track", "alias"], "1234", "15"),
    "segment-php1": (["identify", "track"], "1234", None),
    "segment-go": (["identify", "group", "track", "alias"], "user-1", "account-1"),
    "segment-java": (["identify", "group", "track"], "user-1", "account-1"),
    "segment-dotnet": (["identify", "group", "track"], "user-1", "account-1"),
    "rudderstack-java": (["identify", "group", "track"], "user-1", "account-1"),
    "rudderstack-dotnet": (["group", "track"], "user-1", "account-1"),
    "posthog-ruby": (["identify", "group", "track", "alias"], "1234", "15"),
    "posthog-php": (["identify", "track", "track", "alias"], "1234", "15"),
    "posthog-go": (["identify", "group", "track", "alias"], "user-1", "15"),
    "posthog-dotnet": (["track", "group", "identify"], "user-1", "account-1"),
    "amplitude-go": (["identify", "group", "track"], "user-1", "15"),
    "amplitude-java": (["track", "track"], "user-1", "15"),
    "cloudevents-ruby": (["group", "track"], "user-1", "15"),
    "cloudevents-go": (["track"], "user-1", "15"),
    "cloudevents-node": (["track", "group"], "user-1", "15"),
    "posthog-go1": (["identify", "track", "track"], "user-1", "account-1"),
}
"""What the requests written by hand become: kinds in their order, a user and an account in them."""


def sent_by(sdk: str) -> list[CanonicalEvent]:
    """The events of an SDK's requests; none may be refused."""
    family = sdk.partition("-")[0]
    return [
        event
        for request in recorded(sdk)
        for event in events(DIALECT_OF.get(family, family), call_of(request), body_of(request))
    ]


def call_of(request: dict[str, Any]) -> str:
    """What the dialect knows the request as."""
    path: str = request["path"].rstrip("/")
    return "batch" if path == posthog.VERSION_1_PATH else path.rpartition("/")[2]


def body_of(request: dict[str, Any]) -> bytes:
    """The body, as the dialect gets it."""
    names = {name: name.upper().replace("-", "_") for name in request["headers"]}
    environ = {f"HTTP_{names[name]}": value for name, value in request["headers"].items()}
    return structured(environ, json.dumps(request["body"]).encode())


def test_there_are_sdks_of_every_family_and_language() -> None:
    assert len(SDKS) >= 12
    languages = {sdk.partition("-")[2] for sdk in SDKS}
    assert languages >= {"node", "python", "ruby", "php", "go", "java", "dotnet"}
    hand_written = {sdk for sdk in SDKS if "written_from" in recorded(sdk)[0]}
    assert hand_written == WRITTEN.keys()


@pytest.mark.parametrize("sdk", SDKS)
def test_no_event_that_an_sdk_sends_is_refused_or_partly_ignored(sdk: str) -> None:
    found = sent_by(sdk)
    assert found
    assert not [event.ignored for event in found if event.ignored]


@pytest.mark.parametrize("sdk", WRITTEN)
def test_what_an_sdk_sends_becomes_what_it_means(sdk: str) -> None:
    kinds, user, account = WRITTEN[sdk]
    found = sent_by(sdk)
    assert [each.kind for each in found] == kinds
    assert user in {each.user_id for each in found}
    assert account in {each.account_key for each in found} | {None}
    assert all(type(each.message_id) is str for each in found)
    assert len({each.message_id for each in found}) == len(found)


def test_numbers_as_ids_become_their_decimal_text_wherever_they_are() -> None:
    _, group, track, alias, _ = sent_by("segment-ruby")
    assert (group.user_id, group.account_key) == ("1234", "15")
    assert (track.user_id, track.message_id) == ("1234", "7")
    assert (alias.user_id, alias.previous_id) == ("1234", "77")
    assert [each.account_key for each in sent_by("posthog-ruby")] == [None, "15", "15", None]


def test_an_empty_list_stands_for_an_object_with_nothing_in_it() -> None:
    assert [(each.traits, each.properties) for each in sent_by("segment-php1")] == [({}, {})] * 2
    identify, called, _, alias = sent_by("posthog-php")
    assert (list(identify.person_changes), called.account_key) == ([], None)
    assert (alias.user_id, alias.previous_id) == ("visitor-77", "user-1")


def test_a_time_that_was_not_set_is_when_the_event_came() -> None:
    assert sent_by("segment-go")[2].occurred_at == RECEIVED_AT
    unset, stated = sent_by("amplitude-java")
    assert (unset.occurred_at, stated.occurred_at) == (RECEIVED_AT, SENT)
    assert unset.message_id.startswith("journal-")


def test_a_time_without_a_point_before_its_microseconds_is_read() -> None:
    assert sent_by("posthog-php")[2].occurred_at == SENT + timedelta(microseconds=123400)


def test_a_visitor_without_a_profile_is_known_in_both_versions_of_posthogs_api() -> None:
    assert sent_by("posthog-go1")[2].anonymous_id == "visitor-77"


CALLERS = "what the caller says"
LINE = re.compile(r"^\| (.+?) \| (.+?) \| (.+?) \|$", re.MULTILINE)
FAMILIES = {
    "Segment": "segment",
    "RudderStack": "rudderstack",
    "PostHog": "posthog",
    "Amplitude": "amplitude",
    "CloudEvents": "cloudevents",
}


def test_every_line_of_the_table_in_docs_names_an_sdk_whose_request_is_here() -> None:
    _, _, rest = Page("docs/developers.md").text.partition("## What SDKs put on the wire")
    section = rest.partition("\n## ")[0]
    lines = LINE.findall(section)[2:]
    assert len(lines) > 15
    recorded_families = {sdk.partition("-")[0] for sdk in SDKS}
    for on_the_wire, sent_by_whom, _ in lines:
        named = {folder for name, folder in FAMILIES.items() if name in sent_by_whom}
        nobody = "none of itself" in sent_by_whom or CALLERS in sent_by_whom
        assert nobody or named <= recorded_families, on_the_wire
        assert nobody or named or "Go, .NET" in sent_by_whom or ".NET, Go" in sent_by_whom


def test_what_a_caller_of_rudderstack_states_leads() -> None:
    group, track = sent_by("rudderstack-dotnet")
    assert track.occurred_at - group.occurred_at < timedelta(days=-2)


def test_operations_of_amplitude_are_made_in_their_order_after_all_was_cleared() -> None:
    assert sent_by("amplitude-java")[1].person_changes == [
        ("clear", {}),
        ("prepend_once", {"tags": "a"}),
        ("append_once", {"tags": "b"}),
        ("remove", {"tags": "a"}),
        ("prepend", {"last": 1}),
    ]
