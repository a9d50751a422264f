"""Reads Stripe's events and keeps of each what is used: no address, no card. Pure.

Source: Stripe, "The Event object" and the objects in it. Old and new shapes are both read: a plan
or a price, a discount or several, an invoice's subscription at the top or under `parent`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct, field

SUBSCRIPTION, INVOICE, CHARGE = "subscription", "invoice", "charge"
CUSTOMER, CHECKOUT, DISCOUNT = "customer", "checkout.session", "discount"
LONGEST_ID, LONGEST_TYPE = 255, 100
COMPARED = ("status", "trial_end", "cancel_at_period_end", "cancel_at", "canceled_at", "ended_at")
"""Fields of a subscription that tell which of two changes in one second came first."""


OF_EVERY_KIND = ("id", "customer", "metadata", "currency")
USED = {
    SUBSCRIPTION: (
        *("status", "created", "start_date", "trial_start", "trial_end", "cancel_at", "ended_at"),
        *("cancel_at_period_end", "canceled_at", "current_period_end", "pause_collection"),
        *("items", "discount", "discounts"),
    ),
    INVOICE: (
        "subscription",
        "parent",
        "created",
        "billing_reason",
        "amount_paid",
        "customer_email",
    ),
    CHARGE: ("amount_refunded", "billing_details"),
    CUSTOMER: ("email",),
    CHECKOUT: ("client_reference_id", "customer_email", "customer_details"),
    DISCOUNT: ("coupon", "source"),
}
"""What is used of each kind of object: fields of one name mean other things in others."""


class EventUnreadable(ValueError):
    """The body is no event of Stripe's that can be read. The text says what was found."""


@dataclass(frozen=True, slots=True)
class ProviderEvent:
    """An event of one customer. `content` maps the kind of its object to what is kept of it."""

    event_id: str
    type: str
    customer_id: str
    occurred_at: datetime
    content: dict[str, Any]


class _Named(Struct):
    id: str = ""
    name: str | None = None


class _Recurring(Struct):
    interval: str | None = None
    interval_count: int | None = None
    usage_type: str | None = None


class _Packages(Struct):
    divide_by: int = 1
    round: str = "up"


class _Price(Struct):
    id: str = ""
    nickname: str | None = None
    lookup_key: str | None = None
    product: str | _Named | None = None
    currency: str = ""
    billing_scheme: str | None = None
    unit_amount: int | None = None
    unit_amount_decimal: str | None = None
    recurring: _Recurring | None = None
    transform_quantity: _Packages | None = None
    # A plan, which older versions of the API have in its place, says the same itself.
    amount: int | None = None
    amount_decimal: str | None = None
    interval: str | None = None
    interval_count: int | None = None
    usage_type: str | None = None
    transform_usage: _Packages | None = None


class _Coupon(Struct):
    percent_off: float | None = None
    amount_off: int | None = None
    currency: str | None = None
    duration: str = "forever"


class _DiscountSource(Struct):
    coupon: str | _Coupon | None = None


class _Discount(Struct):
    id: str = ""
    coupon: _Coupon | None = None
    source: _DiscountSource | None = None


class _Item(Struct):
    quantity: int | None = None
    price: _Price | None = None
    plan: _Price | None = None
    discounts: list[str | _Discount] | None = None


class _Items(Struct):
    data: list[_Item] = []
    has_more: bool = False


class _Parent(Struct):
    subscription_details: _Object | None = None


class _Billing(Struct):
    email: str | None = None


class _Object(Struct):
    """Whatever the event is about; the fields of every kind that is used."""

    object: str = ""
    id: str = ""
    customer: str | _Named | None = None
    created: int | None = None
    currency: str | None = None
    metadata: dict[str, str] | None = None
    status: str | None = None
    start_date: int | None = None
    trial_start: int | None = None
    trial_end: int | None = None
    cancel_at: int | None = None
    cancel_at_period_end: bool = False
    canceled_at: int | None = None
    ended_at: int | None = None
    current_period_end: int | None = None
    pause_collection: dict[str, Any] | None = None
    items: _Items | None = None
    discount: _Discount | None = None
    discounts: list[str | _Discount] | None = None
    coupon: _Coupon | None = None
    source: _DiscountSource | None = None
    subscription: str | _Named | None = None
    parent: _Parent | None = None
    billing_reason: str | None = None
    amount_paid: int | None = None
    amount_refunded: int | None = None
    email: str | None = None
    customer_email: str | None = None
    customer_details: _Billing | None = None
    billing_details: _Billing | None = None
    client_reference_id: str | None = None


class _Data(Struct):
    object: dict[str, Any] = field(default_factory=dict)
    previous_attributes: dict[str, Any] | None = None


class _Event(Struct):
    id: str
    type: str
    created: int
    data: _Data


_decode = msgspec.json.Decoder(_Event).decode


def read_event(body: bytes) -> ProviderEvent | None:
    """The event in a body; None where it is of a kind that tells nothing of who pays.

    Raises:
        EventUnreadable: it has not the shape of an event, or of the object it says it holds.
    """
    try:
        event = _decode(body)
        kind = event.data.object.get("object")
        keep = _KEPT.get(kind) if isinstance(kind, str) else None
        if keep is None:
            return None
        about = msgspec.convert(_used(str(kind), event.data.object), _Object)
        customer_id = about.id if kind == CUSTOMER else _id(about.customer)
        at = datetime.fromtimestamp(event.created, UTC)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise EventUnreadable(f"The body is no event that can be read: {error}.") from error
    except (ValueError, OverflowError, OSError) as error:
        raise EventUnreadable("The event's time cannot be read.") from error
    if not customer_id:
        return None
    _require_storable(event, customer_id)
    content = {str(kind): keep(about)}
    if kind == SUBSCRIPTION:
        content["previous"] = _previous(event.data.previous_attributes or {})
    return ProviderEvent(event.id, event.type, customer_id, at, _storable(content))


def _require_storable(event: _Event, customer_id: str) -> None:
    for text, longest in (
        (event.id, LONGEST_ID),
        (event.type, LONGEST_TYPE),
        (customer_id, LONGEST_ID),
    ):
        if not text or len(text) > longest or "\0" in text:
            raise EventUnreadable(
                "An id or the type of the event is empty, too long or has a NUL character."
            )


def _used(kind: str, found: dict[str, Any]) -> dict[str, Any]:
    names = (*OF_EVERY_KIND, *USED[kind])
    return {name: found[name] for name in names if name in found}


def _subscription(about: _Object) -> dict[str, Any]:
    items = about.items or _Items()
    first = about.discounts if about.discounts is not None else [about.discount]
    return {
        "id": about.id,
        "status": about.status or "",
        "paused": about.pause_collection is not None,
        "created": about.created,
        "start_date": about.start_date,
        "trial_start": about.trial_start,
        "trial_end": about.trial_end,
        "cancel_at": about.cancel_at,
        "cancel_at_period_end": about.cancel_at_period_end,
        "canceled_at": about.canceled_at,
        "ended_at": about.ended_at,
        "period_end": about.current_period_end,
        "items": [_item(item) for item in items.data],
        "has_more": items.has_more,
        "discounts": [_discount(each) for each in first if each is not None],
        "metadata": about.metadata or {},
    }


def _item(item: _Item) -> dict[str, Any]:
    price = item.price or item.plan or _Price()
    recurring = price.recurring or _Recurring(
        price.interval, price.interval_count, price.usage_type
    )
    stated = (price.unit_amount_decimal, price.unit_amount, price.amount_decimal, price.amount)
    packages = price.transform_quantity or price.transform_usage
    product = price.product if isinstance(price.product, _Named) else None
    return {
        "quantity": 1 if item.quantity is None else item.quantity,
        "discounts": [_discount(each) for each in item.discounts or ()],
        "price": {
            "id": price.id,
            "nickname": price.nickname or price.lookup_key or (product and product.name),
            "currency": price.currency,
            "billing_scheme": price.billing_scheme,
            "unit_amount": next((each for each in stated if each is not None), None),
            "interval": recurring.interval,
            "interval_count": recurring.interval_count,
            "usage_type": recurring.usage_type,
            "transform_quantity": msgspec.to_builtins(packages) if packages else None,
        },
    }


def _discount(discount: str | _Discount) -> str | dict[str, Any]:
    if isinstance(discount, str):
        return discount
    source = discount.source.coupon if discount.source else None
    coupon = discount.coupon or (source if isinstance(source, _Coupon) else None)
    if coupon is None:
        return discount.id
    return {"id": discount.id, "coupon": msgspec.to_builtins(coupon)}


def _discount_itself(about: _Object) -> dict[str, Any]:
    kept = _discount(_Discount(about.id, about.coupon, about.source))
    return {"id": about.id} if isinstance(kept, str) else kept


def _invoice(about: _Object) -> dict[str, Any]:
    details = about.parent.subscription_details if about.parent else None
    subscription = _id(about.subscription) or (_id(details.subscription) if details else "")
    return {
        "id": about.id,
        "subscription": subscription,
        "created": about.created,
        "reason": about.billing_reason,
        "amount_paid": about.amount_paid or 0,
        "currency": about.currency or "",
        "email": about.customer_email,
    }


def _charge(about: _Object) -> dict[str, Any]:
    return {
        "id": about.id,
        "amount_refunded": about.amount_refunded or 0,
        "currency": about.currency or "",
        "email": about.billing_details.email if about.billing_details else None,
    }


def _customer(about: _Object) -> dict[str, Any]:
    return {"email": about.email, "metadata": about.metadata or {}}


def _checkout(about: _Object) -> dict[str, Any]:
    details = about.customer_details
    return {
        "reference": about.client_reference_id,
        "email": (details.email if details else None) or about.customer_email,
        "metadata": about.metadata or {},
    }


_KEPT = {
    SUBSCRIPTION: _subscription,
    INVOICE: _invoice,
    CHARGE: _charge,
    CUSTOMER: _customer,
    CHECKOUT: _checkout,
    DISCOUNT: _discount_itself,
}


def _previous(attributes: dict[str, Any]) -> dict[str, Any]:
    kept = {name: attributes[name] for name in COMPARED if name in attributes}
    if "pause_collection" in attributes:
        kept["paused"] = attributes["pause_collection"] is not None
    return {name: value for name, value in kept.items() if isinstance(value, str | int | None)}


def _id(named: str | _Named | None) -> str:
    return named.id if isinstance(named, _Named) else named or ""


def _storable(value: Any) -> Any:
    """Without NUL characters, which PostgreSQL stores none of."""
    if isinstance(value, str):
        return value.replace("\0", "\N{REPLACEMENT CHARACTER}")
    if isinstance(value, dict):
        return {_storable(name): _storable(inner) for name, inner in value.items()}
    return [_storable(inner) for inner in value] if isinstance(value, list) else value
