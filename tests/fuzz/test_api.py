"""The API and intake answer whatever their descriptions allow, and more, without failing."""

from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import SearchStrategy
from schemathesis.checks import not_a_server_error

from tests.fixtures.web import Member
from tests.fuzz.hostile import PATHS

BOUNDED = settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
ANYTHING: dict[str, Any] = {
    "requestBody": {"content": {"application/json": {"schema": {}}}},
    "responses": {"default": {"description": "An answer"}},
}
INTAKE = {
    "openapi": "3.1.0",
    "info": {"title": "intake", "version": "1"},
    "paths": {path: {"post": ANYTHING} for path in PATHS},
}


@pytest.fixture
def migrated_database_url(migrated_sqlite_url: str) -> str:
    """What is fuzzed does not depend on the database."""
    return migrated_sqlite_url


def call_each(schema: Any, headers: dict[str, str]) -> int:
    """Call every operation with what schemathesis makes up; how many calls that were."""
    return sum(call_one(found.ok(), headers) for found in schema.get_all_operations())


def call_one(operation: Any, headers: dict[str, str]) -> int:
    """The same of one operation."""
    calls = 0
    strategy: SearchStrategy[Any] = operation.as_strategy()

    @BOUNDED
    @given(strategy)
    def call(case: Any) -> None:
        nonlocal calls
        calls += 1
        case.validate_response(case.call(headers=headers), checks=[not_a_server_error])

    call()
    return calls


def test_the_api_does_not_fail(app: Flask, owner: Member) -> None:
    schema = schemathesis.openapi.from_wsgi("/openapi.json", app)
    assert call_each(schema, owner.bearer("admin")) > 50


def test_the_ingest_paths_do_not_fail(app: Flask, owner: Member) -> None:
    schema = schemathesis.openapi.from_dict(INTAKE)
    schema.app = app
    assert call_each(schema, owner.bearer("write")) > 50
