"""`POST /api/v1/imports/preview`: what an import would make of a file."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pql.access import ADMIN
from pql.delimited.formats import FileFormat
from routes.api.blueprint import Blueprint
from routes.api.import_schemas import ImportPreviewQuery, ImportPreviewSchema
from routes.authentication import current_workspace_id, requires
from routes.refusals import InvalidFields
from routes.service import current_state, current_time
from usage_ingest.importers.mapping import RowMapping
from usage_ingest.importers.mapping_files import read_row_mapping
from usage_ingest.importers.open_file import UnreadableFile
from usage_ingest.importers.previews import preview_file
from usage_ingest.importers.recognising import recognise_file
from usage_ingest.importers.rows import context_of
from usage_ingest.importers.running import WrongColumns

MAPPING_FILE = "mapping.yaml"

blueprint = Blueprint(
    "imports", __name__, url_prefix="/api/v1", description="Files before they are imported"
)


@blueprint.route("/imports/preview", methods=["POST"])
@requires(ADMIN)
@blueprint.arguments(ImportPreviewQuery)
@blueprint.response(200, ImportPreviewSchema)
@blueprint.alt_response(413, "REQUEST_ENTITY_TOO_LARGE")
@blueprint.alt_response(422, "UNPROCESSABLE_ENTITY")
def preview_import(asked: dict[str, Any]) -> dict[str, Any]:
    """Show the first rows of a file as an import would understand them

    Nothing is written. Send the file or its beginning, as far as it fits into 2 MiB: what is
    recognised is decided over what was sent.
    """
    mapping = read_row_mapping(asked["mapping"], MAPPING_FILE, asked["kind"])
    with TemporaryDirectory() as folder:
        file = Path(folder) / f"rows{Path(asked['file_name']).suffix.lower()}"
        file.write_bytes(asked["content"])
        try:
            return _previewed(file, mapping, asked["file_format"])
        except (UnreadableFile, WrongColumns) as error:
            message = str(error).replace(str(file), asked["file_name"])
            refused = {"location": "json", "field": "content", "message": message}
            raise InvalidFields([refused]) from error


def _previewed(file: Path, mapping: RowMapping, file_format: FileFormat) -> dict[str, Any]:
    recognised = recognise_file(file, mapping, file_format)
    with current_state().reading() as session:
        asked = current_workspace_id(), recognised.mapping, current_time()
        context = context_of(session, *asked)
    shown = asdict(preview_file(file, context))
    return {"told": recognised.told, "problems": recognised.problems, **shown}
