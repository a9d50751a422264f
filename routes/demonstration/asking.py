"""Asks the service over its API which account got which motion."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

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


def _rows(address: str, key: str, query: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
    asked = {**query, "limit": str(LARGEST_PAGE)}
    while True:
        request = urllib.request.Request(  # noqa: S310 - the address is that of our own service
            f"{address}?{urlencode(asked)}", headers={"Authorization": f"Bearer {key}"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - the same
            page = json.load(answer)
        yield from page["data"]
        if page["next_cursor"] is None:
            return
        asked["cursor"] = page["next_cursor"]
