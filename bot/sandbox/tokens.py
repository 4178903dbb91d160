"""Who is asking: JSON web tokens of apps, and the installation tokens they are exchanged for."""

from __future__ import annotations

import json
import secrets
import string
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import jwt

from bot.sandbox.model import App, Installation, Token, User, UserToken
from bot.sandbox.state import SandboxState

LIFETIME = timedelta(hours=1)
USER_LIFETIME = timedelta(hours=8)
MAX_JWT_SECONDS = 600
CLOCK_DRIFT_SECONDS = 60
_LEVELS = ("read", "write", "admin")


class BadCredentialsError(Exception):
    """401: the message is GitHub's."""


def verify_app_jwt(state: SandboxState, value: str) -> App:
    """The app that signed `value`; raises BadCredentialsError."""
    app = _issuer(state, value)
    try:
        claims = jwt.decode(
            value,
            app.public_key,
            algorithms=["RS256"],
            options={"verify_exp": False, "verify_iat": False, "verify_nbf": False, "verify_iss": False},
        )
    except jwt.InvalidTokenError:
        raise BadCredentialsError("A JSON web token could not be decoded") from None
    _check_times(claims, state.clock().timestamp())
    return app


def _issuer(state: SandboxState, value: str) -> App:
    try:
        claims = jwt.decode(value, options={"verify_signature": False})
        header = jwt.get_unverified_header(value)
    except jwt.InvalidTokenError:
        raise BadCredentialsError("A JSON web token could not be decoded") from None
    if header.get("alg") != "RS256":
        raise BadCredentialsError("A JSON web token could not be decoded")
    issuer = claims.get("iss")
    for app in state.apps.values():
        if str(issuer) in (str(app.id), app.client_id):
            return app
    raise BadCredentialsError("Integration not found")


def _check_times(claims: Mapping[str, Any], now: float) -> None:
    issued, expires = claims.get("iat"), claims.get("exp")
    if not isinstance(issued, int) or issued > now + CLOCK_DRIFT_SECONDS:
        raise BadCredentialsError(
            "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"
        )
    if not isinstance(expires, int) or expires <= now:
        raise BadCredentialsError(
            "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the "
            "assertion expires"
        )
    if expires > now + MAX_JWT_SECONDS:
        raise BadCredentialsError("'Expiration time' claim ('exp') is too far in the future")


def issue_token(
    state: SandboxState,
    installation: Installation,
    permissions: dict[str, str],
    repository_ids: frozenset[int] | None,
) -> Token:
    """A token of the long, stateless form: about 520 characters with dots and dashes."""
    expires_at = (state.clock() + LIFETIME).replace(microsecond=0)
    value = f"ghs_{installation.app.id}_{_opaque(installation.app.id, expires_at.timestamp())}"
    token = Token(value, installation, permissions, repository_ids, expires_at)
    state.tokens[value] = token
    return token


def verify_token(state: SandboxState, value: str) -> Token:
    """The installation token of that value; raises BadCredentialsError when it is unknown or over its hour."""
    token = state.tokens.get(value)
    if token is None or state.clock() >= token.expires_at or token.installation.id not in state.installations:
        raise BadCredentialsError("Bad credentials")
    return token


def issue_user_token(state: SandboxState, app: App, user: User) -> UserToken:
    value = f"ghu_{secrets.token_urlsafe(27)}"
    token = UserToken(value, app, user, (state.clock() + USER_LIFETIME).replace(microsecond=0))
    state.user_tokens[value] = token
    return token


def verify_user_token(state: SandboxState, value: str) -> UserToken:
    token = state.user_tokens.get(value)
    if token is None or state.clock() >= token.expires_at:
        raise BadCredentialsError("Bad credentials")
    return token


def is_within(asked: Mapping[str, str], granted: Mapping[str, str]) -> bool:
    return all(allows(granted, name, level) for name, level in asked.items())


def allows(granted: Mapping[str, str], name: str, level: str) -> bool:
    held = granted.get(name)
    return held in _LEVELS and level in _LEVELS and _LEVELS.index(held) >= _LEVELS.index(level)


def _opaque(app_id: int, expires: float) -> str:
    header = _segment({"alg": "ES256", "typ": "JWT"})
    body = _segment({"iss": app_id, "exp": int(expires), "jti": secrets.token_hex(16)})
    alphabet = string.ascii_letters + string.digits
    signature = "".join(secrets.choice(alphabet) for _ in range(505 - len(header) - len(body) - len(str(app_id))))
    return f"{header}.{body}.{signature[:-20]}-{signature[-20:]}"


def _segment(value: Mapping[str, object]) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
