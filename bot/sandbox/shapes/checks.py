"""Check runs, their annotations, and the suites that hold them."""

from __future__ import annotations

from typing import Any

from bot.sandbox.model import CheckRun, CheckSuite
from bot.sandbox.shapes.apps import embedded_app_json
from bot.sandbox.shapes.basics import Json, moment, moment_or_none, node_id
from bot.sandbox.shapes.pulls import pull_minimal_json, pulls_at
from bot.sandbox.shapes.repositories import repository_api, repository_html, repository_json, simple_commit_json
from bot.sandbox.state import SandboxState

_SUITE_IN_RUN = (
    *("id", "node_id", "head_branch", "head_sha", "status", "conclusion", "url", "before", "after"),
    *("pull_requests", "app", "created_at", "updated_at"),
)
_WORST_FIRST = ("failure", "timed_out", "cancelled", "action_required", "stale", "success", "neutral", "skipped")


def suite_status(state: SandboxState, suite: CheckSuite) -> tuple[str, str | None]:
    """Status and conclusion: those of the newest run of each name, the worst first."""
    newest = {run.name: run for run in reversed(state.runs_of(suite))}
    if suite.reset or not newest:
        return "queued", None
    if any(run.status != "completed" for run in newest.values()):
        return "in_progress", None
    conclusions = {run.conclusion for run in newest.values()}
    return "completed", next(each for each in _WORST_FIRST if each in conclusions)


def check_run_json(state: SandboxState, run: CheckRun) -> Json:
    repository = run.suite.repository
    api = f"{repository_api(state, repository)}/check-runs/{run.id}"
    html = f"{repository_html(state, repository)}/runs/{run.id}"
    return {
        "id": run.id,
        "name": run.name,
        "node_id": node_id("CheckRun", run.id),
        "head_sha": run.suite.head_sha,
        "external_id": run.external_id,
        "url": api,
        "html_url": html,
        "details_url": run.details_url or html,
        "status": run.status,
        "conclusion": run.conclusion,
        "started_at": moment(run.started_at),
        "completed_at": moment_or_none(run.completed_at),
        "output": {
            "title": run.title,
            "summary": run.summary,
            "text": run.text,
            "annotations_count": len(run.annotations),
            "annotations_url": f"{api}/annotations",
        },
        "check_suite": {"id": run.suite.id},
        "app": embedded_app_json(state, run.suite.app),
        "pull_requests": _pulls(state, run.suite),
    }


def check_run_event_json(state: SandboxState, run: CheckRun) -> Json:
    """The form in webhooks, which knows more of the suite."""
    suite = suite_json(state, run.suite)
    return {**check_run_json(state, run), "check_suite": {key: suite[key] for key in _SUITE_IN_RUN}}


def suite_json(state: SandboxState, suite: CheckSuite) -> Json:
    api = f"{repository_api(state, suite.repository)}/check-suites/{suite.id}"
    status, conclusion = suite_status(state, suite)
    return {
        "id": suite.id,
        "node_id": node_id("CheckSuite", suite.id),
        "head_branch": suite.head_branch,
        "head_sha": suite.head_sha,
        "status": status,
        "conclusion": conclusion,
        "url": api,
        "before": suite.before,
        "after": suite.head_sha,
        "pull_requests": _pulls(state, suite),
        "app": embedded_app_json(state, suite.app),
        "created_at": moment(suite.created_at),
        "updated_at": moment(suite.updated_at),
        "rerequestable": True,
        "runs_rerequestable": True,
        "latest_check_runs_count": len({run.name for run in state.runs_of(suite)}),
        "check_runs_url": f"{api}/check-runs",
        "head_commit": simple_commit_json(suite.repository.git.read_commit(suite.head_sha)),
        "repository": repository_json(state, suite.repository),
    }


def suite_event_json(state: SandboxState, suite: CheckSuite) -> Json:
    shape = suite_json(state, suite)
    del shape["repository"]
    return shape


def annotation_json(state: SandboxState, run: CheckRun, annotation: dict[str, Any]) -> Json:
    html = repository_html(state, run.suite.repository)
    return {
        "start_column": None,
        "end_column": None,
        "title": None,
        "raw_details": None,
        **annotation,
        "blob_href": f"{html}/blob/{run.suite.head_sha}/{annotation['path']}",
    }


def _pulls(state: SandboxState, suite: CheckSuite) -> list[Json]:
    return [pull_minimal_json(state, pull) for pull in pulls_at(state, suite.repository, suite.head_sha)]
