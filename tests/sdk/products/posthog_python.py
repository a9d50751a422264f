"""A product with PostHog's SDK for Python: HOST KEY GZIP, then what it should do on each line."""

import sys

from posthog import Posthog, identify_context, new_context

HOST, KEY, GZIP = sys.argv[1:]
client = Posthog(
    KEY,
    host=HOST,
    gzip=GZIP == "gzip",
    max_retries=20,
    flush_at=10,
    flush_interval=0.5,
    secret_key="for flag definitions",
)
GROUPS = {"company": "acme"}


def calls() -> int:
    """Make every call that the SDK offers for events; returns how many events that is."""
    client.capture("Feature Used", distinct_id="ada", properties={"k": 1}, groups=GROUPS)
    client.capture("Pricing Seen")
    with new_context():
        identify_context("ada")
        client.capture("Report Opened")
    client.set(distinct_id="ada", properties={"email": "ada@example.com"})
    client.set_once(distinct_id="ada", properties={"source": "search"})
    client.group_identify("company", "acme", {"name": "Example", "plan": "trial"})
    client.alias("visitor", "ada")
    client.capture_exception(ValueError("an example"), distinct_id="ada")
    client.capture_ai("$ai_generation", distinct_id="ada", properties={"$ai_model": "an example"})
    client.load_feature_flags()  # type: ignore[no-untyped-call]
    assert client.get_all_flags("ada") == {}
    return 9


def events(number: int) -> None:
    """Capture so many events."""
    for _ in range(number):
        client.capture(
            "message_sent", distinct_id="ada", properties={"characters": 12}, groups=GROUPS
        )


def poison() -> None:
    """Capture an event that no database can hold."""
    client.capture("message_sent", distinct_id="ada", properties={"text": "\0"})


for line in sys.stdin:
    command, *arguments = line.split()
    done = globals()[command](*map(int, arguments))
    print(done, flush=True)
client.flush(timeout_seconds=None)
client.shutdown()
