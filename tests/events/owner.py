"""A process that owns an event store: `python -m tests.events.owner EVENTS_URL [append]`.

Prints a line when it is ready. With `append` it appends batches of 100 events, the first number
after those that are there, and prints each number once its batch is stored, until it is killed.
"""

import itertools
import sys

from sqlalchemy import func, select

from pql.events.opening import open_event_store
from pql.events.schema import loaded_batches
from pql.settings import Settings
from tests.fixtures.events import batch_of


def main(events_url: str, task: str = "wait") -> None:
    store = open_event_store(Settings(database_url="", events_url=events_url))
    last = select(func.coalesce(func.max(loaded_batches.c.batch_id), 0).label("last"))
    first = store.frame(last)["last"].item() + 1
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    if task == "wait":
        sys.stdin.read()
        store.close()
        return
    for number in itertools.count(first):
        store.append(batch_of(number, [{"message_id": f"{number}-{n}"} for n in range(100)]))
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
