"""What every answer tells the browser: nothing foreign comes in, nothing is framed, nothing is guessed."""

from __future__ import annotations

from flask import Response, g

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action {forms}; base-uri 'none'; frame-ancestors 'none'"
)


def harden(response: Response) -> Response:
    """A page may name one more place for its forms in `g.form_target`: the setup posts to GitHub."""
    target = g.get("form_target", "")
    policy = POLICY.format(forms=f"'self' {target}".strip())
    response.headers.setdefault("Content-Security-Policy", policy)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("X-Frame-Options", "DENY")
    response.headers.setdefault("Referrer-Policy", "strict-origin-when-cross-origin" if target else "same-origin")
    response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
    if response.mimetype == "text/html":
        response.headers.setdefault("Cache-Control", "no-store")
    return response
