"""Who may set up: a browser on this very machine, or whoever brings the token that was printed at the start, once."""

from __future__ import annotations

import hmac
import ipaddress
import os
import secrets
from urllib.parse import urlsplit

from flask import request

TOKEN = "GREENLATCH_SETUP_TOKEN"  # noqa: S105 - the name of a variable
FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via")
LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")


class Door:
    """`pass_` is what the browser keeps after the token was used."""

    def __init__(self) -> None:
        self._token = os.environ.get(TOKEN) or secrets.token_urlsafe(24)
        self._used = False
        self._pass = secrets.token_urlsafe(24)

    @property
    def token(self) -> str:
        return self._token

    def is_open(self, pass_: object) -> bool:
        return is_local() or (isinstance(pass_, str) and hmac.compare_digest(pass_.encode(), self._pass.encode()))

    def take(self, token: str) -> str | None:
        """A pass for the right token, which is worth nothing afterwards."""
        if self._used or not hmac.compare_digest(token.encode(), self._token.encode()):
            return None
        self._used = True
        return self._pass


def is_local() -> bool:
    """A proxy on this machine is local too, and brings strangers: its headers or the name asked for tell it."""
    if any(name in request.headers for name in FORWARDED):
        return False
    try:
        address = ipaddress.ip_address(request.remote_addr or "")
        host = urlsplit(f"//{request.host}").hostname or ""
    except ValueError:
        return False
    return address.is_loopback and host in LOCAL_NAMES
