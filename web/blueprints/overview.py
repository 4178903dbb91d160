"""The first page: what Greenlatch did in the repositories of whoever looks, and a welcome to everybody else."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from flask import Blueprint, render_template

from web.access.viewer import readable_repositories, viewer
from web.extension import services
from web.views import chart
from web.views.example import example
from workers.health import check_health
from workers.models import now

blueprint = Blueprint("overview", __name__)
DAYS = 30
VERDICT_DAYS = 7
MAX_REPOSITORIES = 10
"""Of those that were busy last; all of them have a page of their own."""


@blueprint.get("/")
def show() -> str:
    if viewer() is None:
        health = check_health(services(), counting=False)
        return render_template("welcome.html", health=health, installed=_installed(), example=example())
    history, ids = services().history, readable_repositories()
    return render_template(
        "overview.html",
        repositories=history.repositories(ids)[:MAX_REPOSITORIES],
        all_repositories=len(ids),
        pulls=history.open_pulls(ids),
        **figures(ids),
    )


def figures(ids: Collection[int]) -> dict[str, Any]:
    """What the figures and plots of some repositories are made of."""
    history = services().history
    return {
        "gates": history.gates(ids),
        "found": chart.columns(history.found_by_rule(ids, days=DAYS), now().date(), days=DAYS),
        "times": chart.times(history.verdicts(ids, days=VERDICT_DAYS)),
        "days": DAYS,
        "verdict_days": VERDICT_DAYS,
    }


def _installed() -> bool:
    return services().history.has_installation()
