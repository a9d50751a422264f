"""The API document: every address is in it, with its keys, errors and fields."""

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient


@pytest.fixture
def migrated_database_url(migrated_sqlite_url: str) -> str:
    """The document does not depend on the database."""
    return migrated_sqlite_url


@pytest.fixture
def document(client: FlaskClient) -> Any:
    return client.get("/openapi.json").get_json()


def operations(document: Any) -> list[tuple[str, str, Any]]:
    return [
        (path, method, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method != "parameters"
    ]


def references(value: Any) -> list[str]:
    if isinstance(value, dict):
        found = [value["$ref"]] if "$ref" in value else []
        return found + [one for inner in value.values() for one in references(inner)]
    return [one for inner in value for one in references(inner)] if isinstance(value, list) else []


def test_every_address_of_the_api_is_in_the_document(app: Flask, document: Any) -> None:
    there = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/v1/")  # posthog-js asks under /api/, too
    }
    assert {(path, method) for path, method, _ in operations(document)} == there


def test_the_document_is_openapi_3_1_without_loose_ends(document: Any) -> None:
    assert document["openapi"].startswith("3.1")
    assert document["info"]["title"] == "pql"
    for reference in references(document):
        target = document
        for step in reference.removeprefix("#/").split("/"):
            target = target[step]


def test_every_operation_names_its_keys_errors_and_answer(document: Any) -> None:
    schemes = document["components"]["securitySchemes"]
    assert set(schemes) == {"bearer", "basic"}
    for path, method, operation in operations(document):
        place = f"{method} {path}"
        assert operation["summary"], place
        assert {name for need in operation["security"] for name in need} == set(schemes), place
        assert {"401", "403", "default"} <= set(operation["responses"]), place
        assert any(code.startswith("2") for code in operation["responses"]), place
        names = re.findall(r"{(\w+)}", path)
        parameters = document["paths"][path].get("parameters", []) + operation.get("parameters", [])
        assert set(names) <= {p["name"] for p in parameters if p["in"] == "path"}, place


def test_errors_are_problem_documents(document: Any) -> None:
    for name in ("UNAUTHORIZED", "UNPROCESSABLE_ENTITY", "DEFAULT_ERROR"):
        content = document["components"]["responses"][name]["content"]
        assert list(content) == ["application/problem+json"]
