"""Where a person was, and when: the account of what they did then. Pure.

What somebody does without naming an account counts for the one they were in at that time, however
late it arrives. Before the first account they were said to be in, they were in that one already.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from usage_ingest.identity.records import AccountRecord, ContactRecord, Said

MOST_SAID = 100
"""Of one contact: who goes to and fro between two accounts names the account with each event."""


class Change(NamedTuple):
    """Between two times, both excluded, the account is another one than it was.

    No time: without a beginning, or without an end.
    """

    since: datetime | None
    until: datetime | None
    before: AccountRecord
    after: AccountRecord | None


def account_at(contact: ContactRecord, at: datetime) -> AccountRecord | None:
    """The account in which somebody was at a time, as far as it is known by now."""
    if not has_moved(contact):
        return contact.account
    return _said_by(contact.places, at) or contact.places[0].account


def account_before(contact: ContactRecord, at: datetime) -> AccountRecord | None:
    """The account that somebody was said to be in before that time; None where none was."""
    earlier = (said for said in reversed(contact.places) if said.at is None or said.at < at)
    return next((said.account for said in earlier), None)


def has_moved(contact: ContactRecord) -> bool:
    """Whether the time of an event decides for which account it counts."""
    if len(contact.places) < 2 or (contact.account and contact.account.is_person):
        return False
    first = contact.places[0].account
    return any(said.account is not first for said in contact.places)


def is_late(contact: ContactRecord, said: Said) -> bool:
    """Whether something that was said before was said of a later time."""
    return bool(contact.places) and not _is_later(said, contact.places[-1])


def course_of(contact: ContactRecord) -> list[Said]:
    """Where the contact was, and when; no more than its account where no time matters."""
    if contact.account is None:
        return []
    if contact.account.is_person or not contact.places:
        return [Said(None, contact.account)]
    return list(contact.places)


def say(places: list[Said], said: Said) -> None:
    """Add that somebody was said to be in an account. What is said last of a time holds for it.

    Of what is said of one account again and again the first and the last are kept.
    """
    if len(places) > 1 and _is_like(said, *places[-2:]) and _is_later(said, places[-1]):
        places[-1] = said
        return
    place = len(places)
    while place and _is_later(places[place - 1], said, strictly=True):
        place -= 1
    places.insert(place, said)
    _leave_out_middle(places)
    del places[:-MOST_SAID]


def together(own: Iterable[Said], inherited: Iterable[Said]) -> list[Said]:
    """What was said of a contact, and of another that is the same person.

    An account that was made of an e-mail address is left out where a call said another.
    """
    places = list(own)
    for said in inherited:
        if said.at is not None or not places:
            say(places, said._replace(inherited=True))
    return places


def changes(before: Sequence[Said], after: Sequence[Said]) -> Iterator[Change]:
    """When which account is another one by now. Where there was none before, there is no change.

    What happened at the very time of a call stays where it is, as it may have come before it; in an
    account that is no more it cannot stay.
    """
    accounts = dict.fromkeys(said.account for said in before)
    now = list(dict.fromkeys(said.account for said in after))
    if len(now) < 2:
        only = now[0] if now else None
        yield from (Change(None, None, was, only) for was in accounts if was is not only)
    elif before:
        is_no_more = any(account.is_person for account in accounts)
        for change in _changes_in_time(before, after):
            earlier = change.since and change.since - timedelta(microseconds=1)
            yield change._replace(since=earlier) if is_no_more else change


def _changes_in_time(before: Sequence[Said], after: Sequence[Said]) -> Iterator[Change]:
    times = sorted({said.at for said in (*before, *after) if said.at is not None})
    found: Change | None = None
    for since, until in zip([None, *times], [*times, None], strict=True):
        was, is_now = _account_of(before, since), _account_of(after, since)
        if found and (found.before, found.after) == (was, is_now):
            found = found._replace(until=until)
            continue
        if found and found.before is not found.after:
            yield found
        found = Change(since, until, was, is_now) if was else None
    if found and found.before is not found.after:
        yield found


def _account_of(course: Sequence[Said], at: datetime | None) -> AccountRecord | None:
    """The account from that time on; without a time, at the beginning."""
    if not course:
        return None
    return (at and _said_by(course, at)) or course[0].account


def _said_by(course: Sequence[Said], at: datetime) -> AccountRecord | None:
    until = (said for said in reversed(course) if said.at is None or said.at <= at)
    return next((said.account for said in until), None)


def _is_later(one: Said, other: Said, *, strictly: bool = False) -> bool:
    if one.at is None or other.at is None:
        return other.at is None and not (strictly and one.at is None)
    return one.at > other.at or (not strictly and one.at == other.at)


def _is_like(said: Said, *others: Said) -> bool:
    return all(
        each.at is not None and each.account is said.account and each.inherited == said.inherited
        for each in others
    )


def _leave_out_middle(places: list[Said]) -> None:
    for middle in range(len(places) - 2, 0, -1):
        if _is_like(places[middle], places[middle - 1], places[middle + 1]):
            del places[middle]
