"""The values a definition file is read into. All frozen; made by `reading.py`, used everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

ANY_EVENT = "any"


class Motion(StrEnum):
    """What an account gets: automation, automation and a person, or sales."""

    NO_TOUCH = "no_touch"
    LOW_TOUCH = "low_touch"
    HIGH_TOUCH = "high_touch"
    UNKNOWN = "unknown"


class State(StrEnum):
    """Three states: what is not known is never taken for a no."""

    MET = "met"
    NOT_MET = "not_met"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Aggregate:
    """How events become a number. `kind` is an entry of `pql.metrics.aggregates.AGGREGATES`: count,
    distinct_contacts, distinct_days, sum, max, days_since_last, first_time or contacts_active.

    `property` is what `sum` and `max` read. `days` and `within` belong to `contacts active on N
    days within M days`: contacts with activity on N different days of some M consecutive days.
    """

    kind: str
    property: str | None = None
    days: int | None = None
    within: int | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """Which events count. `kind` is `first` or `last` (with `days`) or `trial` (all so far)."""

    kind: str
    days: int | None = None


@dataclass(frozen=True, slots=True)
class PropertyFilter:
    """A condition on an event's property.

    `operator` is is, is_not, in, at_least, at_most, more_than, less_than, contains, starts_with,
    has or exists.
    """

    property: str
    operator: str
    value: object


@dataclass(frozen=True, slots=True)
class Metric:
    """A number for an account (or contact) at a moment. `event` is a name or `any`."""

    name: str
    event: str
    aggregate: Aggregate
    window: Window
    where: tuple[PropertyFilter, ...] = ()
    description: str = ""
    owner: str = ""


@dataclass(frozen=True, slots=True)
class BenchmarkThreshold:
    """`customer p50`: a percentile (10, 25, 50, 75 or 90) of what others had done at the same age.

    `population` is `later_customers` or `non_converters`.
    """

    percentile: int
    population: str = "later_customers"


@dataclass(frozen=True, slots=True)
class Test:
    """A leaf of a rule: one subject against one threshold.

    `subject` is `metric`, `trait`, `pql`, `potential`, `usage_score` or `status`; `name` says which
    metric or trait, and repeats the subject for the others. `comparison` is at_least, at_most,
    more_than, less_than, is, in, contains, starts_with, has or exists. `threshold` is a number,
    text, true or false, a tuple of those, or a `BenchmarkThreshold`.
    """

    subject: str
    name: str
    comparison: str
    threshold: object


@dataclass(frozen=True, slots=True)
class Group:
    """Rules taken together. `require` is `all`, `any`, or the number of them that must be met."""

    require: str | int
    rules: tuple[Rule, ...]


Rule = Test | Group


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a definition predicts: the status reached within so many days of the window's end."""

    becomes: str
    within_days: int


@dataclass(frozen=True, slots=True)
class Definition:
    """A PQL definition: for whom, towards what, by which criteria.

    `population` lists the statuses it speaks of. `weights` are the usage score's, by metric.
    """

    name: str
    population: tuple[str, ...]
    outcome: Outcome
    criteria: Group
    weights: Mapping[str, float]
    description: str = ""
    owner: str = ""


@dataclass(frozen=True, slots=True)
class LifecycleSettings:
    """Which traits and events tell an account's status.

    `traits` maps a life-cycle field to the trait names it may be in; `values` maps what a status or
    plan trait says (lower case) to a status; `events` maps an event name to the status it starts.
    `leading_source` says whose word counts where the payment provider and the product say something
    else: `stripe`, `product`, or `latest` for whichever spoke last. `stripe_metadata` are names of
    metadata that hold an account's id, `stripe_traits` of account traits that hold a customer's.
    """

    traits: Mapping[str, tuple[str, ...]]
    values: Mapping[str, str]
    events: Mapping[str, str]
    trial_days: int | None
    after_trial: str
    internal_domains: tuple[str, ...] = ()
    leading_source: str = "stripe"
    stripe_metadata: tuple[str, ...] = ("account_id", "accountId")
    stripe_traits: tuple[str, ...] = ("stripe_customer_id", "stripeCustomerId")


@dataclass(frozen=True, slots=True)
class AccountSettings:
    """Which account people belong to whom no event puts in a group: none, or their domain's."""

    from_email_domain: bool = False
    exclude_domains: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FilterSettings:
    """Whose events are stored but never counted. Patterns are names in which `*` is any text."""

    test_accounts: tuple[str, ...] = ()
    test_emails: tuple[str, ...] = ()
    bots: bool = True


@dataclass(frozen=True, slots=True)
class LeadActivity:
    """An event that shows interest: points for each, halved every half-life, up to `at_most`."""

    event: str
    points: float
    half_life_days: float
    at_most: float
    description: str = ""


@dataclass(frozen=True, slots=True)
class FitRule:
    """Points for who a lead is (role) or where it works (company): given where `rule` is met."""

    name: str
    points: float
    rule: Rule


@dataclass(frozen=True, slots=True)
class LeadSettings:
    """How leads are scored. Score = activity + role + company points, cut to 0..100.

    `grades` are the lowest scores of grade 1, 2 and 3; `stages` the lowest score of `lead` and
    `MQL`; `events` maps an event name to the stage it moves a lead to (a demo booked: SQL).
    """

    activities: tuple[LeadActivity, ...] = ()
    role: tuple[FitRule, ...] = ()
    company: tuple[FitRule, ...] = ()
    grades: tuple[int, int, int] = (75, 50, 25)
    stages: Mapping[str, int] = field(default_factory=lambda: {"lead": 10, "MQL": 50})
    events: Mapping[str, str] = field(default_factory=dict)


PERIODS = ("week", "month", "quarter")


@dataclass(frozen=True, slots=True)
class SegmentBy:
    """By what accounts are told apart. `by` is `trait`, `people` or `started`.

    `what` is the trait's name, true, or the period (one of `PERIODS`) in which the trial began.
    `bands` are the lowest numbers of all bands but the first; without any, each value is its own.
    """

    by: str
    what: str | bool
    bands: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class DefinitionFile:
    """A whole definition file.

    Where several definitions speak of an account, the result with the highest motion leads, then
    the highest score. Benchmarks are told by the window and outcome of the first definition.
    """

    metrics: Mapping[str, Metric]
    definitions: Mapping[str, Definition]
    potential: Mapping[str, Rule]
    """`large` and `medium`, tried in this order; what meets neither is `small`."""
    motions: Mapping[Motion, Rule]
    """`high_touch` and `low_touch`, tried in this order; the rest is `no_touch`."""
    lifecycle: LifecycleSettings
    leads: LeadSettings
    filters: FilterSettings = FilterSettings()
    accounts: AccountSettings = AccountSettings()
    segments: Mapping[str, SegmentBy] = field(default_factory=dict)
    provisional: Mapping[Motion, Rule] = field(default_factory=dict)
    """As `motions`, for as long as there are too few customers to compare with; empty for none."""
