"""Prints who got which motion, and what is not as the simulation meant it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from rich.text import Text

from pql.control_characters import escaped
from pql.definitions.model import Motion
from pql.words import counted
from routes.console import Listing, Terminal
from routes.demonstration.asking import Routed

MEANINGS = {
    Motion.HIGH_TOUCH: "a salesperson calls",
    Motion.LOW_TOUCH: "automation, and a person looks after it",
    Motion.NO_TOUCH: "content, e-mails and offers",
}
SHOWN = 5
"""How many accounts of each motion are listed."""

Lists = Mapping[Motion, Sequence[Routed]]


def show_lists(console: Terminal, lists: Lists, why: Callable[[str], Sequence[str]]) -> None:
    """A table for each motion: the best accounts, with the reasons that `why` gives by their id."""
    for motion, accounts in lists.items():
        shown = accounts[:SHOWN]
        table = Listing(
            "account",
            "day",
            "score",
            "why",
            title=f"{motion.value}: {counted(len(accounts), 'account')} ({MEANINGS[motion]})",
            title_justify="left",
            show_lines=True,
        )
        for account in shown:
            lines = (account.reason, *(f"- {line}" for line in why(account.id)))
            reasons = Text("\n".join(map(escaped, lines)))
            day, score = _number(account.trial_day), _number(account.usage_score)
            table.add_row(account.name, day, score, reasons)
        console.print(table)
        if len(accounts) > len(shown):
            console.print(f"... and {len(accounts) - len(shown)} more\n")


def differences(lists: Lists, meant: Mapping[str, Motion]) -> list[str]:
    """A sentence for each account that did not get the motion the simulation meant."""
    got = {account.id: motion for motion, accounts in lists.items() for account in accounts}
    return [
        f"{key}: meant {motion.value}, got {got.get(key) or 'nothing'}"
        for key, motion in sorted(meant.items())
        if got.get(key) != motion
    ]


def _number(value: int | None) -> str:
    return "unknown" if value is None else str(value)
