"""What becomes known of a company reaches its leads with the same load."""

from sqlalchemy import select

from pql.leads.evaluation import evaluate_changed_leads
from pql.state.models import Change, Contact, Lead
from tests.fixtures.loading import Loading, group, identify
from tests.fixtures.product import unfenced


def evaluate(loading: Loading) -> None:
    evaluate_changed_leads(loading.state, loading.store, loading.now, unfenced)


def lead(loading: Loading, email: str) -> Lead:
    with loading.state.reading() as session:
        mine = select(Lead).join(Contact, Contact.id == Lead.contact_id)
        return session.scalars(mine.where(Contact.email == email)).one()


def queued(loading: Loading) -> set[int]:
    """The contacts that wait to be evaluated."""
    with loading.state.reading() as session:
        return set(session.scalars(select(Change.subject_id).where(Change.subject == "contact")))


def two_leads_and_another(loading: Loading) -> None:
    """Ada and Bob of one company, Eve of another; all evaluated."""
    for user, company in (("ada", "acme"), ("bob", "acme"), ("eve", "other")):
        loading.send(
            identify(f"{user} 1", user, traits={"email": f"{user}@example.com"}),
            group(f"{user} 2", company, user),
        )
    loading.load()
    evaluate(loading)


def test_a_trait_of_the_company_counts_for_all_its_leads_at_once(loading: Loading) -> None:
    two_leads_and_another(loading)
    assert lead(loading, "bob@example.com").score == 0
    loading.load_sent(group("size", "acme", "ada", traits={"employees": 80}))
    assert lead(loading, "eve@example.com").contact_id not in queued(loading)
    evaluate(loading)
    assert lead(loading, "bob@example.com").score == 15
    assert lead(loading, "eve@example.com").score == 0


def test_a_company_that_begins_to_pay_makes_all_its_leads_customers_at_once(
    loading: Loading,
) -> None:
    two_leads_and_another(loading)
    loading.load_sent(group("paid", "acme", "ada", traits={"status": "active"}))
    evaluate(loading)
    stages = {name: lead(loading, f"{name}@example.com").stage for name in ("ada", "bob", "eve")}
    assert stages == {"ada": "customer", "bob": "customer", "eve": "subscriber"}


def test_a_trait_that_is_said_again_leaves_the_others_alone(loading: Loading) -> None:
    two_leads_and_another(loading)
    loading.load_sent(group("first", "acme", "ada", traits={"employees": 80}))
    evaluate(loading)
    loading.load_sent(group("again", "acme", "ada", traits={"employees": 80}))
    assert queued(loading) == {lead(loading, "ada@example.com").contact_id}
