"""Which handler answers which event: `route` turns a delivery into intents."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from functools import cache
from typing import TypeVar

from pydantic import ValidationError

from bot.delivery import Delivery
from bot.errors import UserError
from bot.events import Event
from bot.identity import AppIdentity
from bot.intents import Ignore, Intent

E = TypeVar("E", bound=Event)
Handler = Callable[[E], Iterator[Intent]]


class Router:
    """Handlers by event and action. A handler says what is wanted and does nothing."""

    def __init__(self) -> None:
        self._handlers: dict[tuple[str, str], list[tuple[type[Event], Handler[Event]]]] = {}
        self._events: set[str] = set()

    def on(self, event: type[E], *actions: str) -> Callable[[Handler[E]], Handler[E]]:
        """Registers a handler for these actions, or for an event that has none."""

        def register(handler: Handler[E]) -> Handler[E]:
            self._events.add(event.name)
            for action in actions or ("",):
                self._handlers.setdefault((event.name, action), []).append((event, handler))  # type: ignore[arg-type]
            return handler

        return register

    def route(self, delivery: Delivery, me: AppIdentity) -> list[Intent]:
        """What the delivery asks for; never empty, for to do nothing has a reason too.

        Raises UserError where the payload lacks what its event must have.
        """
        handlers = self._handlers.get((delivery.event, delivery.action), [])
        if not handlers:
            return [Ignore(self._unhandled(delivery))]
        return [intent for event, handler in handlers for intent in _handle(event, handler, delivery, me)]

    def _unhandled(self, delivery: Delivery) -> str:
        if delivery.event not in self._events:
            return f"no use for the event `{delivery.event}`"
        return f"no use for the action `{delivery.action}` of `{delivery.event}`"


router = Router()


@cache
def _load_handlers() -> None:
    """Importing a module of `bot.handlers` registers what it handles."""
    package = importlib.import_module("bot.handlers")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")


def route(delivery: Delivery, me: AppIdentity) -> list[Intent]:
    """As `Router.route`, with all handlers of `bot.handlers`."""
    _load_handlers()
    return router.route(delivery, me)


def _handle(event: type[Event], handler: Handler[Event], delivery: Delivery, me: AppIdentity) -> Iterator[Intent]:
    try:
        value = event.model_validate(delivery.payload)
    except ValidationError as error:
        fields = ", ".join(".".join(map(str, problem["loc"])) for problem in error.errors(include_input=False))
        raise UserError(
            "payload-incomplete",
            f"the payload of `{delivery.event}` lacks or garbles: {fields}",
            hint="is this a webhook of the GitHub App, and not one of a repository?",
        ) from None
    reason = value.not_for_us(me)
    yield from [Ignore(reason)] if reason else handler(value)
