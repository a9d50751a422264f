"""A product with Amplitude's SDK for Python: HOST KEY GZIP, then what it should do on each line."""

import sys
import time
from collections import Counter

from amplitude import Amplitude, BaseEvent, Config, EventOptions, Identify, Revenue

HOST, KEY, _ = sys.argv[1:]
ADA = EventOptions(user_id="ada")
GROUPS = {"company": "acme"}
events_of = Counter[str]()


def _count(_event: BaseEvent, code: int, _message: str | None) -> None:
    events_of["delivered"] += code == 200


config = Config(
    server_url=f"{HOST}/2/httpapi",
    flush_queue_size=10,
    flush_interval_millis=500,
    flush_max_retries=16,
    callback=_count,
)
client = Amplitude(KEY, config)


def calls() -> int:
    """Make every call that the SDK offers; returns how many events that is."""
    properties = {"k": 1}
    client.track(BaseEvent("Feature Used", user_id="ada", event_properties=properties))
    client.track(BaseEvent("Pricing Seen", device_id="visitor"))
    both = {"company": ["acme", "globex"]}
    client.track(BaseEvent("Report Shared", user_id="ada", groups=both))
    person = (
        Identify().set("email", "ada@example.com").set_once("source", "search").add("visits", 1)
    )
    client.identify(person.unset("draft"), ADA)
    client.group_identify("company", "acme", Identify().set("plan", "trial"))
    client.set_group("company", "acme", ADA)
    client.revenue(Revenue(price=9.9, quantity=2, product_id="seat"), ADA)
    events_of["tracked"] += 7
    return 7


def events(number: int) -> None:
    """Track so many events."""
    for _ in range(number):
        client.track(BaseEvent("message_sent", user_id="ada", groups=GROUPS))
    events_of["tracked"] += number


def poison() -> None:
    """Track an event that no database can hold."""
    client.track(BaseEvent("message_sent", user_id="ada", event_properties={"text": "\0"}))
    events_of["tracked"] += 1


def settle() -> None:
    """Wait until everything is delivered."""
    while events_of["delivered"] < events_of["tracked"]:
        time.sleep(0.05)


for line in sys.stdin:
    command, *arguments = line.split()
    done = globals()[command](*map(int, arguments))
    print(done, flush=True)
client.flush()
# At its end the SDK forgets what it is about to send again: a product has to stay until then.
settle()
client.shutdown()
