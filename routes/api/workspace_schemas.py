"""The settings of a workspace as the API takes and gives them."""

from __future__ import annotations

from marshmallow import RAISE, Schema, ValidationError, fields, validates_schema

from pql.workspace_settings import (
    PERSON_ACCOUNTS,
    WorkspaceSettingInvalid,
    WorkspaceSettings,
)
from routes.api.fields import described, one_of

ZONE = described("A name of the IANA database, whose days are counted", "Europe/Helsinki")
PEOPLE = described("Which people are an account each")


class WorkspaceSchema(Schema):
    """What a workspace decides about itself."""

    name = fields.String(metadata={"example": "acme"})
    time_zone = fields.String(metadata=ZONE)
    person_accounts = fields.String(metadata=PEOPLE | {"enum": list(PERSON_ACCOUNTS)})


class WorkspaceChangeSchema(Schema):
    """Settings to change; those that are left out stay."""

    class Meta:
        """A misspelt setting must not look as if it were changed."""

        unknown = RAISE

    time_zone = fields.String(metadata=ZONE)
    person_accounts = fields.String(validate=one_of(PERSON_ACCOUNTS), metadata=PEOPLE)

    @validates_schema
    def check(self, data: dict[str, str], **_options: object) -> None:
        """Say what a setting can be where it cannot be this."""
        try:
            WorkspaceSettings(**data)
        except WorkspaceSettingInvalid as error:
            raise ValidationError(str(error), "time_zone") from error
