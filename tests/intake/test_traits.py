"""Operations on traits, one after another."""

from usage_ingest.traits import TraitChange, changed, named


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


def test_nothing_given_changes_nothing() -> None:
    assert changed({"a": 1}, [("set", {"a": None}), ("set_once", {"b": None})]) == {"a": 1}
    assert named([("set", {"a": None, "b": 1}), ("unset", {"c": "-"})]) == {"b", "c"}


def test_what_cannot_be_added_changes_nothing_that_could_not_be_stored() -> None:
    assert changed({"a": "text"}, [("add", {"a": 2})]) == {"a": 2}
    assert changed({"a": True}, [("add", {"a": 2})]) == {"a": 2}
    assert changed({"a": 1e308}, [("add", {"a": 1e308})]) == {"a": 1e308}
    assert changed({"a": 1}, [("add", {"a": 10**400})]) == {"a": 1}
