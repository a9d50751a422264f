"""Very many people and groups."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.hostile.attacks.attacker import Attacker

GROUPS_A_REQUEST = 1_000
PEOPLE_A_REQUEST = 2_500

STRANGE = (
    ".", "..", "/", "a/b", "\n", "a\r\nX: 1", "\x1b]0;owned\x07\x1b[2J", "\0", "%2e%2e", "../../x",
    "=1+1", "'\"<script>", "\ud800", " ", "null", "x" * 600, "\u202eabc", "accounts.csv",
)  # fmt: skip


def send_groups_of_one(attacker: Attacker) -> None:
    """New groups with one person each, all of them trials."""
    first = attacker.step * GROUPS_A_REQUEST
    names = [f"one-{number}" for number in range(first, first + GROUPS_A_REQUEST)]
    attacker.target.send(attacker.workspace, [_group(name, name) for name in names])


def send_group_of_many(attacker: Attacker) -> None:
    """New people of the same group, each of which does something."""
    first = attacker.step * PEOPLE_A_REQUEST
    events = [
        {"type": "track", "event": "e0", "userId": f"p-{each}", "context": {"groupId": "huge"}}
        for each in range(first, first + PEOPLE_A_REQUEST)
    ]
    attacker.target.send(attacker.workspace, [_group("huge", "p-0"), *events])


def touch_every_account(attacker: Attacker) -> None:
    """Something new of a hundred thousand accounts, so that all are to be evaluated again."""
    first = attacker.step * GROUPS_A_REQUEST % 100_000
    events = [
        {
            "type": "track",
            "event": "e0",
            "userId": f"one-{each}",
            "context": {"groupId": f"one-{each}"},
        }
        for each in range(first, first + GROUPS_A_REQUEST)
    ]
    attacker.target.send(attacker.workspace, events)


def send_strange_ids(attacker: Attacker) -> None:
    """Groups, people and events with ids that are paths, commands and formulas."""
    events = [_group(name, name) for name in STRANGE]
    events += [{"type": "track", "event": name, "userId": name} for name in STRANGE]
    attacker.target.send(attacker.workspace, events)


def send_hostile_table(attacker: Attacker) -> None:
    """Events of as many names and properties as there are, for whoever makes columns of them."""
    number = attacker.dice.randrange(10**6)
    properties = {f"p{number}-{each}": "x" * 50 for each in range(300)}
    events = [
        {
            "type": "track",
            "event": f"e{number}-{each}",
            "userId": f"one-{each}",
            "context": {"groupId": f"one-{each}"},
            "properties": properties,
        }
        for each in range(100)
    ]
    attacker.target.send(attacker.workspace, events)


def _group(name: str, person: str) -> dict[str, Any]:
    started = (datetime.now(UTC) - timedelta(days=2)).isoformat()
    traits = {"status": "trial", "trial_started_at": started}
    return {"type": "group", "userId": person, "groupId": name, "traits": traits}
