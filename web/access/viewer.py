"""Who looks at a page, and which repositories GitHub lets them read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypeVar

from flask import abort, g, request, session

from bot.accounts import Person
from bot.errors import GitHubRefused
from web.extension import services
from workers.models import now
from workers.sign_ins import Readable, SignedIn

T = TypeVar("T")
KEY = "key"
FRESH = timedelta(minutes=5)
"""How long an answer of GitHub is believed: whoever loses access loses it here after that."""


class SignInNeeded(Exception):
    """Nobody may see this without signing in."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody who signed in. Being an operator opens deliveries, and no repository."""

    login: str
    is_operator: bool
    signed_in: SignedIn


def viewer() -> Viewer | None:
    """Who asks, once for each request."""
    if "viewer" not in g:
        g.viewer = _find()
    found: Viewer | None = g.viewer
    return found


def require_viewer() -> Viewer:
    found = viewer()
    if found is None:
        raise SignInNeeded
    return found


def require_operator() -> Viewer:
    """To anybody else the page does not exist."""
    found = require_viewer()
    return found if found.is_operator else abort(404)


def require_reader(repository_id: int) -> Viewer:
    """Whoever may not read the repository hears that there is nothing, as GitHub says it."""
    found = require_viewer()
    readable = _fresh(found)
    answer = readable.says(repository_id)
    if answer is None:
        answer = _ask(lambda person: person.can_read(repository_id), found)
        readable = replace(readable, asked={**readable.asked, repository_id: answer})
        services().sign_ins.remember(found.signed_in.key, readable)
        g.readable = readable
    return found if answer else abort(404)


def readable_repositories() -> frozenset[int]:
    """Those that the person may read and the app is installed on."""
    return services().history.known(_fresh(require_viewer()).listed)


def _find() -> Viewer | None:
    key = session.get(KEY)
    signed_in = services().sign_ins.find(key) if isinstance(key, str) else None
    if signed_in is None:
        session.pop(KEY, None)
        return None
    return Viewer(signed_in.login, signed_in.login.lower() in services().settings.operators, signed_in)


def _fresh(found: Viewer) -> Readable:
    if "readable" not in g:
        known = found.signed_in.readable
        if known is None or known.at + FRESH < now():
            known = Readable(now(), _ask(Person.repositories, found))
            services().sign_ins.remember(found.signed_in.key, known)
        g.readable = known
    readable: Readable = g.readable
    return readable


def _ask(question: Callable[[Person], T], found: Viewer) -> T:
    """Asks GitHub in the person's name. A token that it takes no more ends the sign-in."""
    try:
        return question(Person(services().settings, found.signed_in.token))
    except GitHubRefused as refused:
        if refused.status != 401:
            raise
    services().sign_ins.remove(found.signed_in.key)
    session.clear()
    raise SignInNeeded


def here() -> str:
    """The address of this page on our own site, to come back to."""
    return request.full_path.rstrip("?") if request.method == "GET" else "/"
