"""`/api/v1/billing`: Stripe's customers, and whose account each is."""

from __future__ import annotations

from typing import Any

from pql.access import ADMIN, READ
from pql.paging import Page
from routes.api.billing_schemas import (
    AccountOfCustomerSchema,
    CustomerPage,
    CustomerSchema,
    CustomersQuery,
)
from routes.api.blueprint import Blueprint
from routes.authentication import current_key, current_workspace_id, requires
from routes.service import current_state, current_time
from usage_ingest.billing.customers import Customer, link, list_customers, unlink

blueprint = Blueprint(
    "billing", __name__, url_prefix="/api/v1/billing", description="Who pays, as Stripe tells"
)


@blueprint.route("/customers")
@requires(READ)
@blueprint.arguments(CustomersQuery, location="query")
@blueprint.response(200, CustomerPage)
def show_customers(query: dict[str, Any]) -> Page[Customer]:
    """List Stripe's customers

    Whose account each is and how that is known, or what it waits for. The newest first, in pages.
    """
    with current_state().reading() as session:
        return list_customers(session, current_workspace_id(), **query)


@blueprint.route("/customers/<any_text:customer_id>/link", methods=["POST"])
@requires(ADMIN)
@blueprint.arguments(AccountOfCustomerSchema)
@blueprint.response(200, CustomerSchema)
@blueprint.alt_response(404, "NOT_FOUND")
@blueprint.alt_response(409, "CONFLICT")
def link_customer(decision: dict[str, str], customer_id: str) -> Customer:
    """Link: the customer is this account

    The account's history follows within seconds.
    """
    asked = current_workspace_id(), customer_id, decision["account"]
    with current_state().writing() as session:
        return link(session, *asked, by=current_key().name, now=current_time())


@blueprint.route("/customers/<any_text:customer_id>/unlink", methods=["POST"])
@requires(ADMIN)
@blueprint.arguments(AccountOfCustomerSchema)
@blueprint.response(200, CustomerSchema)
@blueprint.alt_response(404, "NOT_FOUND")
def unlink_customer(decision: dict[str, str], customer_id: str) -> Customer:
    """Unlink: the customer is not this account, whatever its metadata say; it is not asked again"""
    asked = current_workspace_id(), customer_id, decision["account"]
    with current_state().writing() as session:
        return unlink(session, *asked, current_time())
