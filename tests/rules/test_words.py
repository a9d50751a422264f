"""Numbers with what they count, as people write them."""

import pytest

from pql.words import counted, measured


@pytest.mark.parametrize(
    ("number", "thing", "said"),
    [
        (1, "definition", "1 definition"),
        (0, "account", "0 accounts"),
        (1, "person", "1 person"),
        (2, "person", "2 people"),
        (1200, "event", "1,200 events"),
        (2, "entry", "2 entries"),
        (2, "day", "2 days"),
        (2, "different address", "2 different addresses"),
    ],
)
def test_things_are_counted(number: int, thing: str, said: str) -> None:
    assert counted(number, thing) == said


@pytest.mark.parametrize(
    ("number", "name", "said"),
    [
        ("1", "active people", "1 active person"),
        ("3", "active people", "3 active people"),
        ("0", "messages sent", "0 messages sent"),
        ("1", "messages sent", "1 message sent"),
        ("1", "days since last login", "1 day since last login"),
        ("1", "replies", "1 reply"),
        ("1", "searches", "1 search"),
        ("1", "usage", "1 usage"),
        ("1", "status changes", "1 status change"),
        ("1", "logins of users", "logins of users 1"),
    ],
)
def test_a_metric_is_told_with_its_number(number: str, name: str, said: str) -> None:
    assert measured(number, name) == said
