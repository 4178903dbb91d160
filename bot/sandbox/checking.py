"""What happens to check runs: created and updated by their app, asked for again and acted upon by people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.sandbox.branches import begin_suite
from bot.sandbox.events import emit_check_run, emit_check_suite
from bot.sandbox.model import App, CheckRun, CheckSuite, Repository, User
from bot.sandbox.state import SandboxState


@dataclass(frozen=True, slots=True)
class RunChange:
    """What a request says about a run; None says nothing."""

    name: str | None = None
    status: str | None = None
    conclusion: str | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    details_url: str | None = None
    external_id: str | None = None
    title: str | None = None
    summary: str | None = None
    text: str | None = None
    annotations: tuple[dict[str, Any], ...] = ()
    actions: tuple[dict[str, str], ...] | None = None


def create_run(
    state: SandboxState, repository: Repository, app: App, sha: str, name: str, change: RunChange
) -> CheckRun:
    suite = begin_suite(state, repository, app, sha, _branch_at(repository, sha), None)
    run = CheckRun(state.new_id(), suite, name, "queued", change.started_at or state.clock())
    state.check_runs[run.id] = run
    _apply(state, run, change)
    emit_check_run(state, "created", run, app.bot)
    if run.status == "completed":
        emit_check_run(state, "completed", run, app.bot)
    return run


def update_run(state: SandboxState, run: CheckRun, change: RunChange) -> None:
    """Annotations accumulate: nothing removes one."""
    was_completed = run.status == "completed"
    _apply(state, run, change)
    if run.status == "completed" and not was_completed:
        emit_check_run(state, "completed", run, run.suite.app.bot)


def _apply(state: SandboxState, run: CheckRun, change: RunChange) -> None:
    for name in ("name", "status", "started_at", "details_url", "external_id", "title", "summary", "text"):
        value = getattr(change, name)
        if value is not None:
            setattr(run, name, value)
    run.annotations.extend(change.annotations)
    if change.actions is not None:
        run.actions = list(change.actions)
    if change.conclusion is not None:
        run.conclusion = change.conclusion
        run.status = "completed"
        run.completed_at = change.completed_at or state.clock()
    elif run.status != "completed":
        run.conclusion = run.completed_at = None
    run.suite.reset = False
    run.suite.updated_at = state.clock()


def rerequest_run(state: SandboxState, run: CheckRun, actor: User) -> None:
    """The suite waits again; the run itself stays as it is until its app touches it."""
    run.suite.reset = True
    emit_check_run(state, "rerequested", run, actor)


def rerequest_suite(state: SandboxState, suite: CheckSuite, actor: User) -> None:
    suite.reset = True
    emit_check_suite(state, "rerequested", suite, actor)


def request_action(state: SandboxState, run: CheckRun, identifier: str, actor: User) -> None:
    """A press on one of the run's buttons, which are there once it is completed."""
    if run.status != "completed" or identifier not in [action["identifier"] for action in run.actions]:
        raise LookupError(f"the check run `{run.name}` shows no button `{identifier}`")
    emit_check_run(state, "requested_action", run, actor, requested_action={"identifier": identifier})


def _branch_at(repository: Repository, sha: str) -> str | None:
    heads = repository.git.refs()
    return next((ref.removeprefix("refs/heads/") for ref, head in heads.items() if head == sha), None)
