"""Which requests an endpoint takes for Stripe's."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.billing.signing import OLD_SECRET, SECRET, signature
from usage_ingest.billing.signatures import SignatureRefused, check_signature

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
BODY = '{"id": "evt_1", "name": "Zoë"}'.encode()


def check(header: str, *secrets: str, body: bytes = BODY, now: datetime = NOW) -> None:
    check_signature(header, body, secrets or (SECRET,), now)


def test_a_signature_of_one_of_two_secrets_is_taken() -> None:
    check(signature(BODY, SECRET, NOW))
    check(signature(BODY, OLD_SECRET, NOW), SECRET, OLD_SECRET)


def test_one_of_several_signatures_is_enough() -> None:
    rotated = f"{signature(BODY, OLD_SECRET, NOW)},{signature(BODY, SECRET, NOW).split(',')[1]}"
    check(rotated)
    check(f"{rotated},v0=whatever")


@pytest.mark.parametrize("minutes", [-4, 4])
def test_clocks_may_differ_a_little(minutes: int) -> None:
    check(signature(BODY, SECRET, NOW + timedelta(minutes=minutes)))


@pytest.mark.parametrize("minutes", [-6, 6, -60 * 24])
def test_what_was_recorded_is_not_taken_later(minutes: int) -> None:
    with pytest.raises(SignatureRefused, match="more than 5 minutes"):
        check(signature(BODY, SECRET, NOW + timedelta(minutes=minutes)))


def test_another_secret_another_body_and_no_secret_are_refused() -> None:
    for header, body, secrets in (
        (signature(BODY, "whsec_of_a_stranger", NOW), BODY, (SECRET,)),
        (signature(BODY, SECRET, NOW), BODY + b" ", (SECRET,)),
        (signature(BODY, "", NOW), BODY, ()),
    ):
        with pytest.raises(SignatureRefused, match="does not fit"):
            check_signature(header, body, secrets, NOW)


def test_a_time_that_was_changed_does_not_fit() -> None:
    header = signature(BODY, SECRET, NOW - timedelta(hours=1))
    with pytest.raises(SignatureRefused, match="does not fit"):
        check(f"t={int(NOW.timestamp())},{header.split(',')[1]}")


@pytest.mark.parametrize(
    "header", ["", "t=,v1=", "t=1", "v1=abc", "t=x,v1=abc", "t=-1,v1=abc", "t=1,v0=abc", "é,=,"]
)
def test_no_signature_is_refused(header: str) -> None:
    with pytest.raises(SignatureRefused, match="missing"):
        check(header)
