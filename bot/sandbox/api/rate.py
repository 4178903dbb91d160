"""What is left of the hour's requests, and the way to look up an account."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g

from bot.sandbox.api.http import needs, not_found, sandbox
from bot.sandbox.shapes.basics import moment, user_json

blueprint = Blueprint("rate", __name__)
_RESOURCES = ("core", "search", "graphql")


@blueprint.get("/rate_limit")
@needs("metadata=read")
def rate_limit() -> dict[str, Any]:
    left = {key: int(g.rate_headers[f"X-RateLimit-{key.title()}"]) for key in ("limit", "remaining", "reset", "used")}
    return {"resources": dict.fromkeys(_RESOURCES, left), "rate": left}


@blueprint.get("/users/<username>")
@needs("metadata=read")
def get_user(username: str) -> dict[str, Any]:
    user = sandbox().users.get(username.lower())
    if user is None:
        raise not_found()
    counts = dict.fromkeys(("public_repos", "public_gists", "followers", "following"), 0)
    blank = dict.fromkeys(("name", "company", "location", "email", "hireable", "bio"))
    now = moment(sandbox().clock())
    return {**user_json(sandbox(), user), **counts, **blank, "blog": "", "created_at": now, "updated_at": now}
