"""Questions that take long to answer, and addresses that nobody has."""

from __future__ import annotations

import json
from urllib.parse import quote

from benchmarks.hostile.attacks.attacker import Attacker
from benchmarks.hostile.attacks.crowds import STRANGE

JSON = {"Content_Type": "application/json"}


def download_accounts(attacker: Attacker) -> None:
    """Every account as a file."""
    attacker.target.call(attacker.workspace, "GET", "/api/v1/accounts.csv")


def search_accounts(attacker: Attacker) -> None:
    """Parts of names that are in all of them, or patterns."""
    for part in ("%", "_" * 50, "o%" * 100, "a" * 2_000, "(a+)+$"):
        path = f"/api/v1/accounts?limit=500&sort=-score&q={quote(part)}"
        attacker.target.call(attacker.workspace, "GET", path, label="/api/v1/accounts?q")


def ask_for_strange_ids(attacker: Attacker) -> None:
    """Whatever was let in, and what was not."""
    for name in STRANGE:
        path = quote(name, safe="", errors="surrogatepass")
        for what in ("accounts", "leads"):
            attacker.target.call(
                attacker.workspace, "GET", f"/api/v1/{what}/{path}", label=f"/api/v1/{what}/ID"
            )


def ask_for_analyses(attacker: Attacker) -> None:
    """As many long ones as may wait."""
    target, own = attacker.target, attacker.workspace
    target.call(own, "POST", "/api/v1/finder", "{}", **JSON)
    target.call(own, "POST", "/api/v1/finder", json.dumps({"days": 90, "within": 365}), **JSON)
    target.call(own, "POST", "/api/v1/fitted")
    target.call(own, "POST", "/api/v1/benchmarks/refresh")


def replay_quarantine(attacker: Attacker) -> None:
    """Send through again what was refused, and will be again."""
    for asked in ({"dry_run": True}, {"dry_run": False}):
        body = json.dumps(asked)
        attacker.target.call(attacker.workspace, "POST", "/api/v1/quarantine/replay", body, **JSON)
