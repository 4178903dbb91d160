"""Check runs and check suites, within every limit that GitHub sets."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from flask import Blueprint, request
from pydantic import AwareDatetime, Field, StringConstraints, model_validator

from bot.sandbox.api.http import (
    ApiError,
    Body,
    commit_or_404,
    commit_or_422,
    current,
    integer,
    listed,
    needs,
    not_found,
    page_of,
    read_body,
    repository_or_404,
    sandbox,
)
from bot.sandbox.checking import RunChange, create_run, rerequest_run, rerequest_suite, update_run
from bot.sandbox.model import CheckRun, CheckSuite
from bot.sandbox.shapes.checks import annotation_json, check_run_json, suite_json

blueprint = Blueprint("checks", __name__)
MAX_ANNOTATIONS = 50
MAX_RUNS_OF_ONE_NAME = 1000
Moment = Annotated[datetime, AwareDatetime, Field(strict=False)]
Long = Annotated[str, StringConstraints(max_length=65_535)]
Kilobytes64 = Annotated[str, StringConstraints(max_length=65_536)]


class Annotation(Body):
    path: Annotated[str, StringConstraints(min_length=1)]
    start_line: Annotated[int, Field(ge=1)]
    end_line: Annotated[int, Field(ge=1)]
    start_column: int | None = None
    end_column: int | None = None
    annotation_level: Literal["notice", "warning", "failure"]
    message: Kilobytes64
    title: Annotated[str, StringConstraints(max_length=255)] | None = None
    raw_details: Kilobytes64 | None = None

    @model_validator(mode="after")
    def _is_a_range(self) -> Annotation:
        if self.end_line < self.start_line:
            raise ValueError("end_line must not precede start_line")
        has_columns = self.start_column is not None or self.end_column is not None
        if has_columns and self.start_line != self.end_line:
            raise ValueError("start_column and end_column are only for annotations on one line")
        return self


class Image(Body):
    alt: str
    image_url: str
    caption: str | None = None


class Output(Body):
    title: Annotated[str, StringConstraints(min_length=1)]
    summary: Long
    text: Long | None = None
    annotations: Annotated[list[Annotation], Field(max_length=MAX_ANNOTATIONS)] = Field(default_factory=list)
    images: list[Image] = Field(default_factory=list)


class ChangedOutput(Output):
    title: Annotated[str, StringConstraints(min_length=1)] | None = None  # type: ignore[assignment]


class Action(Body):
    label: Annotated[str, StringConstraints(min_length=1, max_length=20)]
    description: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    identifier: Annotated[str, StringConstraints(min_length=1, max_length=20)]


class RunBody(Body):
    details_url: Annotated[str, StringConstraints(pattern="^https?://")] | None = None
    external_id: str | None = None
    status: Literal["queued", "in_progress", "completed"] | None = None
    conclusion: (
        Literal["action_required", "cancelled", "failure", "neutral", "success", "skipped", "timed_out"] | None
    ) = None
    started_at: Moment | None = None
    completed_at: Moment | None = None
    actions: Annotated[list[Action], Field(max_length=3)] | None = None

    def change(self, output: Output | None, name: str | None) -> RunChange:
        if self.status == "completed" and self.conclusion is None:
            raise ApiError(422, 'Invalid request.\n\nMissing required field "conclusion" for status completed.')
        annotations = output.annotations if output else []
        return RunChange(
            name=name,
            status=self.status,
            conclusion=self.conclusion,
            started_at=self.started_at,
            completed_at=self.completed_at,
            details_url=self.details_url,
            external_id=self.external_id,
            title=output.title if output else None,
            summary=output.summary if output else None,
            text=output.text if output else None,
            annotations=tuple(each.model_dump(exclude_none=True) for each in annotations),
            actions=None if self.actions is None else tuple(each.model_dump() for each in self.actions),
        )


class NewRun(RunBody):
    name: Annotated[str, StringConstraints(min_length=1)]
    head_sha: str
    output: Output | None = None


class ChangedRun(RunBody):
    name: Annotated[str, StringConstraints(min_length=1)] | None = None
    output: ChangedOutput | None = None


@blueprint.post("/repos/<owner>/<repo>/check-runs")
@needs("checks=write")
def create(owner: str, repo: str) -> Any:
    repository, body = repository_or_404(owner, repo), read_body(NewRun)
    if commit_or_422(repository, body.head_sha) != body.head_sha:
        raise ApiError(422, f"No commit found for SHA: {body.head_sha}")
    change = body.change(body.output, body.name)
    run = create_run(sandbox(), repository, current().app, body.head_sha, body.name, change)
    _drop_oldest(run)
    return check_run_json(sandbox(), run), 201


def _drop_oldest(run: CheckRun) -> None:
    namesakes = [each for each in sandbox().runs_of(run.suite) if each.name == run.name]
    for old in namesakes[MAX_RUNS_OF_ONE_NAME:]:
        del sandbox().check_runs[old.id]


@blueprint.get("/repos/<owner>/<repo>/check-runs/<int:run_id>")
@needs("checks=read")
def get(owner: str, repo: str, run_id: int) -> dict[str, Any]:
    return check_run_json(sandbox(), _run(owner, repo, run_id))


@blueprint.patch("/repos/<owner>/<repo>/check-runs/<int:run_id>")
@needs("checks=write")
def update(owner: str, repo: str, run_id: int) -> dict[str, Any]:
    run, body = _run(owner, repo, run_id), read_body(ChangedRun)
    if run.suite.app is not current().app:
        raise ApiError(
            403, "Invalid app_id `" + str(run.suite.app.id) + "` - check run can only be modified by its app"
        )
    update_run(sandbox(), run, body.change(body.output, body.name))
    return check_run_json(sandbox(), run)


@blueprint.get("/repos/<owner>/<repo>/check-runs/<int:run_id>/annotations")
@needs("checks=read")
def list_annotations(owner: str, repo: str, run_id: int) -> Any:
    run = _run(owner, repo, run_id)
    return listed(run.annotations, lambda each: annotation_json(sandbox(), run, each))


@blueprint.post("/repos/<owner>/<repo>/check-runs/<int:run_id>/rerequest")
@needs("checks=write")
def rerequest(owner: str, repo: str, run_id: int) -> Any:
    run = _run(owner, repo, run_id)
    if run.status != "completed":
        raise ApiError(422, "This check run is not rerequestable")
    rerequest_run(sandbox(), run, current().user)
    return {}, 201


@blueprint.get("/repos/<owner>/<repo>/commits/<path:ref>/check-runs")
@needs("checks=read")
def list_for_ref(owner: str, repo: str, ref: str) -> Any:
    repository = repository_or_404(owner, repo)
    runs = sandbox().runs_for(repository, commit_or_404(repository, ref))
    app_id = integer("app_id", 0) if "app_id" in request.args else None
    return _run_page([run for run in runs if app_id in (None, run.suite.app.id)])


@blueprint.get("/repos/<owner>/<repo>/check-suites/<int:suite_id>/check-runs")
@needs("checks=read")
def list_for_suite(owner: str, repo: str, suite_id: int) -> Any:
    return _run_page(sandbox().runs_of(_suite(owner, repo, suite_id)))


def _run_page(runs: list[CheckRun]) -> Any:
    """`filter` is latest by default: of the runs of one name in a suite, only the newest."""
    name, status = request.args.get("check_name"), request.args.get("status")
    found = [run for run in runs if name in (None, run.name) and status in (None, run.status)]
    if request.args.get("filter", "latest") == "latest":
        newest: dict[tuple[int, str], CheckRun] = {}
        for run in found:
            newest.setdefault((run.suite.id, run.name), run)
        found = list(newest.values())
    chosen, headers = page_of(found)
    shapes = [check_run_json(sandbox(), run) for run in chosen]
    return {"total_count": len(found), "check_runs": shapes}, 200, headers


@blueprint.get("/repos/<owner>/<repo>/commits/<path:ref>/check-suites")
@needs("checks=read")
def list_suites(owner: str, repo: str, ref: str) -> Any:
    repository = repository_or_404(owner, repo)
    found = sandbox().suites_for(repository, commit_or_404(repository, ref))
    chosen, headers = page_of(found)
    shapes = [suite_json(sandbox(), suite) for suite in chosen]
    return {"total_count": len(found), "check_suites": shapes}, 200, headers


@blueprint.get("/repos/<owner>/<repo>/check-suites/<int:suite_id>")
@needs("checks=read")
def get_suite(owner: str, repo: str, suite_id: int) -> dict[str, Any]:
    return suite_json(sandbox(), _suite(owner, repo, suite_id))


@blueprint.post("/repos/<owner>/<repo>/check-suites/<int:suite_id>/rerequest")
@needs("checks=write")
def rerequest_all(owner: str, repo: str, suite_id: int) -> Any:
    rerequest_suite(sandbox(), _suite(owner, repo, suite_id), current().user)
    return {}, 201


def _run(owner: str, repo: str, run_id: int) -> CheckRun:
    repository = repository_or_404(owner, repo)
    run = sandbox().check_runs.get(run_id)
    if run is None or run.suite.repository is not repository:
        raise not_found()
    return run


def _suite(owner: str, repo: str, suite_id: int) -> CheckSuite:
    repository = repository_or_404(owner, repo)
    suite = sandbox().check_suites.get(suite_id)
    if suite is None or suite.repository is not repository:
        raise not_found()
    return suite
