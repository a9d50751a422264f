"""Any text is either read or refused with problems; what was read is read again the same."""

from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pql.definitions.reading import DefinitionError, Problem, read_definitions
from pql.definitions.versions import starter
from pql.definitions.writing import as_document, in_one_line
from tests.definitions.strategies import documents, texts


def reads_or_tells(text: str) -> None:
    problems: tuple[Problem, ...] = ()
    try:
        read_definitions(text, "any.yaml")
    except DefinitionError as error:
        problems = error.problems or pytest.fail("refused without a problem")
    for problem in problems:
        assert 1 <= problem.line <= text.count("\n") + 2
        assert problem.found
        assert problem.allowed
        assert str(problem).encode()


@given(st.text())
@settings(deadline=None)
def test_any_text_is_read_or_refused_with_problems(text: str) -> None:
    reads_or_tells(text)


@given(st.text(alphabet="{}[]:,-#&*!|>'\"%@`?\n\t ab1.~\\u0x<", max_size=60))
@settings(deadline=None)
def test_any_text_of_yaml_signs_is_read_or_refused_with_problems(text: str) -> None:
    reads_or_tells(text)


@given(st.integers(0, len(starter())), st.integers(0, 30), st.text(max_size=5))
@settings(deadline=None)
def test_a_file_with_a_piece_changed_is_read_or_refused_with_problems(
    start: int, length: int, inserted: str
) -> None:
    text = starter()
    reads_or_tells(text[:start] + inserted + text[start + length :])


@given(documents)
@settings(max_examples=200, deadline=None)
def test_any_values_under_any_fields_are_read_or_refused_with_problems(
    document: dict[str, Any],
) -> None:
    reads_or_tells(yaml.safe_dump(document))


@given(texts)
@settings(deadline=None, max_examples=40)
def test_a_valid_file_that_is_written_out_is_read_as_the_same(text: str) -> None:
    file = read_definitions(text, "first.yaml")
    assert read_definitions(in_one_line(as_document(file)), "again.yaml") == file
