"""Stripe's customers as the API takes and gives them."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from routes.api.fields import PageQuery, PageSchema, described, one_of, storable
from usage_ingest.billing.customers import STATES


class CustomersQuery(PageQuery):
    """Which customers."""

    state = fields.String(
        load_default=None, validate=one_of(STATES), metadata=described("Only those in this state")
    )


class CustomerSchema(Schema):
    """A customer, and whose account it is or what it waits for."""

    customer_id = fields.String(metadata=described("Stripe's id", "cus_example"))
    state = fields.String(metadata={"enum": list(STATES), "example": "linked"})
    account = fields.String(
        allow_none=True, metadata=described("The id the product gave the account", "acme")
    )
    linked_by = fields.String(metadata=described("How it is known", "metadata account_id"))
    why = fields.String(metadata=described("What it waits for"))
    candidates = fields.List(
        fields.String(), metadata=described("Ids of accounts to decide about: link one of them")
    )
    emails = fields.List(fields.String())
    events = fields.Integer(metadata=described("How many events of it are kept", 7))
    first_seen_at = fields.AwareDateTime()


class CustomerPage(PageSchema):
    """Some customers, and where the next ones begin."""

    data = fields.List(fields.Nested(CustomerSchema))


class AccountOfCustomerSchema(Schema):
    """Which account."""

    account = fields.String(
        required=True,
        validate=[validate.Length(1, 512), storable],
        metadata=described("The id the product gave the account", "acme"),
    )
