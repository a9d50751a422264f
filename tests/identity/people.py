"""What tests of identity send, decide and look at."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from pql.events.schema import events
from pql.state.models import Account, Contact, ContactAccount, ContactMerge, IdentityReview
from tests.fixtures.loading import Loading
from usage_ingest.identity_reviews.decisions import Decider

BY = "a person"


def visit(message_id: str, visitor: str, **fields: Any) -> dict[str, Any]:
    """A `track` call of somebody anonymous."""
    return {
        "type": "track",
        "event": "message_sent",
        "messageId": message_id,
        "anonymousId": visitor,
    } | fields


def alias(message_id: str, previous: str, user: str) -> dict[str, Any]:
    """An `alias` call."""
    return {"type": "alias", "messageId": message_id, "userId": user, "previousId": previous}


def decide(loading: Loading, decision: Callable[[Decider], Any], *, then_load: bool = True) -> Any:
    """Decide about identity as the API does, and let the loader bring it into the event store."""
    with loading.state.writing() as session:
        decided = decision(Decider(session, loading.workspace_id, BY, loading.now))
    if then_load:
        loading.load()
    return decided


def reviews(loading: Loading) -> list[IdentityReview]:
    """The review list, the oldest first."""
    with loading.state.reading() as session:
        own = IdentityReview.workspace_id == loading.workspace_id
        return list(session.scalars(select(IdentityReview).where(own).order_by(IdentityReview.id)))


def merges(loading: Loading) -> list[ContactMerge]:
    """Every recorded merge, the oldest first."""
    with loading.state.reading() as session:
        own = ContactMerge.workspace_id == loading.workspace_id
        return list(session.scalars(select(ContactMerge).where(own).order_by(ContactMerge.id)))


def contact(loading: Loading, contact_id: int) -> Contact:
    """A contact's row."""
    with loading.state.reading() as session:
        return session.get_one(Contact, contact_id)


def accounts_of(loading: Loading, contact_id: int) -> set[str]:
    """The keys of the accounts that a contact was seen in."""
    with loading.state.reading() as session:
        keys = (
            select(Account.key)
            .join(ContactAccount, ContactAccount.account_id == Account.id)
            .where(ContactAccount.contact_id == contact_id)
        )
        return set(session.scalars(keys))


def places(loading: Loading) -> dict[tuple[str, str | None], int]:
    """The contact of every stored event, by message id and account: a row for each account."""
    columns = (events.c.message_id, events.c.account_id, events.c.contact_id)
    own = events.c.workspace_id == loading.workspace_id
    with loading.state.reading() as session:
        rows = session.execute(select(Account.id, Account.key))
        keys: dict[Any, str] = {each.id: each.key for each in rows}
    frame = loading.store.frame(select(*columns).where(own))
    found = {
        (message_id, keys.get(account_id)): int(contact_id)
        for message_id, account_id, contact_id in frame.astype(object).to_numpy().tolist()
    }
    assert len(found) == len(frame), "an event counts twice for an account"
    return found
