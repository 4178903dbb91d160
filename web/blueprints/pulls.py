"""Repositories with their pull requests, and a pull request with its scans."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request

from bot.identity import Repository
from web.access.viewer import readable_repositories, require_reader, require_viewer
from web.blueprints.overview import figures
from web.extension import services
from web.views.scan import finding_view
from workers import models
from workers.history import MAX_PULLS, MAX_REPOSITORIES, MAX_SCANS

blueprint = Blueprint("pulls", __name__, url_prefix="/repositories")
MAX_NUMBER = 2**31 - 1
MAX_PAGE = 1000
MAX_WORDS = 100
MAX_TOLD = 20
"""Findings of the last review; the page of its scan has them all."""


@blueprint.get("/")
def list_repositories() -> str:
    ids = readable_repositories()
    words = request.args.get("name", "").strip()[:MAX_WORDS]
    page = _number("page", MAX_PAGE) or 1
    repositories = services().history.repositories(ids, words=words, page=page)
    return render_template(
        "repositories.html",
        repositories=repositories,
        all_repositories=len(ids),
        words=words,
        page=page,
        more=len(repositories) == MAX_REPOSITORIES,
    )


@blueprint.get("/<owner>/<name>")
def show_repository(owner: str, name: str) -> str:
    repository = _readable(owner, name)
    open_only = request.args.get("state", "") != "all"
    pulls = services().history.pulls(repository.id, open_only=open_only, before=_number("before", MAX_NUMBER))
    return render_template(
        "repository.html",
        repository=repository,
        pulls=pulls,
        open_only=open_only,
        older=pulls[-1].number if len(pulls) == MAX_PULLS else None,
        github=_address(repository),
        **figures([repository.id]),
    )


@blueprint.get(f"/<owner>/<name>/pulls/<id(max={MAX_NUMBER}):number>")
def show_pull(owner: str, name: str, number: int) -> str:
    repository = _readable(owner, name)
    history = services().history
    pull = history.pull(repository.id, number) or abort(404)
    before = _number("before", 2**63 - 1)
    scans = history.scans_of(repository.id, number, before=before)
    rows = history.findings(pull.scan.id, limit=MAX_TOLD) if pull.scan and not before else []
    return render_template(
        "pull.html",
        repository=repository,
        pull=pull,
        scans=scans,
        findings=[finding_view(row) for row in rows if row.is_new],
        before=before,
        older=scans[-1].id if len(scans) == MAX_SCANS else None,
        github=f"{_address(repository)}/pull/{number}",
    )


def _number(name: str, highest: int) -> int | None:
    """Of the address; None where it is none that can be meant."""
    value = request.args.get(name, type=int)
    return value if value is not None and 0 < value <= highest else None


def _readable(owner: str, name: str) -> models.Repository:
    """One that the person may read; whether there is another one nobody is told."""
    require_viewer()
    repository = services().history.repository(f"{owner}/{name}") or abort(404)
    require_reader(repository.id)
    return repository


def _address(repository: models.Repository) -> str:
    return services().settings.repository_url(Repository(repository.id, repository.full_name))
