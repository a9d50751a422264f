"""Which source a key belongs to, without asking the database for every request."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING

from werkzeug.datastructures import Authorization

from pql.access import WRITE, may
from routes.wrong_keys import KeyFinder

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

REMEMBERED_SECONDS = 5.0
"""How long a key that was just revoked may still work."""
MOST_REMEMBERED = 10_000
"""Past so many, those that were looked up first are looked up again."""


@dataclass(frozen=True, slots=True)
class Source:
    """Whose events a key sends. `may_write` is False for a key that may only read."""

    workspace_id: int
    source_id: int
    may_write: bool


class KeyRing:
    """Remembers good keys for a few seconds. Bad ones, of which there is no end, are not."""

    def __init__(self, keys: KeyFinder) -> None:
        self._keys = keys
        self._remembered: dict[str, tuple[Source, float]] = {}
        self._changing = Lock()

    def find(self, plain_text: str, address: str | None) -> Source | None:
        """The source that the key belongs to, None where it is unknown or revoked.

        Raises:
            TooManyWrongKeys: as `KeyFinder.find`.
        """
        source, until = self._remembered.get(plain_text, (None, 0.0))
        if source and monotonic() < until:
            return source
        return self._look_up(plain_text, address)

    def _look_up(self, plain_text: str, address: str | None) -> Source | None:
        key = self._keys.find(plain_text, address)
        if key is None:
            return None
        source = Source(key.workspace_id, key.id, may(key, WRITE))
        with self._changing:
            self._remembered.pop(plain_text, None)
            if len(self._remembered) >= MOST_REMEMBERED:
                del self._remembered[next(iter(self._remembered))]
            self._remembered[plain_text] = (source, monotonic() + REMEMBERED_SECONDS)
        return source


def sent_key(environ: WSGIEnvironment) -> str | None:
    """The key in the headers: the user name of Basic, or Bearer's token."""
    header = environ.get("HTTP_AUTHORIZATION")
    return _key_in(header) if header else None


@lru_cache(maxsize=1_000)  # a product sends the same one with each request
def _key_in(header: str) -> str | None:
    sent = Authorization.from_header(header)
    if sent is None:
        return None
    return {"basic": sent.username, "bearer": sent.token}.get(sent.type) or None
