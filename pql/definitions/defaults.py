"""What holds where a definition file says nothing. docs/definitions.md lists the same."""

from __future__ import annotations

from collections.abc import Mapping

from pql.definitions.model import (
    FitRule,
    Group,
    LeadActivity,
    LeadSettings,
    LifecycleSettings,
    Metric,
    Motion,
    Rule,
    SegmentBy,
    Test,
)

DEFAULT_LIFECYCLE = LifecycleSettings(
    traits={
        "trial_started_at": ("trial_started_at", "trialStartedAt", "trial_start", "trialStart"),
        "trial_ends_at": ("trial_ends_at", "trialEndsAt", "trial_end", "trialEnd"),
        "plan": ("plan", "plan_name", "planName"),
        "status": ("status", "subscription_status", "subscriptionStatus"),
    },
    values={
        "trial": "trial",
        "trialing": "trial",
        "in_trial": "trial",
        "free": "free",
        "freemium": "free",
        "active": "paying",
        "paid": "paying",
        "paying": "paying",
        "customer": "paying",
        "past_due": "paying",
        "canceled": "churned",
        "cancelled": "churned",
        "churned": "churned",
        "unpaid": "churned",
        "internal": "internal",
        "test": "internal",
    },
    events={
        "trial_started": "trial",
        "subscription_started": "paying",
        "subscription_created": "paying",
        "subscription_cancelled": "churned",
        "subscription_canceled": "churned",
    },
    trial_days=None,
    after_trial="free",
)

DEFAULT_MOTIONS: Mapping[Motion, Rule] = {
    Motion.HIGH_TOUCH: Group(
        "all", (Test("pql", "pql", "is", "met"), Test("potential", "potential", "in", ("large",)))
    ),
    Motion.LOW_TOUCH: Group(
        "any",
        (
            Test("pql", "pql", "is", "met"),
            Group(
                "all",
                (
                    Test("usage_score", "usage_score", "at_least", 50),
                    Test("potential", "potential", "in", ("large", "medium")),
                ),
            ),
        ),
    ),
}

DEFAULT_LEADS = LeadSettings(
    activities=(
        LeadActivity("demo_booked", points=40, half_life_days=30, at_most=40),
        LeadActivity("form_filled_in", points=15, half_life_days=30, at_most=30),
        LeadActivity("webinar_attended", points=15, half_life_days=30, at_most=30),
        LeadActivity("guide_downloaded", points=10, half_life_days=30, at_most=30),
    ),
    role=(
        FitRule(
            "decision maker",
            points=20,
            rule=Test(
                "trait",
                "title",
                "in",
                ("ceo", "cto", "coo", "cmo", "founder", "co-founder", "owner", "managing director"),
            ),
        ),
    ),
    company=(FitRule("company size", points=15, rule=Test("trait", "employees", "at_least", 50)),),
    events={
        "demo_booked": "SQL",
        "opportunity_opened": "opportunity",
        "referral_made": "advocate",
    },
)

DEFAULT_SEGMENTS: Mapping[str, SegmentBy] = {
    "plan": SegmentBy("trait", "plan"),
    "size": SegmentBy("trait", "employees", (10, 50, 250)),
    "source": SegmentBy("trait", "utm_source"),
    "cohort": SegmentBy("started", "month"),
}

LARGE_PEOPLE, MEDIUM_PEOPLE = 10, 3
LARGE_COMPANY, MEDIUM_COMPANY = 200, 20


def default_potential(metrics: Mapping[str, Metric]) -> Mapping[str, Rule]:
    """Potential from active people (the file's first metric that counts contacts) and company size.

    The size counts only where the product sends it: an account is not unknown for want of a trait
    that nobody ever sets.
    """
    people = next(
        (name for name, metric in metrics.items() if metric.aggregate.kind == "distinct_contacts"),
        None,
    )
    return {
        "large": _either(people, LARGE_PEOPLE, LARGE_COMPANY),
        "medium": _either(people, MEDIUM_PEOPLE, MEDIUM_COMPANY),
    }


def _either(people: str | None, active: int, employees: int) -> Rule:
    size = Group(
        "all",
        (
            Test("trait", "employees", "exists", True),
            Test("trait", "employees", "at_least", employees),
        ),
    )
    if people is None:
        return size
    return Group("any", (Test("metric", people, "at_least", active), size))
