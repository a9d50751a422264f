"""What the simulation is made of: accounts with planted behaviour, and the calls they make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pql.definitions.model import Motion

TRIAL_LENGTH = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How an account uses the product. Pairs are the lowest and highest value that is drawn.

    `meant` is the motion that accounts of this behaviour must get; `None` where it is not clear.
    """

    name: str
    messages_a_day: tuple[float, float]
    active_days: tuple[int, int]
    invites: tuple[int, int]
    people: tuple[int, int]
    employees: tuple[int, int]
    meant: Motion | None = None


@dataclass(frozen=True, slots=True)
class SimulatedAccount:
    """One account. `converted_at` is when it began to pay."""

    key: str
    name: str
    behaviour: Behaviour
    people: int
    employees: int
    trial_started_at: datetime
    converted_at: datetime | None = None

    @property
    def trial_ends_at(self) -> datetime:
        return self.trial_started_at + TRIAL_LENGTH

    def person(self, number: int) -> str:
        """The user id of the account's person with this number, from 0."""
        return f"{self.key}-person-{number + 1}"


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the tracking SDK. `kind` is identify, group or track."""

    kind: str
    user_id: str
    at: datetime
    message_id: str
    name: str = ""
    group_id: str | None = None
    content: Mapping[str, object] = field(default_factory=dict)
    """The traits of identify and group, the properties of track."""


@dataclass(frozen=True, slots=True)
class Simulation:
    """A whole simulated workspace. Calls that say who people are come first, then what they did."""

    accounts: tuple[SimulatedAccount, ...]
    people_calls: tuple[Call, ...]
    usage_calls: tuple[Call, ...]

    @property
    def meant(self) -> dict[str, Motion]:
        """The motion that each account with a clear case must get, by account key."""
        return {
            account.key: account.behaviour.meant
            for account in self.accounts
            if account.behaviour.meant is not None
        }
