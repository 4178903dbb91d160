"""The cookie of a session: signed with a key that follows the settings while the application runs."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface

from bot.settings import Settings
from web.extension import services_of

LIFETIME = timedelta(hours=8)


class FollowingSessions(SecureCookieSessionInterface):
    """Takes the key anew with each request. What was signed with the previous secret is still ours."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        configure(app, services_of(app).settings)
        return super().open_session(app, request)


def configure(app: Flask, settings: Settings) -> None:
    secure = (settings.public_url or "").startswith("https://")
    app.config.update(
        SECRET_KEY=_key(settings.secret_bytes),
        SECRET_KEY_FALLBACKS=[_key(secret) for secret in settings.former_secrets],
        SESSION_COOKIE_NAME="__Host-greenlatch" if secure else "greenlatch",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=LIFETIME,
    )


def _key(secret: bytes) -> bytes:
    return hmac.new(secret, b"sessions of the pages", hashlib.sha256).digest()
