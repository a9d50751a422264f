"""The JSON Schemas for editors: anybody may have them."""

import pytest
from flask.testing import FlaskClient

from pql.definitions.json_schema import definitions_schema
from pql.plans.json_schema import plan_schema


@pytest.fixture
def migrated_database_url(migrated_sqlite_url: str) -> str:
    """The schemas do not depend on the database."""
    return migrated_sqlite_url


def test_editors_get_the_schemas_without_a_key(client: FlaskClient) -> None:
    for name, schema in (("definitions", definitions_schema()), ("plan", plan_schema())):
        answer = client.get(f"/schemas/{name}.json")
        assert answer.status_code == 200
        assert answer.content_type == "application/schema+json"
        assert answer.get_json(force=True) == schema
