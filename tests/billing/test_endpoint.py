"""Webhooks over HTTP: who is let in, and what is kept."""

from datetime import UTC, datetime, timedelta

import pytest
import structlog
from flask.testing import FlaskClient
from sqlalchemy import func, select

from pql.settings import Settings
from pql.state.models import BillingEvent
from pql.state.store import State
from routes.secret_key import installation_folder
from tests.billing.signing import OLD_SECRET, SECRET, signature
from tests.billing.told import body, converting, event
from tests.fixtures.web import Member
from usage_ingest.billing.endpoint_secrets import EndpointSecrets, SecretRefused

pytestmark = pytest.mark.usefixtures("owner", "stranger")

EVENT = body(converting()[0])


@pytest.fixture
def migrated_database_url(migrated_sqlite_url: str) -> str:
    """What is kept is tested on both databases with what becomes of it."""
    return migrated_sqlite_url


@pytest.fixture
def secrets(web_settings: Settings) -> EndpointSecrets:
    """The owner's endpoint and a stranger's have secrets."""
    kept = EndpointSecrets(installation_folder(web_settings))
    kept.add("owner", SECRET, datetime.now(UTC))
    kept.add("stranger", OLD_SECRET, datetime.now(UTC))
    return kept


def send(
    client: FlaskClient,
    sent: bytes = EVENT,
    *,
    to: str = "owner",
    secret: str = SECRET,
    age: timedelta = timedelta(),
) -> tuple[int, str]:
    header = signature(sent, secret, datetime.now(UTC) - age)
    answer = client.post(f"/v1/stripe/{to}", data=sent, headers={"Stripe-Signature": header})
    return answer.status_code, answer.text


def kept(state: State) -> int:
    with state.reading() as session:
        return session.scalar(select(func.count(BillingEvent.id))) or 0


@pytest.mark.usefixtures("secrets")
def test_a_signed_event_is_kept_once(client: FlaskClient, web_state: State) -> None:
    for _ in range(2):
        assert send(client) == (200, '{"received":true,"used":true}\n')
    assert kept(web_state) == 1


@pytest.mark.usefixtures("secrets")
def test_what_is_not_signed_for_this_endpoint_is_refused(
    client: FlaskClient, web_state: State, owner: Member
) -> None:
    for refused in (
        send(client, secret=OLD_SECRET),
        send(client, to="stranger"),
        send(client, to="nobody"),
        send(client, to="nobody", secret=OLD_SECRET),
    ):
        assert refused[0] == 401
        assert "does not fit a secret of this endpoint" in refused[1]
        assert SECRET not in refused[1]
    with_key = client.post("/v1/stripe/owner", data=EVENT, headers=owner.bearer("admin"))
    assert (with_key.status_code, kept(web_state)) == (401, 0)


@pytest.mark.usefixtures("secrets")
def test_what_was_recorded_cannot_be_sent_later(client: FlaskClient, web_state: State) -> None:
    status, words = send(client, age=timedelta(minutes=6))
    assert (status, kept(web_state)) == (401, 0)
    assert "more than 5 minutes" in words


@pytest.mark.usefixtures("secrets")
def test_other_events_are_taken_and_not_kept(client: FlaskClient, web_state: State) -> None:
    payout = event("e", "payout.paid", 0, {"id": "po_1", "object": "payout"})
    assert send(client, body(payout)) == (200, '{"received":true,"used":false}\n')
    assert send(client, b"[]")[0] == 400
    assert kept(web_state) == 0


def test_a_secret_is_exchanged_for_another(
    client: FlaskClient, secrets: EndpointSecrets, web_state: State
) -> None:
    newer, now = "whsec_" + "p" * 32, datetime.now(UTC)
    secrets.add("owner", newer, now)
    assert [send(client, secret=each)[0] for each in (SECRET, newer)] == [200, 200]
    with pytest.raises(SecretRefused, match="two secrets are there"):
        secrets.add("owner", "whsec_" + "q" * 32, now)
    secrets.remove("owner", SECRET[-4:])
    assert [send(client, secret=each)[0] for each in (SECRET, newer)] == [401, 200]
    assert kept(web_state) == 1


def test_secrets_are_this_users_alone_and_are_not_shown(secrets: EndpointSecrets) -> None:
    assert secrets._file.stat().st_mode & 0o077 == 0
    assert list(secrets.added("owner")) == [SECRET[-4:]]
    for no_secret in ("", "sk_live_abc", "whsec_", "whsec_ with space"):
        with pytest.raises(SecretRefused, match="whsec_"):
            secrets.add("third", no_secret, datetime.now(UTC))
    secrets._file.write_text(f'{{"owner": ["{SECRET}"')
    with pytest.raises(SecretRefused, match="cannot be used") as refused:
        secrets.of("owner")
    assert SECRET not in str(refused.value)


def test_a_file_of_secrets_that_cannot_be_read_is_told_to_the_log_alone(
    client: FlaskClient, secrets: EndpointSecrets
) -> None:
    secrets._file.write_text("{")
    with structlog.testing.capture_logs() as told:
        answer = client.post("/v1/stripe/owner", data=EVENT)
    assert answer.status_code == 503
    assert "Signatures cannot be checked now. Send it again." in answer.text
    for secret in (str(secrets._file), secrets._file.name, "add-secret"):
        assert secret not in answer.text
    assert any(str(secrets._file) in str(each.get("reason")) for each in told)
