"""Failures on order: what GitHub does on a bad day, for the next requests that match."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong with one request.

    With `after` the request does its work before the answer is replaced; `delay` (seconds) comes before anything else;
    `cut` sends half of the true answer's body and closes the connection. `status` 0 leaves the answer as it is.
    """

    status: int = 0
    message: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    errors: tuple[dict[str, str], ...] = ()
    after: bool = False
    delay: float = 0.0
    cut: bool = False


def server_error(status: int = 500) -> Fault:
    return Fault(status, "Server Error")


def bad_gateway_after_storing() -> Fault:
    """The work was done, the answer was lost: a blind retry does it twice."""
    return Fault(502, "Bad Gateway", after=True)


def primary_limit(reset_at: int) -> Fault:
    """`reset_at`: seconds since 1970."""
    headers = (("X-RateLimit-Remaining", "0"), ("X-RateLimit-Reset", str(reset_at)))
    return Fault(403, "API rate limit exceeded for installation.", headers)


def secondary_limit(retry_after: int | None = None, status: int = 403) -> Fault:
    """`retry_after` in seconds; None sends no such header. GitHub uses 403 and 429."""
    headers = () if retry_after is None else (("Retry-After", str(retry_after)),)
    message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
    return Fault(status, message, headers)


def abuse() -> Fault:
    """The secondary limit as it shows after many posts in a row."""
    error = {"resource": "PullRequestReview", "code": "abuse", "field": "base", "message": "was submitted too quickly"}
    return Fault(422, "Validation Failed", errors=(error,))


def slow(seconds: float) -> Fault:
    return Fault(delay=seconds)


def cut_body() -> Fault:
    return Fault(cut=True)


@dataclass(slots=True)
class _Order:
    fault: Fault
    method: str | None
    path: re.Pattern[str]
    times: int
    skip: int


@dataclass(slots=True)
class Faults:
    """The faults that are still to come, and those that came."""

    served: list[tuple[str, str, Fault]] = field(default_factory=list)
    """Method, path and fault, in the order of the requests."""
    _orders: list[_Order] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, fault: Fault, *, method: str | None = None, path: str = "", times: int = 1, skip: int = 0) -> None:
        """For the next `times` requests of `method` (None: any) whose path matches the expression, after `skip`."""
        with self._lock:
            self._orders.append(_Order(fault, method, re.compile(path), times, skip))

    def clear(self) -> None:
        with self._lock:
            self._orders.clear()

    def take(self, method: str, path: str) -> Fault | None:
        with self._lock:
            for order in self._orders:
                if order.method in (None, method) and order.path.search(path):
                    if order.skip:
                        order.skip -= 1
                        continue
                    order.times -= 1
                    if order.times <= 0:
                        self._orders.remove(order)
                    self.served.append((method, path, order.fault))
                    return order.fault
        return None
