"""Who is signed in on the pages: a row for each session, ended on signing out or after a time.

The browser holds a random token, the row its digest. A new token is made for every sign-in, so that
nobody can hand a session to somebody else before they sign in.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, not_, or_, select, update
from sqlalchemy.orm import Session

from pql.access import RANDOM_BYTES, digest_of
from pql.settings import Settings
from pql.state.models import ApiKey, BrowserSession

SEEN_EVERY = timedelta(minutes=10)
"""How often it is written down that a session is used: a page that is read writes nothing else."""
CLOCK_SKEW = timedelta(minutes=5)
"""How far the clocks of two machines may differ: one signs in, the other shows the page."""


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """How long a session lasts: `longest` in all, `idle` without anybody using it."""

    longest: timedelta
    idle: timedelta


def session_limits(settings: Settings) -> SessionLimits:
    """What the operator set."""
    return SessionLimits(
        timedelta(hours=settings.session_hours), timedelta(hours=settings.session_idle_hours)
    )


def open_session(session: Session, key: ApiKey, now: datetime, limits: SessionLimits) -> str:
    """Make a session of somebody who signed in with this key. Returns its token."""
    token = secrets.token_urlsafe(RANDOM_BYTES)
    session.add(
        BrowserSession(
            workspace_id=key.workspace_id,
            key_id=key.id,
            digest=digest_of(token),
            created_at=now,
            seen_at=now,
            ends_at=now + limits.longest,
        )
    )
    return token


def find_session(
    session: Session, token: str, now: datetime, limits: SessionLimits
) -> tuple[BrowserSession, ApiKey] | None:
    """The session of this token, and the key it was opened with; `None` where it is over."""
    of_token = (
        select(BrowserSession, ApiKey)
        .join(ApiKey, ApiKey.id == BrowserSession.key_id)
        .where(BrowserSession.digest == digest_of(token), ApiKey.revoked_at.is_(None))
    )
    found = session.execute(of_token.where(not_(_is_over(now, limits)))).one_or_none()
    return None if found is None else (found[0], found[1])


def note_use(session: Session, used: BrowserSession, now: datetime) -> None:
    """Write down that the session is used now."""
    of_row = update(BrowserSession).where(BrowserSession.id == used.id)
    session.execute(of_row.values(seen_at=now))


def end_session(session: Session, token: str) -> None:
    """End the session of this token, if there is one."""
    session.execute(delete(BrowserSession).where(BrowserSession.digest == digest_of(token)))


def purge(session: Session, now: datetime, limits: SessionLimits) -> int:
    """Forget sessions that are over; how many those were."""
    gone = delete(BrowserSession).where(_is_over(now, limits)).returning(BrowserSession.id)
    return len(session.scalars(gone).all())


def _is_over(now: datetime, limits: SessionLimits) -> ColumnElement[bool]:
    """Its time has passed; or it lies further ahead than any: the clock that wrote it was wrong."""
    return or_(
        BrowserSession.ends_at <= now,
        BrowserSession.ends_at > now + limits.longest + CLOCK_SKEW,
        BrowserSession.seen_at <= now - limits.idle,
        BrowserSession.seen_at > now + limits.idle,
    )
