"""Rules change what they name and nothing else."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from usage_ingest.quarantine.mending import (
    CASTS,
    NOWHERE,
    CastUnknown,
    MendingRules,
    PathInvalid,
    at_path,
    mended,
    mended_text,
    require_paths,
)

names = some.sampled_from(["userId", "user_id", "context", "traits", "a"])
paths = some.lists(names, min_size=1, max_size=3).map(".".join)
texts = some.text('ab{}[]":,1.', max_size=8)
leaves = some.none() | some.booleans() | some.integers(0, 3) | texts
values = some.recursive(
    leaves,
    lambda inner: some.lists(inner, max_size=2) | some.dictionaries(names, inner, max_size=3),
    max_leaves=6,
)
events = some.dictionaries(names, values, max_size=4)
rules = some.builds(
    MendingRules,
    rename=some.dictionaries(paths, paths, max_size=2),
    remove=some.lists(paths, max_size=2),
    set=some.dictionaries(paths, values, max_size=2),
    default=some.dictionaries(paths, values, max_size=2),
    cast=some.dictionaries(paths, some.sampled_from(sorted(CASTS)), max_size=2),
)


@pytest.mark.parametrize(
    ("before", "rule", "after"),
    [
        ({"a": 1}, MendingRules(set={"userId": "x"}), {"a": 1, "userId": "x"}),
        ({"user_id": 5}, MendingRules(rename={"user_id": "userId"}), {"userId": 5}),
        ({"context": {"traits": 1, "a": 2}}, MendingRules(remove=["context.traits"]),
         {"context": {"a": 2}}),
        ({"userId": None}, MendingRules(default={"userId": "x"}), {"userId": "x"}),
        ({"userId": "y"}, MendingRules(default={"userId": "x"}), {"userId": "y"}),
        ({}, MendingRules(set={"context.traits.a": 1}), {"context": {"traits": {"a": 1}}}),
        ({"context": "text"}, MendingRules(set={"context.a": 1}), {"context": "text"}),
        ({"a": 1, "context": []}, MendingRules(rename={"a": "context.a"}),
         {"a": 1, "context": []}),
        ({"a": 1}, MendingRules(rename={"a": "a.a"}), {"a": {"a": 1}}),
        ({"a": 1}, MendingRules(rename={"a": "b"}, remove=["b"], default={"b": 2}), {"b": 2}),
    ],
)  # fmt: skip
def test_a_rule_does_what_it_says(
    before: dict[str, Any], rule: MendingRules, after: dict[str, Any]
) -> None:
    assert mended(before, rule) == after


@given(events, rules)
def test_the_original_stays_as_it_is(event: dict[str, Any], rule: MendingRules) -> None:
    before = copy.deepcopy(event)
    mended(event, rule)
    assert event == before


@given(events, paths, values)
def test_what_is_set_is_there_wherever_an_object_can_hold_it(
    event: dict[str, Any], path: str, value: Any
) -> None:
    after = mended(event, MendingRules(set={path: value}))
    assert at_path(after, path) == value or after == event


@given(events, paths)
def test_what_is_removed_is_gone(event: dict[str, Any], path: str) -> None:
    assert at_path(mended(event, MendingRules(remove=[path])), path) is NOWHERE


@given(events, paths, paths)
def test_renaming_never_loses_a_value(event: dict[str, Any], old: str, new: str) -> None:
    value = at_path(event, old)
    after = mended(event, MendingRules(rename={old: new}))
    if value is NOWHERE:
        assert after == event
    else:
        assert value in (at_path(after, new), at_path(after, old))


@given(events, paths, values)
def test_a_default_changes_nothing_that_is_there(
    event: dict[str, Any], path: str, value: Any
) -> None:
    before = at_path(event, path)
    after = mended(event, MendingRules(default={path: value}))
    if before is not NOWHERE and before is not None:
        assert after == event


@given(events, some.lists(paths), some.dictionaries(paths, values))
def test_removing_and_defaults_are_the_same_twice(
    event: dict[str, Any], removed: list[str], defaults: dict[str, Any]
) -> None:
    for rule in (MendingRules(remove=removed), MendingRules(default=defaults)):
        once = mended(event, rule)
        assert mended(once, rule) == once


@given(texts | values.map(json.dumps), rules)
def test_any_text_can_be_asked_to_be_mended(content: str, rule: MendingRules) -> None:
    after = mended_text(content, rule)
    if not content.lstrip().startswith("{"):
        assert after == content


def test_without_rules_every_byte_stays() -> None:
    content = '{"a" : 1.0e2, "a": 2}'
    assert mended_text(content, MendingRules()) == content


@pytest.mark.parametrize("path", ["", ".", "a.", "a..b"])
def test_a_path_names_fields(path: str) -> None:
    with pytest.raises(PathInvalid):
        require_paths(MendingRules(set={path: 1}))
    with pytest.raises(PathInvalid):
        require_paths(MendingRules(rename={"a": path}))


@pytest.mark.parametrize(
    ("kind", "value", "after"),
    [
        ("text", 1234, "1234"),
        ("text", 1234.0, "1234"),
        ("text", 1.5, "1.5"),
        ("text", True, "true"),
        ("number", " 12.5 ", 12.5),
        ("number", "7", 7),
        ("number", "NaN", "NaN"),
        ("number", "many", "many"),
        ("boolean", "TRUE", True),
        ("boolean", 0, False),
        ("boolean", "no", "no"),
    ],
)
def test_a_value_is_cast_where_it_has_such_a_reading(
    kind: str, value: object, after: object
) -> None:
    result = mended({"a": {"b": value}}, MendingRules(cast={"a.b": kind}))["a"]["b"]
    assert (result, type(result)) == (after, type(after))


@pytest.mark.parametrize("value", [None, [], [1], {"c": 1}])
def test_what_is_no_single_value_is_not_cast(value: object) -> None:
    assert mended({"a": value}, MendingRules(cast={"a": "text"})) == {"a": value}
    assert mended({}, MendingRules(cast={"a": "text"})) == {}


def test_a_cast_to_nothing_known_is_refused() -> None:
    with pytest.raises(CastUnknown, match="allowed: text, number, boolean"):
        require_paths(MendingRules(cast={"a": "date"}))
