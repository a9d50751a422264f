"""Who asks is the peer, or the last address that a trusted proxy did not have itself."""

from typing import TYPE_CHECKING, Any

import pytest
from werkzeug.test import EnvironBuilder

from pql.settings import SettingInvalid, read_settings
from routes.proxies import TrustedProxies

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

LOOPBACK = ("127.0.0.1", "::1")


def asked(peer: str, trusted: tuple[str, ...], **headers: str) -> tuple[str, str]:
    """The address and the scheme that the application behind sees."""
    seen: list[tuple[str, str]] = []

    def application(environ: "WSGIEnvironment", _start: "StartResponse") -> list[bytes]:
        seen.append((environ["REMOTE_ADDR"], environ["wsgi.url_scheme"]))
        return []

    environ = EnvironBuilder(environ_base={"REMOTE_ADDR": peer}).get_environ() | headers
    start: Any = None
    TrustedProxies(application, trusted)(environ, start)
    return seen[0]


@pytest.mark.parametrize(
    ("peer", "trusted", "said", "address"),
    [
        ("127.0.0.1", (), "198.51.100.7", "127.0.0.1"),
        ("203.0.113.5", LOOPBACK, "198.51.100.7", "203.0.113.5"),
        ("127.0.0.1", LOOPBACK, "198.51.100.7", "198.51.100.7"),
        ("::1", LOOPBACK, "2001:db8::7", "2001:db8::7"),
        ("::ffff:127.0.0.1", LOOPBACK, "198.51.100.7", "198.51.100.7"),
        # Made up by the client, then what the proxy appended.
        ("127.0.0.1", LOOPBACK, "1.1.1.1, 127.0.0.1, 198.51.100.7", "198.51.100.7"),
        ("127.0.0.1", LOOPBACK, "127.0.0.1,198.51.100.7", "198.51.100.7"),
        # Two proxies, both trusted.
        ("10.0.0.1", ("10.0.0.0/8",), "1.1.1.1, 198.51.100.7, 10.0.0.2", "198.51.100.7"),
        ("10.0.0.1", ("10.0.0.0/8",), "10.0.0.9, 10.0.0.8", "10.0.0.9"),
        ("127.0.0.1", LOOPBACK, "127.0.0.1", "127.0.0.1"),
        ("127.0.0.1", LOOPBACK, "198.51.100.7:4711", "198.51.100.7"),
        ("127.0.0.1", LOOPBACK, "[2001:db8::7]:4711", "2001:db8::7"),
        # What is no address tells nothing, nor does what stands before it.
        ("127.0.0.1", LOOPBACK, "198.51.100.7, unknown", "127.0.0.1"),
        ("127.0.0.1", LOOPBACK, "", "127.0.0.1"),
        ("127.0.0.1", LOOPBACK, "," * 10_000, "127.0.0.1"),
        ("", LOOPBACK, "198.51.100.7", ""),
    ],
)
def test_the_last_address_counts_that_no_trusted_proxy_has(
    peer: str, trusted: tuple[str, ...], said: str, address: str
) -> None:
    assert asked(peer, trusted, HTTP_X_FORWARDED_FOR=said)[0] == address


@pytest.mark.parametrize(
    ("peer", "said", "scheme"),
    [
        ("127.0.0.1", "https", "https"),
        ("127.0.0.1", "http, HTTPS", "https"),
        ("127.0.0.1", "https,http", "http"),
        ("127.0.0.1", "gopher", "http"),
        ("203.0.113.5", "https", "http"),
    ],
)
def test_a_trusted_proxy_alone_says_that_it_was_https(peer: str, said: str, scheme: str) -> None:
    assert asked(peer, LOOPBACK, HTTP_X_FORWARDED_PROTO=said)[1] == scheme


def test_the_setting_takes_addresses_and_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_settings().trusted_proxies == ()
    monkeypatch.setenv("TRUSTED_PROXIES", "127.0.0.1, ::1,10.1.2.3/8,")
    assert read_settings().trusted_proxies == ("127.0.0.1/32", "::1/128", "10.0.0.0/8")


def test_a_setting_that_is_no_address_is_refused_in_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUSTED_PROXIES", "proxy.example.com")
    with pytest.raises(SettingInvalid, match=r"TRUSTED_PROXIES: 'proxy\.example\.com'"):
        read_settings()
