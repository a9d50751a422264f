"""A product with Segment's SDK for Python: HOST KEY GZIP, then what it should do on each line."""

import sys

from segment.analytics import Client

HOST, KEY, GZIP = sys.argv[1:]
client = Client(KEY, host=HOST, gzip=GZIP == "gzip", max_retries=20, upload_size=10)


def calls() -> int:
    """Make every call that the SDK offers; returns how many events that is."""
    client.identify("ada", {"email": "ada@example.com", "plan": "trial"})
    client.identify(anonymous_id="visitor", traits={"source": "search"})
    client.group("ada", "acme", {"name": "Example", "plan": "trial"})
    client.track("ada", "Feature Used", {"k": 1}, context={"groupId": "acme"})
    client.track(anonymous_id="visitor", event="Pricing Seen")
    client.page("ada", "Docs", "Home", {"url": "https://example.com"})
    client.screen("ada", "Docs", "Home", {"size": "small"})
    client.alias("visitor", "ada")
    return 8


def events(number: int) -> None:
    """Track so many events."""
    for _ in range(number):
        client.track("ada", "message_sent", {"characters": 12}, context={"groupId": "acme"})


def poison() -> None:
    """Track an event that no database can hold."""
    client.track("ada", "message_sent", {"text": "\0"})


for line in sys.stdin:
    command, *arguments = line.split()
    done = globals()[command](*map(int, arguments))
    print(done, flush=True)
client.shutdown()
