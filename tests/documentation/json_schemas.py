"""The JSON Schemas in docs/, written from the code that reads the files: `make docs`."""

from collections.abc import Mapping
from pathlib import Path

from pql.definitions.json_schema import definitions_schema, schema_text
from pql.plans.json_schema import plan_schema

DOCS = Path(__file__).parents[2] / "docs"
SCHEMAS: Mapping[Path, str] = {
    DOCS / "definitions.schema.json": schema_text(definitions_schema()),
    DOCS / "plan.schema.json": schema_text(plan_schema()),
}

if __name__ == "__main__":
    for path, text in SCHEMAS.items():
        path.write_text(text, encoding="utf-8")
