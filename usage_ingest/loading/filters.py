"""Whose events do not count: our own people's, tests', and programs'. Pure.

Such events are stored with `filtered`, so that a reason can be told and nothing is lost, and no
metric, benchmark or score sees them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from fnmatch import translate
from functools import lru_cache

from crawleruseragents import is_crawler

from pql.definitions.model import FilterSettings

INTERNAL_ACCOUNT = "internal_account"
INTERNAL_PERSON = "internal_person"
TEST_ACCOUNT = "test_account"
TEST_PERSON = "test_person"
BOT = "bot"
NOT_FILTERED = ""

LONGEST_USER_AGENT = 400
"""Characters that are looked at: a program tells what it is before that."""


class Filters:
    """What a workspace's settings say of an event. `internal_domains` are those of e-mail."""

    def __init__(self, settings: FilterSettings, internal_domains: Collection[str]) -> None:
        self._internal_domains = {domain.casefold() for domain in internal_domains}
        self.knows_internal_domains = bool(self._internal_domains)
        self.described_domains = f"e-mail addresses in {', '.join(sorted(internal_domains))}"
        self._test_accounts = _pattern(settings.test_accounts)
        self._test_emails = _pattern(settings.test_emails)
        self._bots = settings.bots

    def reason(self, *, email: str | None, user_agent: str | None) -> str:
        """Why an event does not count, by who did it; `NOT_FILTERED` where it does."""
        if email and self.is_test_email(email):
            return TEST_PERSON
        if email and self.is_internal_email(email):
            return INTERNAL_PERSON
        if self._bots and user_agent and _is_bot(user_agent[:LONGEST_USER_AGENT]):
            return BOT
        return NOT_FILTERED

    def is_test_account(self, key: str) -> bool:
        """Whether the account's key is that of a test."""
        return self._test_accounts is not None and bool(self._test_accounts.match(key))

    def is_test_email(self, address: str) -> bool:
        """Whether the e-mail address is that of a test."""
        return self._test_emails is not None and bool(self._test_emails.match(address))

    def is_internal_email(self, address: str) -> bool:
        """Whether the e-mail address is one of our own people."""
        return address.rpartition("@")[2].casefold() in self._internal_domains


def is_internal_account(
    *,
    is_test: bool,
    has_only_internal_addresses: bool | None,
    has_only_filtered_events: bool | None,
    was_internal: bool | None,
) -> bool:
    """Whether an account is none of a customer.

    Args:
        is_test: its key says so.
        has_only_internal_addresses: the known e-mail addresses of its people say so; `None` where
            none is known.
        has_only_filtered_events: what came of it now; `None` where nothing came.
        was_internal: what it was before; `None` where it is new.

    A customer's account that a bot visits stays one; an account that only bots, tests or our own
    people ever had is internal until someone else comes.
    """
    if is_test or has_only_internal_addresses:
        return True
    if has_only_filtered_events:
        return was_internal is not False
    if has_only_filtered_events is None and has_only_internal_addresses is None:
        return bool(was_internal)
    return False


def _pattern(patterns: Iterable[str]) -> re.Pattern[str] | None:
    together = "|".join(translate(_only_stars(pattern)) for pattern in patterns)
    return re.compile(together, re.IGNORECASE) if together else None


def _only_stars(pattern: str) -> str:
    """`?` and `[` may be in a key; only `*` stands for anything."""
    return pattern.replace("[", "[[]").replace("?", "[?]")


@lru_cache(maxsize=4_096)
def _is_bot(user_agent: str) -> bool:
    # The list has many hundred patterns, and the same few programs send everything.
    return bool(is_crawler(user_agent))
