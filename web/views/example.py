"""What the welcome shows of a review: a way of two stops and its fix, drawn like those of real scans."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from web.views.code import patch_lines
from web.views.trace import Trace, trace
from workers.detail import Hop

QUERY = "async def invoice(session, order_id):\n    order = await session.get(Order, order_id)\n    return total(order)"
READ = "def total(order):\n    return sum(line.price for line in order.lines)"
FIX = (
    "-    order = await session.get(Order, order_id)\n"
    "+    order = await session.get(\n"
    "+        Order, order_id, options=[selectinload(Order.lines)]\n"
    "+    )\n"
)


@dataclass(frozen=True, slots=True)
class Example:
    message: str
    trace: Trace
    patch: tuple[tuple[str, str], ...]


@cache
def example() -> Example:
    hops = (
        Hop("shop/orders.py", 18, "`Order` is loaded without `lines`", 17, tuple(QUERY.split("\n"))),
        Hop("shop/prices.py", 41, "`order.lines` raises `MissingGreenlet`", 40, tuple(READ.split("\n"))),
    )
    return Example("`Order.lines` was not loaded with `Order`", trace(hops), tuple(patch_lines(FIX)))
