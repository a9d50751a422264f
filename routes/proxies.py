"""Whom a request comes from: the peer, or whom a proxy names that `TRUSTED_PROXIES` lists."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

FORWARDED_FOR = "HTTP_X_FORWARDED_FOR"
FORWARDED_PROTOCOL = "HTTP_X_FORWARDED_PROTO"
PROTOCOLS = ("http", "https")

log = structlog.get_logger(__name__)


class TrustedProxies:
    """A WSGI application: tells the one behind it what a trusted proxy says of a request.

    Each proxy appends whom it heard from, and whoever sent the request may have begun the list. So
    it is read from its end: the last address that is no trusted proxy counts, never the first.

    Args:
        trusted: networks of the proxies.
    """

    def __init__(self, behind: WSGIApplication, trusted: Sequence[str]) -> None:
        self._behind = behind
        self._trusted = [ip_network(each) for each in trusted]
        self._has_warned = False

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if FORWARDED_FOR in environ or FORWARDED_PROTOCOL in environ:
            self._listen(environ)
        return self._behind(environ, start_response)

    def _listen(self, environ: WSGIEnvironment) -> None:
        peer = read_address(environ.get("REMOTE_ADDR", ""))
        if peer is None or not self._trusts(peer):
            self._warn_once(environ)
            return
        said = environ.get(FORWARDED_FOR, "").split(",")
        environ["REMOTE_ADDR"] = str(self._client(peer, said))
        protocol = environ.get(FORWARDED_PROTOCOL, "").split(",")[-1].strip().lower()
        if protocol in PROTOCOLS:
            environ["wsgi.url_scheme"] = protocol

    def _client(
        self, peer: IPv4Address | IPv6Address, said: list[str]
    ) -> IPv4Address | IPv6Address:
        """The last address that no trusted proxy has; what is no address vouches for nothing."""
        client = peer
        for text in reversed(said):
            address = read_address(text)
            if address is None:
                break
            client = address
            if not self._trusts(address):
                break
        return client

    def _trusts(self, address: IPv4Address | IPv6Address) -> bool:
        return any(address in network for network in self._trusted)

    def _warn_once(self, environ: WSGIEnvironment) -> None:
        """A proxy that nobody has listed goes unheard: cookies are not marked as for HTTPS only."""
        if not self._has_warned:
            self._has_warned = True
            log.warning(
                "X-Forwarded-For and X-Forwarded-Proto are not believed: list this peer in"
                " TRUSTED_PROXIES if it is your proxy",
                peer=environ.get("REMOTE_ADDR"),
            )


def read_address(text: str) -> IPv4Address | IPv6Address | None:
    """An address as servers and proxies write it: with a port, in brackets, IPv4 inside IPv6."""
    host = text.strip()
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        address = ip_address(host)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
