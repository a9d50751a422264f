"""Operations on traits, one after another."""

from datetime import UTC, datetime

import pytest

from usage_ingest.identity.holdings import hand_over
from usage_ingest.identity.records import ContactRecord
from usage_ingest.traits import TraitChange, changed, changed_at, leave_out_any, named


def at(hour: int) -> datetime:
    return datetime(2026, 3, 1, hour, tzinfo=UTC)


def test_operations_are_made_in_their_order() -> None:
    changes: list[TraitChange] = [
        ("set", {"plan": "trial", "seats": 3}),
        ("set_once", {"plan": "free", "source": "search"}),
        ("add", {"seats": 2, "visits": 1}),
        ("unset", {"source": "-"}),
        ("set_once", {"source": "friend"}),
    ]
    expected = {"plan": "trial", "seats": 5, "visits": 1, "source": "friend"}
    assert changed({}, changes) == expected
    assert changed({"plan": "paid"}, [("set_once", {"plan": "free"})]) == {"plan": "paid"}


def test_null_takes_a_trait_away_where_it_is_set_and_gives_nothing() -> None:
    assert changed({"a": 1, "b": 2}, [("set", {"a": None})]) == {"b": 2}
    assert changed({"a": 1}, [("set_once", {"b": None}), ("add", {"c": None})]) == {"a": 1}


def test_lists_are_kept_and_what_is_no_list_is_one_of_a_single_element() -> None:
    def after(traits: dict[str, object], operation: str, operand: object) -> object:
        return changed(traits, [(operation, {"a": operand})]).get("a")

    assert after({}, "append", "x") == ["x"]
    assert after({"a": "w"}, "append", ["x", "y"]) == ["w", "x", "y"]
    assert after({"a": ["w"]}, "prepend", ["x", "y"]) == ["x", "y", "w"]
    assert after({"a": ["w", "x"]}, "append_once", ["x", "y"]) == ["w", "x", "y"]
    assert after({"a": ["w", 1]}, "prepend_once", ["w", True]) == [True, "w", 1]
    assert after({"a": ["w", "x", "w"]}, "remove", "w") == ["x"]
    assert after({}, "remove", "w") is None


def test_lists_that_grow_too_large_stay_as_they_are_and_are_told() -> None:
    known: dict[str, object] = {"a": ["x" * 1000] * 32}
    for operation in ("append", "prepend", "append_once", "prepend_once"):
        changes: list[TraitChange] = [(operation, {"a": "y" * 1000})]
        assert changed(known, changes) == known
        assert leave_out_any(changes, known)


def test_all_that_is_there_is_taken_away_first() -> None:
    changes: list[TraitChange] = [("clear", {}), ("set", {"city": "Oslo"})]
    assert changed({"city": "Bergen", "age": 40}, changes) == {"city": "Oslo"}
    assert named(changes, ["age"]) == {"age", "city"}


@pytest.mark.parametrize(
    "away", [("set", {"a": None}), ("unset", {"a": "-"}), ("clear", {})], ids=lambda each: each[0]
)
def test_what_was_taken_away_stays_away_whatever_was_said_before(away: TraitChange) -> None:
    earlier: list[TraitChange] = [
        ("set", {"a": 1}),
        ("set_once", {"a": 1}),
        ("add", {"a": 1}),
        ("append", {"a": 1}),
    ]
    without, said_at = changed_at({"a": 0}, {}, [away], at(5))
    assert without == {}
    for change in earlier:
        assert changed_at(without, said_at, [change], at(4))[0] == {}
        assert changed_at(without, said_at, [change], at(6))[0] in ({"a": 1}, {"a": [1]})


def test_a_call_that_takes_away_and_comes_late_takes_nothing_newer_away() -> None:
    traits, said_at = changed_at({"b": 1}, {}, [("set", {"a": 1})], at(5))
    traits, said_at = changed_at(traits, said_at, [("set", {"a": None})], at(4))
    assert traits == {"a": 1, "b": 1}
    traits, said_at = changed_at(traits, said_at, [("clear", {})], at(4))
    assert traits == {"a": 1}
    assert changed_at(traits, said_at, [("set", {"b": 1})], at(3))[0] == {"a": 1}


GIVING: list[tuple[TraitChange, object]] = [
    (("set_once", {"a": 1}), 1),
    (("add", {"a": 1}), 1),
    (("append", {"a": 1}), [1]),
    (("prepend_once", {"a": 1}), [1]),
]
TAKING: list[TraitChange] = [("set", {"a": None, "b": 2}), ("unset", {"a": "-"}), ("clear", {})]


@pytest.mark.parametrize(("giving", "value"), GIVING, ids=str)
@pytest.mark.parametrize("taking", TAKING, ids=lambda each: each[0])
def test_what_was_given_in_any_way_stays_whatever_is_taken_away_late(
    giving: TraitChange, value: object, taking: TraitChange
) -> None:
    given, said_at = changed_at({}, {}, [giving], at(5))
    late, late_at = changed_at(given, said_at, [taking], at(3))
    assert late["a"] == value
    assert "a" not in changed_at(late, late_at, [taking], at(6))[0], "in time, it is taken away"
    earlier, earlier_at = changed_at(given, said_at, [giving], at(2))
    assert changed_at(earlier, earlier_at, [taking], at(4))[0]["a"] == earlier["a"]


@pytest.mark.parametrize(("giving", "_value"), GIVING, ids=str)
def test_what_was_given_is_still_set_and_added_to_by_what_comes_late(
    giving: TraitChange, _value: object
) -> None:
    given, said_at = changed_at({}, {}, [giving], at(5))
    assert changed_at(given, said_at, [("set", {"a": 7})], at(3))[0] == {"a": 7}
    added, _ = changed_at(given, said_at, [("append", {"a": 7})], at(3))
    assert added == {"a": [1, 7]}


def test_what_was_removed_from_a_list_gives_nothing() -> None:
    left, said_at = changed_at({"a": ["v", "w"]}, {}, [("remove", {"a": "v"})], at(5))
    assert changed_at(left, said_at, [("unset", {"a": "-"})], at(3))[0] == {}


def test_a_person_has_what_another_was_given_after_it_was_taken_away() -> None:
    person, visitor = (ContactRecord(at(1), at(1)) for _ in range(2))
    person.change([("unset", {"a": "-"})], at(3))
    visitor.change([("set_once", {"a": 1})], at(5))
    hand_over(visitor, person)
    person.change([("clear", {})], at(4))
    assert person.traits == {"a": 1}
    person.forget(["a"])
    assert person.trait_times == {"$clearAll": at(4).isoformat()}


def test_what_cannot_be_added_changes_nothing_that_could_not_be_stored() -> None:
    assert changed({"a": "text"}, [("add", {"a": 2})]) == {"a": 2}
    assert changed({"a": True}, [("add", {"a": 2})]) == {"a": 2}
    assert changed({"a": 1e308}, [("add", {"a": 1e308})]) == {"a": 1e308}
    assert changed({"a": 1}, [("add", {"a": 10**400})]) == {"a": 1}
