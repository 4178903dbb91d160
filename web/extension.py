"""What every page works with: the services of the application that serves it."""

from __future__ import annotations

from flask import Flask, current_app

from workers.services import Services

NAME = "greenlatch-web"


def install(app: Flask, services: Services) -> None:
    app.extensions[NAME] = services


def services() -> Services:
    found: Services = current_app.extensions[NAME]
    return found
