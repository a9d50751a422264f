"""What a subscription comes to a month, where its events say so plainly. Pure.

Source: Stripe, objects Subscription, Price, Coupon; "Supported currencies" for the minor units.
What depends on use (tiers, meters) is unknown, which is something else than 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

DAYS_IN_A_MONTH = Decimal("30.436875")
"""Of the Gregorian calendar, on average: 365.2425 / 12."""
MONTHS = {
    "month": Decimal(1),
    "year": Decimal(12),
    "week": 7 / DAYS_IN_A_MONTH,
    "day": 1 / DAYS_IN_A_MONTH,
}
WITHOUT_MINOR_UNIT = frozenset(
    [
        "bif",
        "clp",
        "djf",
        "gnf",
        "jpy",
        "kmf",
        "krw",
        "mga",
        "pyg",
        "rwf",
        "vnd",
        "vuv",
        "xaf",
        "xof",
        "xpf",
    ]
)
WITH_THOUSANDTHS = frozenset(("bhd", "jod", "kwd", "omr", "tnd"))
CENT = Decimal("0.01")

Document = Mapping[str, Any]


class AmountUnknown(ValueError):
    """An amount that the events do not say. The text says why."""


def monthly_amount(subscription: Document, discounts: Mapping[str, Document]) -> Decimal:
    """What it comes to a month, in units of its currency (29.00, not 2900).

    `discounts` are those that other events spelled out, by their ids.

    Raises:
        AmountUnknown: it depends on use, or something is not spelled out.
    """
    items: Sequence[Document] = subscription["items"]
    if not items:
        raise AmountUnknown("no items")
    lists = [items_discounts(item, discounts) for item in items]
    total = sum(map(_of_item, items, lists), Decimal(0))
    for coupon in _coupons(subscription.get("discounts", ()), discounts):
        total = _reduced(total, coupon, {_months(item["price"]) for item in items})
    return max(total, Decimal(0))


def in_units(minor: Decimal | int, currency: str) -> Decimal:
    """An amount as the provider writes it (cents), in units of the currency."""
    digits = 0 if currency in WITHOUT_MINOR_UNIT else 3 if currency in WITH_THOUSANDTHS else 2
    return Decimal(minor).scaleb(-digits)


def rounded(amount: Decimal) -> float | int:
    """To cents, as a number that rules compare with; whole ones without a point."""
    cents = amount.quantize(CENT, ROUND_HALF_UP)
    return int(cents) if cents == cents.to_integral_value() else float(cents)


def items_discounts(item: Document, discounts: Mapping[str, Document]) -> list[Document]:
    """The coupons of one item."""
    return list(_coupons(item.get("discounts", ()), discounts))


def _of_item(item: Document, coupons: Sequence[Document]) -> Decimal:
    price = item["price"]
    quantity = _quantity(item, price)
    amount = in_units(_unit_amount(price) * quantity, price["currency"]) / _months(price)
    for coupon in coupons:
        amount = _reduced(amount, coupon, {_months(price)})
    return amount


def _unit_amount(price: Document) -> Decimal:
    name = price.get("nickname") or price["id"]
    if price.get("usage_type") == "metered":
        raise AmountUnknown(f"{name} is metered")
    if price.get("billing_scheme") == "tiered":
        raise AmountUnknown(f"{name} has tiers")
    try:
        amount = Decimal(str(price["unit_amount"]))
    except InvalidOperation as error:
        raise AmountUnknown(f"{name} has no unit amount") from error
    if not amount.is_finite():
        raise AmountUnknown(f"{name} has no unit amount")
    return amount


def _quantity(item: Document, price: Document) -> Decimal:
    quantity = Decimal(item["quantity"])
    packages = price.get("transform_quantity")
    if packages:
        towards = ROUND_CEILING if packages["round"] == "up" else ROUND_FLOOR
        parts = quantity / max(Decimal(packages["divide_by"]), Decimal(1))
        return parts.to_integral_value(towards)
    return quantity


def _months(price: Document) -> Decimal:
    """How many months one payment is for."""
    interval, count = price.get("interval"), price.get("interval_count") or 1
    if interval not in MONTHS:
        raise AmountUnknown(f"{price.get('nickname') or price['id']} is not paid at intervals")
    return MONTHS[interval] * count


def _coupons(named: Sequence[Any], discounts: Mapping[str, Document]) -> Sequence[Document]:
    """The coupons of the discounts that go on: one of a single payment is none of every month."""
    found = []
    for each in named:
        discount = discounts.get(each) if isinstance(each, str) else each
        if discount is None or not discount.get("coupon"):
            raise AmountUnknown("a discount is not spelled out")
        if discount["coupon"]["duration"] != "once":
            found.append(discount["coupon"])
    return found


def _reduced(amount: Decimal, coupon: Document, months: set[Decimal]) -> Decimal:
    if coupon.get("percent_off") is not None:
        return amount * (1 - Decimal(str(coupon["percent_off"])) / 100)
    if coupon.get("amount_off") is None or len(months) != 1:
        raise AmountUnknown("a discount is not spelled out")
    return amount - in_units(coupon["amount_off"], coupon["currency"]) / months.pop()
