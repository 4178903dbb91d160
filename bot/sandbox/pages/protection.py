"""What keeps the pages of other sites from acting on these."""

from __future__ import annotations

from flask import Response, abort, request


def only_from_here() -> None:
    """A page elsewhere cannot press the buttons of this one."""
    origin = request.headers.get("Origin")
    if request.method == "POST" and origin not in (None, f"http://{request.host}"):
        abort(403, "This form belongs to another site.")


def protect(response: Response, *, forms_anywhere: bool = False) -> Response:
    """`forms_anywhere` is for forms whose answer leads to another site: browsers hold the whole way against it."""
    forms = "*" if forms_anywhere else "'self'"
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'self'; form-action {forms}; base-uri 'none'; frame-ancestors 'none'"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    return response
