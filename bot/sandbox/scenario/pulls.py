"""Opening, changing, merging and queueing pull requests."""

from __future__ import annotations

from pathlib import Path

from bot.sandbox.branches import begin_suites, branches_moved, close_pull, publish_head
from bot.sandbox.events import emit, emit_pull
from bot.sandbox.model import MergeGroup, Pull, Repository, User
from bot.sandbox.scenario.repositories import Files, RepositoryActions
from bot.sandbox.shapes.pulls import merge_group_json


class PullActions(RepositoryActions):
    def open_pull(
        self,
        repository: Repository,
        branch: str,
        *,
        title: str,
        body: str = "",
        author: str = "",
        base: str = "",
        files: Files | Path | None = None,
        message: str = "",
        draft: bool = False,
        head_repository: Repository | None = None,
    ) -> Pull:
        """Opens a pull request from `branch`; with `files`, a commit on top of the base makes the branch first.

        A folder of files is the whole tree of the head, a mapping what changes.
        """
        state = self.state
        with state.lock:
            head = head_repository or repository
            base = base or repository.default_branch
            user = self._actor(head, author)
            if files is not None:
                self.commit(head, branch, files, message or title, actor=user.login, parent=base)
            now = state.clock()
            repository.last_number += 1
            refs, head_refs = repository.git.refs(), head.git.refs()
            pull = Pull(
                id=state.new_id(),
                number=repository.last_number,
                repository=repository,
                user=user,
                title=title,
                body=body,
                base_ref=base,
                base_sha=refs[f"refs/heads/{base}"],
                head_repository=head,
                head_owner=head.owner,
                head_ref=branch,
                head_sha=head_refs[f"refs/heads/{branch}"],
                created_at=now,
                updated_at=now,
                draft=draft,
            )
            state.pulls[repository.id, pull.number] = pull
            publish_head(pull, pull.head_sha)
            emit_pull(state, "opened", pull, user)
            return pull

    def push(self, pull: Pull, files: Files | Path, message: str = "Update", *, actor: str = "") -> str:
        """One more commit on the pull request's branch."""
        return self.commit(self._head(pull), pull.head_ref, files, message, actor=actor or pull.user.login)

    def force_push(self, pull: Pull, files: Files | Path, message: str = "Rewrite", *, actor: str = "") -> str:
        """The branch becomes one commit on top of the base: the old head is reachable no more."""
        head = self._head(pull)
        return self.commit(head, pull.head_ref, files, message, actor=actor or pull.user.login, parent=pull.base_sha)

    def convert_to_draft(self, pull: Pull, *, actor: str = "") -> None:
        with self.state.lock:
            pull.draft = True
            self._changed(pull, "converted_to_draft", actor)

    def ready_for_review(self, pull: Pull, *, actor: str = "") -> None:
        with self.state.lock:
            pull.draft = False
            self._changed(pull, "ready_for_review", actor)

    def close(self, pull: Pull, *, actor: str = "") -> None:
        with self.state.lock:
            close_pull(self.state, pull, self._actor(pull.repository, actor))

    def reopen(self, pull: Pull, *, actor: str = "") -> None:
        with self.state.lock:
            pull.state, pull.closed_at = "open", None
            self._changed(pull, "reopened", actor)

    def merge(self, pull: Pull, *, actor: str = "") -> str:
        """A merge commit on the base branch, and the pull request closed."""
        with self.state.lock:
            user = self._actor(pull.repository, actor)
            before = pull.repository.git.refs()
            sha = self._merge_commit(pull, f"refs/heads/{pull.base_ref}", user)
            pull.state, pull.merge_commit_sha, pull.merged_by = "closed", sha, user
            pull.closed_at = pull.merged_at = self.state.clock()
            branches_moved(self.state, pull.repository, before, user)
            self._changed(pull, "closed", actor)
            return sha

    def edit(self, pull: Pull, *, title: str | None = None, body: str | None = None, actor: str = "") -> None:
        with self.state.lock:
            changes: dict[str, object] = {}
            if title is not None:
                changes["title"], pull.title = {"from": pull.title}, title
            if body is not None:
                changes["body"], pull.body = {"from": pull.body}, body
            self._changed(pull, "edited", actor, changes=changes)

    def change_base(self, pull: Pull, base: str, *, actor: str = "") -> None:
        with self.state.lock:
            changes = {"base": {"ref": {"from": pull.base_ref}, "sha": {"from": pull.base_sha}}}
            pull.base_ref, pull.base_sha = base, pull.repository.git.refs()[f"refs/heads/{base}"]
            self._changed(pull, "edited", actor, changes=changes)

    def enqueue(self, pull: Pull, *, actor: str = "") -> MergeGroup:
        """Builds the commit that is to become the base branch and asks for its checks."""
        state, repository = self.state, pull.repository
        with state.lock:
            user = self._actor(repository, actor)
            base_sha = repository.git.refs()[f"refs/heads/{pull.base_ref}"]
            ref = f"refs/heads/gh-readonly-queue/{pull.base_ref}/pr-{pull.number}-{base_sha}"
            sha = self._merge_commit(pull, ref, user)
            pull.queued = group = MergeGroup(sha, ref, base_sha, f"refs/heads/{pull.base_ref}")
            emit_pull(state, "enqueued", pull, user)
            begin_suites(state, repository, sha, ref, None, user)
            payload = {"merge_group": merge_group_json(repository, group)}
            emit(state, "merge_group", "checks_requested", repository, user, payload)
            return group

    def dequeue(self, pull: Pull, *, reason: str = "dequeued", actor: str = "") -> None:
        """`reason`: merged, invalidated or dequeued."""
        state, repository, group = self.state, pull.repository, pull.queued
        if group is None:
            raise LookupError(f"pull request {pull.number} is not in the merge queue")
        with state.lock:
            user = self._actor(repository, actor)
            pull.queued = None
            why = {"merged": "MERGE", "invalidated": "CI_FAILURE", "dequeued": "MANUAL"}[reason]
            emit_pull(state, "dequeued", pull, user, reason=why)
            payload = {"merge_group": merge_group_json(repository, group), "reason": reason}
            emit(state, "merge_group", "destroyed", repository, user, payload)
            repository.git.delete_ref(group.head_ref)

    def _head(self, pull: Pull) -> Repository:
        if pull.head_repository is None:
            raise LookupError(f"the fork of pull request {pull.number} is gone")
        return pull.head_repository

    def _changed(self, pull: Pull, action: str, actor: str, **more: object) -> None:
        pull.updated_at = self.state.clock()
        emit_pull(self.state, action, pull, self._actor(pull.repository, actor), **more)

    def _merge_commit(self, pull: Pull, ref: str, user: User) -> str:
        git = pull.repository.git
        base = git.refs()[f"refs/heads/{pull.base_ref}"]
        tree = git.text("merge-tree", "--write-tree", base, pull.head_sha).splitlines()[0]
        message = f"Merge pull request #{pull.number} from {pull.head_owner.login}/{pull.head_ref}"
        identity = ("-c", f"user.name={user.login}", "-c", f"user.email={user.email}")
        sha = git.text(*identity, "commit-tree", tree, "-p", base, "-p", pull.head_sha, "-m", message)
        git.set_ref(ref, sha)
        return sha
