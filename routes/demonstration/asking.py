"""Asks the service over its API which account got which motion, and why."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from pql.definitions.model import Motion

LARGEST_PAGE = 200


@dataclass(frozen=True, slots=True)
class Routed:
    """An account as the API lists it."""

    id: str
    name: str
    motion: str | None
    usage_score: int | None
    trial_day: int | None
    reason: str


def routed_accounts(url: str, key: str, motion: Motion) -> list[Routed]:
    """The accounts with this motion, best score first."""
    return [
        Routed(**{name: row[name] for name in Routed.__dataclass_fields__})
        for row in _rows(f"{url}/api/v1/accounts", key, {"motion": motion.value, "sort": "-score"})
    ]


def why(url: str, key: str, account_id: str) -> list[str]:
    """The explanation of an account's motion, criterion by criterion."""
    account = _answer(f"{url}/api/v1/accounts/{quote(account_id, safe='')}", key)
    explanation = account["standings"][0]["explanation"]
    criteria = [criterion["sentence"] for criterion in explanation["criteria"]]
    missing = explanation["next"]["missing"] if explanation["next"] else []
    return criteria + [f"to the next motion: {sentence}" for sentence in missing]


def _rows(address: str, key: str, query: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
    asked = {**query, "limit": str(LARGEST_PAGE)}
    while True:
        page = _answer(f"{address}?{urlencode(asked)}", key)
        yield from page["data"]
        if page["next_cursor"] is None:
            return
        asked["cursor"] = page["next_cursor"]


def _answer(address: str, key: str) -> dict[str, Any]:
    request = urllib.request.Request(  # noqa: S310 - the address is that of our own service
        address, headers={"Authorization": f"Bearer {key}"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - the same
        document: dict[str, Any] = json.load(answer)
        return document
