"""The first page: what Greenlatch did in the repositories of whoever looks, and a welcome to everybody else."""

from __future__ import annotations

from flask import Blueprint, render_template

from web.access.viewer import readable_repositories, viewer
from web.extension import services
from web.views import chart
from workers.health import check_health
from workers.history import PullLine
from workers.models import now

blueprint = Blueprint("overview", __name__)
DAYS = 30
VERDICT_DAYS = 7


@blueprint.get("/")
def show() -> str:
    if viewer() is None:
        return render_template("welcome.html", health=check_health(services()), installed=_installed())
    history, ids = services().history, readable_repositories()
    pulls = history.open_pulls(ids)
    return render_template(
        "overview.html",
        repositories=history.repositories(ids),
        pulls=pulls,
        gates=_gates(pulls),
        found=chart.columns(history.found_by_rule(ids, days=DAYS), now().date(), days=DAYS),
        times=chart.times(history.verdicts(ids, days=VERDICT_DAYS)),
        days=DAYS,
        verdict_days=VERDICT_DAYS,
        installed=_installed(),
        health=check_health(services()) if not ids else None,
    )


def _gates(pulls: list[PullLine]) -> dict[str, int]:
    """How many of the pull requests pass, fail, or wait."""
    counts = {"failing": 0, "passing": 0, "waiting": 0, "other": 0}
    for pull in pulls:
        scan = pull.scan
        if scan is None or not scan.state.finished:
            counts["waiting"] += 1
        else:
            counts[{"failure": "failing", "success": "passing"}.get(scan.conclusion, "other")] += 1
    return counts


def _installed() -> bool:
    return services().history.has_installation()
