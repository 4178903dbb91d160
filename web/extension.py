"""What every page works with: the present services of the application that serves it."""

from __future__ import annotations

from flask import Flask, current_app

from workers.reload import LiveServices
from workers.services import Services

NAME = "greenlatch-web"


def install(app: Flask, live: LiveServices) -> None:
    app.extensions[NAME] = live


def services() -> Services:
    return services_of(current_app)


def services_of(app: Flask) -> Services:
    """With the credentials that are valid now: their files may have changed since the last request."""
    live: LiveServices = app.extensions[NAME]
    return live.current()
