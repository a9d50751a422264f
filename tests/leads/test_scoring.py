"""Lead scores: interest that fades, role, company, and parts that add up."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pql.definitions.model import FitRule, LeadActivity, LeadSettings, State, Test
from pql.leads.scoring import (
    Activity,
    Person,
    fades_at,
    grade_of,
    score_lead,
    whole_shares,
)

NOW = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)

SETTINGS = LeadSettings(
    activities=(
        LeadActivity("demo_booked", points=40, half_life_days=30, at_most=40),
        LeadActivity("guide_downloaded", points=10, half_life_days=30, at_most=30),
    ),
    role=(FitRule("decision maker", 20, Test("trait", "title", "in", ("ceo", "founder"))),),
    company=(FitRule("company size", 15, Test("trait", "employees", "at_least", 50)),),
)

people = st.builds(
    Person,
    activities=st.lists(
        st.builds(
            Activity,
            event=st.sampled_from(["demo_booked", "guide_downloaded", "something_else"]),
            at=st.integers(0, 400).map(lambda days: NOW - days * DAY),
        ),
        max_size=30,
    ).map(tuple),
    traits=st.sampled_from([{}, {"title": "CEO"}, {"title": "clerk"}]),
    company_traits=st.sampled_from([{}, {"employees": 80}, {"employees": 8}]),
)


def demo(days_ago: float = 0) -> Activity:
    return Activity("demo_booked", NOW - days_ago * DAY)


def guide(days_ago: float = 0) -> Activity:
    return Activity("guide_downloaded", NOW - days_ago * DAY)


def score(*activities: Activity, **traits: object) -> int:
    return score_lead(Person(activities, traits, {}), SETTINGS, NOW).score


def test_a_fresh_activity_gives_its_points() -> None:
    assert score(demo()) == 40


def test_points_halve_every_half_life() -> None:
    assert score(demo(30)) == 20
    assert score(demo(60)) == 10


def test_many_of_one_kind_give_no_more_than_their_cap() -> None:
    assert score(*[guide() for _ in range(9)]) == 30


def test_an_event_without_points_gives_none() -> None:
    assert score(Activity("something_else", NOW)) == 0


def test_role_and_company_add_their_points() -> None:
    person = Person((demo(),), {"title": " Founder "}, {"employees": "80"})
    result = score_lead(person, SETTINGS, NOW)
    assert result.score == 75
    assert [(part.kind, part.points) for part in result.parts] == [
        ("activity", 40),
        ("role", 20),
        ("company", 15),
    ]


def test_a_trait_that_is_not_known_gives_nothing_and_is_named_as_unknown() -> None:
    result = score_lead(Person((), {}, {"employees": 8}), SETTINGS, NOW)
    assert result.score == 0
    assert [(part.name, part.state) for part in result.parts] == [
        ("decision maker", State.UNKNOWN),
        ("company size", State.NOT_MET),
    ]


@pytest.mark.parametrize(
    ("score", "grade"), [(100, 1), (75, 1), (74, 2), (50, 2), (49, 3), (25, 3), (24, 4), (0, 4)]
)
def test_the_grade_is_read_from_the_lowest_score_of_each(score: int, grade: int) -> None:
    assert grade_of(score, (75, 50, 25)) == grade


@given(people)
@settings(deadline=None)
def test_parts_always_add_up_to_a_score_from_0_to_100(person: Person) -> None:
    result = score_lead(person, SETTINGS, NOW)
    assert 0 <= result.score <= 100
    assert sum(part.points for part in result.parts) == result.score
    assert all(part.points >= 0 for part in result.parts)


@given(people)
@settings(deadline=None)
def test_time_alone_never_raises_a_score(person: Person) -> None:
    later = score_lead(person, SETTINGS, NOW + 10 * DAY).score
    assert later <= score_lead(person, SETTINGS, NOW).score


@given(people)
@settings(deadline=None)
def test_the_score_holds_until_the_moment_it_is_said_to_fade(person: Person) -> None:
    moment = fades_at(person, SETTINGS, NOW)
    now = score_lead(person, SETTINGS, NOW).score
    if moment is None:
        assert score_lead(person, SETTINGS, NOW + 300 * DAY).score == now
    else:
        minute = timedelta(minutes=1)
        assert moment > NOW
        assert score_lead(person, SETTINGS, max(NOW, moment - minute)).score == now
        assert score_lead(person, SETTINGS, moment).score < now


@given(st.lists(st.floats(0, 1_000), max_size=20), st.integers(0, 100))
@settings(deadline=None)
def test_whole_shares_add_up_and_are_less_than_one_off(values: list[float], total: int) -> None:
    shares = whole_shares(values, total)
    together = sum(values)
    if not together:
        assert shares == [0] * len(values)
        return
    assert sum(shares) == total
    assert all(
        abs(share - value * total / together) < 1 + 1e-6
        for share, value in zip(shares, values, strict=True)
    )


AGAINST = LeadSettings(
    activities=(
        LeadActivity("demo_booked", points=40, half_life_days=30, at_most=40),
        LeadActivity("unsubscribed", points=-25, half_life_days=10, at_most=30),
    ),
    role=(FitRule("student", -15, Test("trait", "title", "contains", "student")),),
    company=(FitRule("in Norway", 20, Test("trait", "address.country", "is", "NO")),),
)


def test_points_are_taken_away_and_the_parts_still_add_up() -> None:
    against = tuple(Activity("unsubscribed", NOW) for _ in range(3))
    company = {"address": {"country": "no"}}
    result = score_lead(Person((demo(), *against), {"title": "Student"}, company), AGAINST, NOW)
    assert {part.name: part.points for part in result.parts} == {
        "demo_booked": 40,
        "unsubscribed": -30,
        "student": -15,
        "in Norway": 20,
    }
    assert result.score == 15


def test_no_more_is_taken_away_than_was_given() -> None:
    result = score_lead(Person((), {"title": "student"}, {}), AGAINST, NOW)
    assert (result.score, [part.points for part in result.parts]) == (0, [0, 0])


@given(
    st.lists(st.tuples(st.booleans(), st.floats(0, 100)), max_size=4), st.booleans(), st.booleans()
)
@settings(deadline=None)
def test_the_score_is_looked_at_again_before_it_moves(
    done: list[tuple[bool, float]], is_student: bool, is_norwegian: bool
) -> None:
    activities = tuple(
        Activity("unsubscribed" if against else "demo_booked", NOW - age * DAY)
        for against, age in done
    )
    traits = {"title": "student"} if is_student else {}
    company = {"address.country": "NO"} if is_norwegian else {}
    person = Person(activities, traits, company)
    result = score_lead(person, AGAINST, NOW)
    assert sum(part.points for part in result.parts) == result.score
    moment = fades_at(person, AGAINST, NOW)
    late = NOW + 400 * DAY if moment is None else moment - timedelta(hours=1)
    for step in range(8):
        between = NOW + (late - NOW) * step / 7
        assert between < NOW or score_lead(person, AGAINST, between).score == result.score
