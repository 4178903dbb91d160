"""What follows when branches move: pushes are told, open pull requests follow, check suites begin."""

from __future__ import annotations

from collections.abc import Mapping

from bot.sandbox.events import emit, emit_check_suite, emit_pull
from bot.sandbox.git import NULL_SHA, Commit
from bot.sandbox.model import App, CheckSuite, Pull, Repository, User
from bot.sandbox.shapes.repositories import pushed_commit_json, repository_html
from bot.sandbox.state import SandboxState

_LETTERS = {"A": "added", "M": "modified", "D": "removed", "T": "modified"}
MAX_LISTED_COMMITS = 2048


def branches_moved(state: SandboxState, repository: Repository, before: Mapping[str, str], actor: User) -> None:
    """Tells of every branch that differs from `before` (full ref names to commits)."""
    now = repository.git.refs()
    for ref in sorted(before.keys() | now.keys()):
        old, new = before.get(ref, NULL_SHA), now.get(ref, NULL_SHA)
        if old != new:
            _branch_moved(state, repository, ref, old, new, actor)


def _branch_moved(state: SandboxState, repository: Repository, ref: str, old: str, new: str, actor: User) -> None:
    repository.pushed_at = state.clock()
    emit(state, "push", None, repository, actor, _push(state, repository, ref, old, new, actor))
    if new != NULL_SHA:
        begin_suites(state, repository, new, ref, old, actor)
    for pull in list(state.pulls.values()):
        if pull.open and pull.head_repository is repository and f"refs/heads/{pull.head_ref}" == ref:
            if new == NULL_SHA:
                close_pull(state, pull, actor)
            else:
                _follow(state, pull, old, new, actor)


def close_pull(state: SandboxState, pull: Pull, actor: User) -> None:
    pull.state, pull.closed_at = "closed", state.clock()
    pull.updated_at = state.clock()
    emit_pull(state, "closed", pull, actor)


def _follow(state: SandboxState, pull: Pull, old: str, new: str, actor: User) -> None:
    publish_head(pull, new)
    pull.base_sha = pull.repository.git.refs().get(f"refs/heads/{pull.base_ref}", pull.base_sha)
    pull.updated_at = state.clock()
    emit_pull(state, "synchronize", pull, actor, before=old, after=new)


def publish_head(pull: Pull, sha: str) -> None:
    """Makes `refs/pull/N/head` of the base repository the new head, with its objects."""
    ref = f"refs/pull/{pull.number}/head"
    source = pull.head_repository
    if source is not None and source is not pull.repository:
        pull.repository.git.fetch(source.git, f"{sha}:{ref}")
    pull.repository.git.set_ref(ref, sha)
    pull.head_sha = sha


def begin_suites(
    state: SandboxState, repository: Repository, sha: str, ref: str, before: str | None, actor: User
) -> None:
    """What a push of `ref` begins for every app that may write checks."""
    for installation in state.installations_on(repository):
        if installation.permissions.get("checks") == "write" and installation.suspended_at is None:
            branch = ref.removeprefix("refs/heads/")
            suite = begin_suite(state, repository, installation.app, sha, branch, before)
            emit_check_suite(state, "requested", suite, actor)


def begin_suite(
    state: SandboxState, repository: Repository, app: App, sha: str, branch: str | None, before: str | None
) -> CheckSuite:
    """The suite of the app at that commit, new or known."""
    for suite in state.suites_for(repository, sha):
        if suite.app is app:
            return suite
    now = state.clock()
    suite = CheckSuite(state.new_id(), repository, app, sha, branch, before, now, now)
    state.check_suites[suite.id] = suite
    return suite


def _push(state: SandboxState, repository: Repository, ref: str, old: str, new: str, actor: User) -> dict[str, object]:
    git = repository.git
    created, deleted = old == NULL_SHA, new == NULL_SHA
    elsewhere = [f"^{sha}" for name, sha in git.refs().items() if name != ref]
    distinct = {commit.sha for commit in git.log(new, *elsewhere, limit=MAX_LISTED_COMMITS)} if not deleted else set()

    def shape(commit: Commit) -> dict[str, object]:
        changed = _changed(repository, commit)
        return pushed_commit_json(state, repository, commit, changed, distinct=commit.sha in distinct)

    commits: list[Commit] = []
    if not deleted:
        commits = git.log(new, *(elsewhere if created else [f"^{old}"]), limit=MAX_LISTED_COMMITS)
    head = None if deleted else git.read_commit(new)
    html = repository_html(state, repository)
    return {
        "ref": ref,
        "before": old,
        "after": new,
        "created": created,
        "deleted": deleted,
        "forced": not (created or deleted or git.is_ancestor(old, new)),
        "base_ref": None,
        "compare": f"{html}/compare/{old[:12]}...{new[:12]}",
        "commits": [shape(commit) for commit in commits],
        "head_commit": shape(head) if head else None,
        "pusher": {"name": actor.login, "email": actor.email},
    }


def _changed(repository: Repository, commit: Commit) -> dict[str, list[str]]:
    raw = repository.git.run("diff-tree", "--root", "--no-commit-id", "-r", "-z", "--name-status", commit.sha)
    changed: dict[str, list[str]] = {"added": [], "removed": [], "modified": []}
    tokens = raw.decode("utf-8", "replace").split("\0")[:-1]
    for letter, path in zip(tokens[::2], tokens[1::2], strict=True):
        changed[_LETTERS[letter]].append(path)
    return changed
