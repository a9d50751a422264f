"""Who sends wrong keys has to wait, and costs little; a right key always gets in."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, ip_network
from math import ceil
from threading import Lock

from werkzeug.exceptions import TooManyRequests

from pql.access import digest_of, digests_after, find_key, is_key
from pql.state.models import ApiKey
from pql.state.store import State
from routes.proxies import read_address

PER_MINUTE = 10
"""Wrong keys from one address; the next one has to wait. Each web process counts its own."""
PER_MINUTE_TOGETHER = 1_000
"""The same from all addresses together: a network of very many is no way around."""
MOST_ADDRESSES = 10_000
"""So many are remembered, those that were heard last."""
IPV6_PREFIX = 64
"""Bits: whoever has one address of such a network has them all."""
LEARNT_AGAIN = 1.0
"""Seconds: how old what is known of all keys may be, for an address that has to wait."""
COMMITTED_LATE = 1_000
"""So many keys are looked at again: one with a lower number may have been committed later."""
TOGETHER = "all addresses together"


class TooManyWrongKeys(TooManyRequests):
    """The address sent too many wrong keys, and this is another one."""

    def __init__(self, seconds: float) -> None:
        words = "Too many keys that are none. Wait a minute, then try again."
        super().__init__(words, retry_after=ceil(seconds))


class Attempts:
    """How many wrong keys came from each address of late. Threads share it.

    For each address one moment is kept: when all it did is forgiven (Generic Cell Rate Algorithm,
    ITU-T I.371). A wrong key moves it on; it may lie a minute ahead at most.

    Args:
        clock: seconds that only ever go forward.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._forgiven_at: OrderedDict[str, float] = OrderedDict()
        self._changing = Lock()

    def wait(self, address: str) -> float:
        """Seconds until another wrong key is borne with; 0.0 for at once."""
        now = self._clock()
        return max(
            0.0,
            *(
                self._forgiven_at.get(name, now) + 60 / most - 60 - now
                for name, most in _limits(address)
            ),
        )

    def add(self, address: str) -> None:
        """Note a wrong key."""
        now = self._clock()
        with self._changing:
            for name, most in _limits(address):
                forgiven_at = max(self._forgiven_at.get(name, now), now) + 60 / most
                self._forgiven_at[name] = min(forgiven_at, now + 60)
                self._forgiven_at.move_to_end(name)
            while len(self._forgiven_at) > MOST_ADDRESSES:
                self._forgiven_at.popitem(last=False)

    def __len__(self) -> int:
        return len(self._forgiven_at)


class KeyFinder:
    """Finds keys for every way in. One for each application; threads share it.

    For an address that has to wait, a key is looked for among the digests of all keys, which are
    read once a second at most: the database is not asked for each wrong one that it sends.
    """

    def __init__(self, state: State, clock: Callable[[], float]) -> None:
        self._state = state
        self._clock = clock
        self._attempts = Attempts(clock)
        self._digests: set[str] = set()
        self._highest_id = 0
        self._learnt_until = clock()
        self._learning = Lock()

    def find(
        self, plain_text: str, address: str | None, *, is_typed: bool = False
    ) -> ApiKey | None:
        """The key that `plain_text` is, `None` where it is unknown or revoked.

        What is no key by its looks costs nothing and counts only where a person typed it.

        Raises:
            TooManyWrongKeys: it is unknown, and so were too many before it from this address.
        """
        if not is_typed and not is_key(plain_text):
            return None
        wait = self._attempts.wait(address or "")
        if wait and not self._is_known(plain_text):
            raise TooManyWrongKeys(wait)
        with self._state.reading() as session:
            key = find_key(session, plain_text)
        if key is None:
            self._digests.discard(digest_of(plain_text))
            self._attempts.add(address or "")
        return key

    def _is_known(self, plain_text: str) -> bool:
        digest = digest_of(plain_text)
        if digest not in self._digests and self._learning.acquire(blocking=False):
            try:
                self._learn()
            finally:
                self._learning.release()
        return digest in self._digests

    def _learn(self) -> None:
        now = self._clock()
        if now < self._learnt_until:
            return
        self._learnt_until = now + LEARNT_AGAIN
        with self._state.reading() as session:
            found = digests_after(session, max(0, self._highest_id - COMMITTED_LATE))
        self._digests.update(digest for _, digest in found)
        self._highest_id = max([self._highest_id, *(key_id for key_id, _ in found)])


def _limits(address: str) -> tuple[tuple[str, int], ...]:
    return (_network(address), PER_MINUTE), (TOGETHER, PER_MINUTE_TOGETHER)


def _network(address: str) -> str:
    """Who is counted as one: an IPv4 address, or a network of IPv6 addresses."""
    read = read_address(address)
    if isinstance(read, IPv6Address):
        return str(ip_network((read, IPV6_PREFIX), strict=False))
    return str(read)
