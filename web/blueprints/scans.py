"""A scan: where check runs link to."""

from __future__ import annotations

from flask import Blueprint, abort, render_template

from bot.identity import Repository
from web.access.viewer import require_reader, require_viewer
from web.extension import services
from web.views.scan import finding_view, headline, stages

blueprint = Blueprint("scans", __name__, url_prefix="/scans")


@blueprint.get("/<id:scan_id>")
def show(scan_id: int) -> str:
    require_viewer()
    history = services().history
    scan = history.scan(scan_id) or abort(404)
    require_reader(scan.repository_id)
    findings = [finding_view(row) for row in history.findings(scan_id)]
    fresh, older = history.found_in(scan_id)
    repository = Repository(scan.repository_id, scan.repository.full_name)
    return render_template(
        "scan.html",
        scan=scan,
        pull=history.pull(scan.repository_id, scan.number),
        repository=repository,
        headline=headline(scan, fresh),
        new=[finding for finding in findings if finding.is_new],
        older=[finding for finding in findings if not finding.is_new],
        counts={"new": fresh, "older": older},
        stages=stages(scan.timings),
        github=services().settings.repository_url(repository),
    )
