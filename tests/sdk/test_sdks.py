"""Real SDKs, unchanged but for the host: every event they send is stored, and stored once."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress

import pytest

from benchmarks.service import Service, children_of, eventually, is_gone
from tests.sdk.conftest import Source
from tests.sdk.product import running
from tests.sdk.unreliable import Network

PROGRAMS = ("segment_python.py", "segment_node.cjs", "posthog_python.py", "amplitude_python.py")
THAT_FORGET = ("amplitude_python.py",)
"""Their SDK drops a request whose connection breaks before the answer, though no refused one."""
THAT_PACK = ("segment_python.py", "posthog_python.py")

# One worker runs them all: they share a service.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.usefixtures("node"),
]


def kill(service: Service) -> None:
    """End every process of the service as a power cut does; its port is closed afterwards.

    Until the last one is gone, the system takes connections for it and breaks them.
    """
    processes = [service.process.pid, *children_of(service.process.pid)]
    for child in processes[1:]:
        processes += children_of(child)
    for process_id in processes:
        with suppress(ProcessLookupError):  # it noticed that its server was killed, and ended
            os.kill(process_id, signal.SIGKILL)
    service.process.wait()
    eventually("all are gone", lambda: all(map(is_gone, processes)))


@pytest.fixture(autouse=True)
def a_network_that_works(network: Network) -> Iterator[None]:
    """What one test orders is no other's business."""
    yield
    network.will()


@pytest.mark.parametrize(
    ("program", "gzip"),
    [*((program, False) for program in PROGRAMS), *((program, True) for program in THAT_PACK)],
)
def test_every_call_is_stored(network: Network, source: Source, program: str, gzip: bool) -> None:
    with running(program, network.address, source.key, gzip=gzip) as product:
        made = int(product.do("calls"))
    counts = source.counts()
    assert (counts["stored"], counts["duplicates"], counts["quarantined"]) == (made, 0, 0)
    assert counts["accounts"] == (2 if "amplitude" in program else 1)


@pytest.mark.parametrize("program", PROGRAMS)
def test_what_is_refused_is_sent_again_and_what_comes_twice_counts_once(
    network: Network, source: Source, program: str
) -> None:
    network.will("refuse", "lose the answer", "refuse")
    with running(program, network.address, source.key) as product:
        product.do("events 20")
        eventually("the network has failed three times", network.has_failed)
        product.do("events 5")
    counts = source.counts()
    assert (counts["stored"], counts["quarantined"]) == (25, 0)
    assert counts["duplicates"] >= 5, "a batch whose answer was lost came again"


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_poisonous_event_leaves_those_beside_it_alone(
    network: Network, source: Source, program: str
) -> None:
    with running(program, network.address, source.key) as product:
        product.do("events 4")
        product.do("poison")
        product.do("events 4")
    counts = source.counts()
    assert (counts["stored"], counts["quarantined"], counts["duplicates"]) == (8, 1, 0)


def test_nothing_is_lost_when_the_service_is_killed_and_starts_again(
    service: Service, make_source: Callable[[], Source]
) -> None:
    sources = {program: make_source() for program in PROGRAMS}
    with ExitStack() as stack:
        products = [
            stack.enter_context(running(program, service.address, source.key))
            for program, source in sources.items()
        ]
        for product in sorted(products, key=lambda product: product.name not in THAT_FORGET):
            product.do("events 20")
            if product.name in THAT_FORGET:
                product.do("settle")
        kill(service)
        for product in products:
            product.do("events 20")
        service.start()
        for product in products:
            product.do("events 5")
    stored = {program: source.counts() for program, source in sources.items()}
    assert {program: counts["stored"] for program, counts in stored.items()} == dict.fromkeys(
        PROGRAMS, 45
    )
