"""Values as people mean them: one comparison for everything that products send."""

import pytest

from pql.comparison import as_number, as_text, same
from pql.definitions.model import Rule, State, Test
from pql.paths import pointers, value_at
from pql.rules import Facts, evaluate

MET, NOT_MET, UNKNOWN = State.MET, State.NOT_MET, State.UNKNOWN


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("12.5", 12.5),
        (20, 20),
        (" 3 ", 3),
        ("-4e2", -400),
        ("+.5", 0.5),
        ("NaN", None),
        ("1e400", None),
        ("Infinity", None),
        ("1_000", None),
        ("1,000", None),
        ("\N{FULLWIDTH DIGIT ONE}", None),
        ("", None),
        (True, None),
        ([1], None),
        (10**400, None),
    ],
)
def test_what_reads_as_a_number_is_one(value: object, number: float | None) -> None:
    assert as_number(value) == number


@pytest.mark.parametrize(
    ("value", "other"),
    [
        ("NO", "no"),
        (" Norge\n", "norge"),
        (5, "5"),
        ("5.0", " 5 "),
        (True, "TRUE"),
        ("false", False),
        ("Straße", "STRASSE"),
        ("ΟΔΟΣ", "οδος"),
        (0, "-0"),
    ],
)
def test_values_that_are_the_same(value: object, other: object) -> None:
    assert same(value, other)
    assert same(other, value)


@pytest.mark.parametrize(
    ("value", "other"),
    [("NO", False), (True, 1), (True, "yes"), (5, "5 seats"), (None, "none"), ([1], 1), ("", 0)],
)
def test_values_that_are_not(value: object, other: object) -> None:
    assert not same(value, other)
    assert not same(other, value)


def test_a_number_is_looked_at_as_text_however_it_was_sent() -> None:
    assert [as_text(each) for each in (5, 5.0, 0.25, -0.0, 1e300, True, None)] == [
        *("5", "5", "0.25", "0", "1e+300", "true"),
        None,
    ]


@pytest.mark.parametrize(
    ("comparison", "threshold", "value", "state"),
    [
        ("contains", "MAIL", "Gmail user", MET),
        ("contains", 7, "+47 90", MET),
        ("contains", "mail", "chat", NOT_MET),
        ("contains", "mail", ["mail"], UNKNOWN),
        ("contains", "mail", None, UNKNOWN),
        ("starts_with", "00", "00123", MET),
        ("starts_with", 90, 90210, MET),
        ("starts_with", "12", "00123", NOT_MET),
        ("has", "beta", ["Alpha", " BETA "], MET),
        ("has", 5, ["5.0"], MET),
        ("has", "beta", "beta", MET),
        ("has", "beta", [], NOT_MET),
        ("has", "beta", {"beta": 1}, UNKNOWN),
        ("has", "beta", None, UNKNOWN),
        ("at_least", -5, "-4", MET),
        ("less_than", -5, -5.5, MET),
        ("at_least", 0, "NaN", UNKNOWN),
    ],
)
def test_what_a_trait_has_as_a_part(
    comparison: str, threshold: object, value: object, state: State
) -> None:
    rule: Rule = Test("trait", "t", comparison, threshold)
    assert evaluate(rule, Facts(traits={"t": value})).state is state


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("address.country", "NO"),
        ("a.b", "as it is"),
        ("null.b", None),
        ("items.1.price", 2),
        ("items.7.price", None),
        ("items.price", None),
        ("address.country.code", None),
        ("address", {"country": "NO"}),
        ("nobody", None),
    ],
)
def test_a_name_with_dots_leads_into_what_is_nested(name: str, found: object) -> None:
    values = {
        "address": {"country": "NO"},
        "a.b": "as it is",
        "a": {"b": "nested"},
        "null.b": None,
        "null": {"b": 1},
        "items": [{"price": 1}, {"price": 2}],
    }
    assert value_at(values, name) == found


def test_a_document_is_looked_into_at_the_name_first_and_then_along_the_path() -> None:
    assert pointers("a.b/c") == ["/a.b~1c", "/a/b~1c"]
    assert pointers("a~b") == ["/a~0b"]
