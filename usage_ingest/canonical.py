"""The canonical event: what every dialect and importer translates into and the loader reads."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from pql.events.schema import ACTIVITY_KINDS
from usage_ingest.traits import TraitChange


class CanonicalEvent(msgspec.Struct, omit_defaults=True, gc=False):
    """One event, in our words. Times are aware UTC.

    `kind` is track, page, screen, identify, group or alias. `name` is the event's name for `track`,
    else the page or screen name or the kind. `traits` are the person's for `identify`, the
    account's for `group`. `person_changes` and `account_changes` are what else the event does to
    traits, whatever its kind: operations of `traits.py` in their order.

    `account_key` is the account named in the event itself; without one the contact's last `group`
    decides. `further_account_keys` are accounts for which the event counts too. `joins_account`:
    the person belongs to that account from then on, as after a `group` call.

    `identifies`: not so an `identify` call that only sets traits of whoever it is, nor an `alias`
    call that does not say which of its ids is the user's.

    `links_device`: where it has a user and an anonymous id, they are one person's, whatever the
    event's kind, unless the anonymous one is another user's already.

    `user_agent` is what the person's program said of itself. `filter_reason` says why the event
    does not count; the loader notes it, once it knows whose event it is. `ignored` says what of it
    its dialect does not do.

    `clamped_from` is the time the sender's clock gave where that was in the future. `known_from`
    says how its life-cycle facts are known: `trait` for live calls, `import` for imported rows.
    `lifecycle` is what an imported row says outright, in our words and whatever the workspace calls
    its traits: `status`, `plan`, `trial_started_at`, `trial_ends_at`.
    """

    kind: str
    name: str
    message_id: str
    occurred_at: datetime
    received_at: datetime
    user_id: str | None = None
    anonymous_id: str | None = None
    previous_id: str | None = None
    account_key: str | None = None
    further_account_keys: tuple[str, ...] = ()
    joins_account: bool = False
    links_device: bool = False
    identifies: bool = True
    properties: dict[str, Any] = {}
    traits: dict[str, Any] = {}
    person_changes: Sequence[TraitChange] = ()
    account_changes: Sequence[TraitChange] = ()
    clamped_from: datetime | None = None
    known_from: str = "trait"
    lifecycle: dict[str, str] = {}
    user_agent: str | None = None
    filter_reason: str = ""
    ignored: str = ""

    def account_keys(self) -> tuple[str, ...]:
        """The accounts that the event names, the first of which is the person's own."""
        return (self.account_key, *self.further_account_keys) if self.account_key else ()

    @property
    def is_routine(self) -> bool:
        """Whether it only says that somebody did something: it links, joins and changes nothing."""
        return self.kind in ACTIVITY_KINDS and not (
            self.joins_account
            or self.links_device
            or self.previous_id
            or self.further_account_keys
            or self.person_changes
            or self.account_changes
            or self.ignored
        )


class Rejected(msgspec.Struct):
    """An event that cannot be used.

    `reason` is a short code, `detail` says what is wrong, where, and how to mend it.
    """

    reason: str
    detail: str
    message_id: str | None
