"""Which contact an id names. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from usage_ingest.identity.records import ContactRecord

USER = "user"
ANONYMOUS = "anonymous"
OTHER_KIND: Mapping[str, str] = {USER: ANONYMOUS, ANONYMOUS: USER}


class Identities:
    """Contacts by the ids they go by; each is the one that the id was first noted for.

    An id names one person, whichever field it came in: servers send a visitor's id where browsers
    send a user's, and SDKs that have one field for both send either in it.
    """

    def __init__(self, known: Mapping[tuple[str, str], ContactRecord]) -> None:
        self._known = dict(known)
        self.new: dict[tuple[str, str], datetime] = {}

    def first_noted(self, kind: str, value: str) -> ContactRecord | None:
        """The contact that this id was first noted for."""
        return self._known.get((kind, value)) or self._known.get((OTHER_KIND[kind], value))

    def note(self, kind: str, value: str, contact: ContactRecord, at: datetime) -> None:
        """From now on the id names this contact."""
        self._known[kind, value] = contact
        self.new[kind, value] = at
