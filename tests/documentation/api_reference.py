"""The reference in docs/api.md, written from the API's own description: `make docs`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pql.settings import Settings
from routes.application import create_app

PAGE = Path(__file__).parents[2] / "docs" / "api.md"
MARK = "<!-- From here on written by `make docs`. -->\n"

# What the examples ask for: an address's parameters, and values in the address itself.
QUERIES = {
    "/api/v1/account": "?id=acme",
    "/api/v1/accounts": "?motion=high_touch&limit=10",
    "/api/v1/accounts.csv": "?status=trial",
    "/api/v1/benchmarks": "?metric=messages_sent&by=plan",
    "/api/v1/benchmarks/curves": "?metric=messages_sent",
    "/api/v1/benchmarks/first-times": "?metric=messages_sent",
    "/api/v1/benchmarks/survival": "?by=source",
    "/api/v1/leads": "?stage=MQL&min_score=50",
    "/api/v1/events/recent": "?limit=10",
    "/api/v1/quarantine": "?reason=missing_event",
}
PATH_VALUES = {
    "account_id": "acme",
    "analysis_id": "1",
    "customer_id": "cus_example",
    "lead_id": "lead@example.com",
    "merge_id": "1",
    "number": "1",
    "quarantined_id": "1",
    "review_id": "1",
}
YAML_FILES = {"definitions": "growth.yaml", "replay": "growth.yaml", "plan": "plan.yaml"}
METHODS = ("get", "put", "post", "delete")
EVERYWHERE = {"401", "403", "default"}
"""Answers that the introduction tells once."""

Json = dict[str, Any]


def reference(document: Json) -> str:
    """The Markdown of every address, then of everything that is sent or answered."""
    blocks: list[str] = []
    for tag in document["tags"]:
        blocks.append(f"## {tag['name'].capitalize()}\n\n{tag['description']}.")
        blocks += [
            "\n\n".join(_operation(method, path, item, document["components"]["schemas"]))
            for path, item in document["paths"].items()
            for method in METHODS
            if method in item and tag["name"] in item[method]["tags"]
        ]
    blocks.append("## What is sent and answered\n\n`null` is unknown, never 0. Times are UTC.")
    schemas = document["components"]["schemas"]
    blocks += [_schema(name, schemas[name]) for name in _reachable(document)]
    return "\n\n".join(blocks) + "\n"


def page_with(introduction_and_old_reference: str, document: Json) -> str:
    """The page with its introduction kept and its reference written again."""
    introduction, mark, _ = introduction_and_old_reference.partition(MARK)
    return f"{introduction}{mark}\n{reference(document)}"


def _operation(method: str, path: str, item: Json, schemas: Json) -> Iterator[str]:
    operation = item[method]
    scope = next(iter(operation["security"][0].values()))[0]
    keys = "`read` or `admin`" if scope == "read" else f"`{scope}`"
    yield f"### {operation['summary']}"
    yield f"`{method.upper()} {path}`, with a key of scope {keys}."
    if "description" in operation:
        yield " ".join(operation["description"].split())
    yield f"```console\n$ {_example(method, path, operation, schemas)}\n```"
    parameters = [*item.get("parameters", []), *operation.get("parameters", [])]
    if parameters:
        rows = [(f"`{each['name']}`", _sent_type(each), _meaning(each)) for each in parameters]
        yield _table(("parameter", "type", "means"), rows)
    if "requestBody" in operation:
        yield f"Send {_content(operation['requestBody']['content'])}."
    yield _answers(operation["responses"])


def _sent_type(parameter: Json) -> str:
    suffix = ", in the address" if parameter["in"] == "path" else ""
    return _type(parameter["schema"]).removesuffix(" or null") + suffix


def _example(method: str, path: str, operation: Json, schemas: Json) -> str:
    words = ["curl", '-H "Authorization: Bearer $KEY"']
    if method != "get":
        words.append(f"-X {method.upper()}")
    for content_type, content in operation.get("requestBody", {}).get("content", {}).items():
        schema = schemas.get(_target(content["schema"]), {})
        file = YAML_FILES[operation["tags"][0]] if content_type == "text/yaml" else None
        words.append(f"--data-binary @{file}" if file else _json_body(schema))
    address = path.format(**PATH_VALUES) + QUERIES.get(path, "")
    return " ".join([*words, f'"$PQL{address}"'])


def _json_body(schema: Json) -> str:
    fields = schema["properties"].items()
    sent = {name: field["example"] for name, field in fields if "example" in field}
    return f"--json '{json.dumps(sent)}'"


def _answers(responses: Json) -> str:
    good = sorted(code for code in responses if code.startswith("2"))
    bad = sorted(set(responses) - set(good) - EVERYWHERE)
    told = [f"Answers `{code}`{_answered(responses[code])}." for code in good]
    if bad:
        named = (f"`{code}` ({HTTPStatus(int(code)).phrase.lower()})" for code in bad)
        told.append(f"Errors: {', '.join(named)}.")
    return " ".join(told)


def _answered(response: Json) -> str:
    return f" with {_content(response['content'])}" if "content" in response else ""


def _content(content: Json) -> str:
    return " or ".join(
        _type(body["schema"]) if "$ref" in body["schema"] else f"`{content_type}`"
        for content_type, body in content.items()
    )


def _schema(name: str, schema: Json) -> str:
    rows = [
        (f"`{field}`", _type(value), _meaning(value))
        for field, value in schema["properties"].items()
    ]
    return f"### {name} object\n\n{_table(('field', 'type', 'means'), rows)}"


def _type(schema: Json) -> str:
    if "$ref" in schema:
        name = _target(schema)
        return f"[{name}](#{name.lower()}-object)"
    if "allOf" in schema:  # a reference that has a description
        return _type(schema["allOf"][0])
    names = schema.get("type", "anything")
    if isinstance(names, list):
        return " or ".join(_type({**schema, "type": name}) for name in names)
    if names == "array":
        return f"list of {_type(schema['items'])}"
    return "time" if names == "string" and schema.get("format") == "date-time" else str(names)


def _meaning(described: Json) -> str:
    """What a parameter or field is, what it may be, and what it is when nobody says."""
    schema = described.get("schema", described)
    text = described.get("description") or _path_value(described)
    told = [text] if text else []
    if "enum" in schema:
        told.append(", ".join(f"`{value}`" for value in schema["enum"] if value is not None))
    if "maximum" in schema and f"to {schema['maximum']}" not in text:
        told.append(f"{schema['minimum']} to {schema['maximum']}")
    if schema.get("default") not in (None, ""):
        told.append(f"default `{schema['default']}`")
    return "; ".join(told)


def _path_value(described: Json) -> str:
    return f"such as `{PATH_VALUES[described['name']]}`" if described.get("in") == "path" else ""


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(cells)} |".replace("|  |", "| |") for cells in (header, *rows)]
    return "\n".join([lines[0], "|---" * len(header) + "|", *lines[1:]])


def _target(schema: Json) -> str:
    """The name of the schema that is referred to; empty where none is."""
    return str(schema.get("$ref", "")).rpartition("/")[2]


def _reachable(document: Json) -> list[str]:
    """The schemas that an address sends or answers, each after the first that names it."""
    found = dict.fromkeys(_references(document["paths"]))
    waiting = list(found)
    while waiting:
        new = _references(document["components"]["schemas"][waiting.pop(0)])
        waiting += [name for name in new if name not in found]
        found |= dict.fromkeys(new)
    return [*found, "Problem", "FieldError"]


def _references(value: object) -> list[str]:
    if isinstance(value, dict):
        is_schema = str(value.get("$ref", "")).startswith("#/components/schemas/")
        named = [_target(value)] if is_schema else []
        return named + [name for inner in value.values() for name in _references(inner)]
    return [n for inner in value for n in _references(inner)] if isinstance(value, list) else []


def _document() -> Json:
    with TemporaryDirectory() as folder:
        stores = (f"sqlite:///{folder}/state.db", f"duckdb:///{folder}/events.duckdb")
        app = create_app(Settings(*stores, secret_key="not a secret"))
        described: Json = app.test_client().get("/openapi.json").get_json()
        return described


if __name__ == "__main__":
    PAGE.write_text(page_with(PAGE.read_text(encoding="utf-8"), _document()), encoding="utf-8")
