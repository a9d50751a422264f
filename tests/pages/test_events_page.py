"""A developer sees the first event arrive."""

from flask.testing import FlaskClient

from tests.fixtures.arriving import Arriving
from tests.fixtures.loading import track
from tests.fixtures.quarantined import nameless
from tests.fixtures.web import Member
from tests.pages.conftest import SignIn


def test_the_page_comes_again_until_the_first_event_is_there(
    arriving: Arriving, client: FlaskClient, owner: Member, sign_in: SignIn
) -> None:
    sign_in(owner)
    assert 'href="/events"' in client.get("/accounts").text
    empty = client.get("/events")
    assert empty.headers["Refresh"] == "2"
    assert "No event yet" in empty.text
    arriving.load_sent(owner, track("1", group="acme"), nameless("<b>"))
    page = client.get("/events").text
    assert "message_sent" in page
    assert "acme" in page
    assert "missing event" in page
    assert "&lt;b&gt;" in page


def test_a_stranger_sees_none_of_it(
    arriving: Arriving, client: FlaskClient, owner: Member, stranger: Member, sign_in: SignIn
) -> None:
    arriving.load_sent(owner, track("1"))
    sign_in(stranger)
    assert "No event yet" in client.get("/events").text


def test_nobody_sees_it_who_is_not_signed_in(client: FlaskClient) -> None:
    assert client.get("/events").status_code == 302
