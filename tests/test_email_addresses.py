"""The address in what people write where one is asked for."""

import pytest

from pql.email_addresses import find_address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("carl@example.com", "carl@example.com"),
        (" carl@example.com ", "carl@example.com"),
        ("Carl <carl@example.com>", "carl@example.com"),
        ('"Berg, Carl" <carl@example.com>', "carl@example.com"),
        ("<carl@example.com>", "carl@example.com"),
        ("mailto:carl@example.com", "carl@example.com"),
        ("o'neil+pql@mail.example.co.uk", "o'neil+pql@mail.example.co.uk"),
        ("not-an-email", None),
        ("carl@localhost", None),
        ("carl@@example.com", None),
        ("carl@example..com", None),
        ("carl at example.com", None),
        ("@example.com", None),
        ("a@example.com, b@example.com", None),
        ("", None),
    ],
)
def test_one_address_is_found_or_none(text: str, address: str | None) -> None:
    assert find_address(text) == address
