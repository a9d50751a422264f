"""Ids that programs send where they have none. Who links people by them makes one of everybody.

Sources: the ids that PostHog never merges ("Identifying users"), those that Amplitude and Mixpanel
refuse, and the advertising id of phones whose owner allows none: all zeros.
"""

from __future__ import annotations

PLACEHOLDER_ID = "placeholder_id"
"""Noted on an event one of whose ids says nothing: it is stored without that id."""

PLACEHOLDERS = frozenset(
    {
        "-1",
        "0",
        "00000000-0000-0000-0000-000000000000",
        "9774d56d682e549c",  # every Android device of 2011 with a certain fault
        "[]",
        "[object object]",
        "anonymous",
        "anonymous_id",
        "anonymousid",
        "device_id",
        "deviceid",
        "distinct_id",
        "distinctid",
        "email",
        "false",
        "guest",
        "id",
        "lmy47d",  # the build, not the id, of an Android device
        "n/a",
        "na",
        "nan",
        "nil",
        "none",
        "not_authenticated",
        "null",
        "true",
        "undefined",
        "unknown",
        "user_id",
        "userid",
        "{}",
    }
)
"""In lower case."""


def is_placeholder(identifier: str) -> bool:
    """Whether an id, in whatever case, stands for nobody."""
    return identifier.strip().casefold() in PLACEHOLDERS or not identifier.strip()
