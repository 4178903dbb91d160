"""Repositories with their pull requests, and a pull request with its scans."""

from __future__ import annotations

from flask import Blueprint, abort, render_template

from bot.identity import Repository
from web.access.viewer import require_reader, require_viewer
from web.extension import services
from workers import models

blueprint = Blueprint("pulls", __name__, url_prefix="/repositories")


@blueprint.get("/<owner>/<name>")
def show_repository(owner: str, name: str) -> str:
    repository = _readable(owner, name)
    return render_template(
        "repository.html",
        repository=repository,
        pulls=services().history.pulls(repository.id),
        github=_address(repository),
    )


@blueprint.get("/<owner>/<name>/pulls/<id(max=2147483647):number>")
def show_pull(owner: str, name: str, number: int) -> str:
    repository = _readable(owner, name)
    pull = services().history.pull(repository.id, number) or abort(404)
    return render_template(
        "pull.html",
        repository=repository,
        pull=pull,
        scans=services().history.scans_of(repository.id, number),
        github=f"{_address(repository)}/pull/{number}",
    )


def _readable(owner: str, name: str) -> models.Repository:
    """One that the person may read; whether there is another one nobody is told."""
    require_viewer()
    repository = services().history.repository(f"{owner}/{name}") or abort(404)
    require_reader(repository.id)
    return repository


def _address(repository: models.Repository) -> str:
    return services().settings.repository_url(Repository(repository.id, repository.full_name))
