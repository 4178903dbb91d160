"""Commenting, resolving, committing suggestions, and pressing the buttons of checks."""

from __future__ import annotations

from collections.abc import Iterable

from bot.sandbox import checking, conversation
from bot.sandbox.model import CheckRun, CheckSuite, IssueComment, Pull, ReviewComment, Thread
from bot.sandbox.placement import Anchor
from bot.sandbox.scenario.pulls import PullActions
from bot.sandbox.suggestions import Change, apply_changes, change_of


class ReviewingActions(PullActions):
    def comment(self, pull: Pull, body: str, *, actor: str = "") -> IssueComment:
        with self.state.lock:
            return conversation.add_comment(self.state, pull, self._actor(pull.repository, actor), body)

    def edit_comment(self, comment: IssueComment, body: str, *, actor: str = "") -> None:
        with self.state.lock:
            user = self._actor(comment.pull.repository, actor or comment.user.login)
            conversation.edit_comment(self.state, comment, user, body)

    def review_comment(
        self, pull: Pull, path: str, line: int, body: str, *, side: str = "RIGHT", actor: str = ""
    ) -> ReviewComment:
        with self.state.lock:
            remark = conversation.Remark(Anchor(path, line, side), body)
            user = self._actor(pull.repository, actor)
            return conversation.add_remark(self.state, pull, user, remark, pull.head_sha)

    def reply(self, comment: ReviewComment, body: str, *, actor: str = "") -> ReviewComment:
        with self.state.lock:
            user = self._actor(comment.thread.pull.repository, actor)
            return conversation.reply(self.state, comment, user, body)

    def delete_review_comment(self, comment: ReviewComment, *, actor: str = "") -> None:
        with self.state.lock:
            user = self._actor(comment.thread.pull.repository, actor)
            conversation.delete_remark(self.state, comment, user)

    def resolve(self, thread: Thread, *, actor: str = "") -> None:
        with self.state.lock:
            user = self._actor(thread.pull.repository, actor)
            conversation.resolve_thread(self.state, thread, user, user)

    def unresolve(self, thread: Thread, *, actor: str = "") -> None:
        with self.state.lock:
            conversation.resolve_thread(self.state, thread, None, self._actor(thread.pull.repository, actor))

    def commit_suggestions(self, comments: Iterable[ReviewComment], *, actor: str = "") -> str:
        """Commits the suggestions of these comments of one pull request together.

        Raises NotAppliableError, and changes nothing then.
        """
        chosen = list(comments)
        pull = chosen[0].thread.pull
        with self.state.lock:
            by_path: dict[str, list[Change]] = {}
            for comment in chosen:
                change = change_of(comment)
                by_path.setdefault(change.path, []).append(change)
            git = pull.repository.git
            files = {path: apply_changes(git.file(pull.head_sha, path), each) for path, each in by_path.items()}
            message = "Apply suggestions from code review" if len(chosen) > 1 else f"Update {next(iter(files))}"
            return self.push(pull, files, message, actor=actor)

    def press_rerun(self, run: CheckRun, *, actor: str = "") -> None:
        with self.state.lock:
            checking.rerequest_run(self.state, run, self._actor(run.suite.repository, actor))

    def press_rerun_all(self, suite: CheckSuite, *, actor: str = "") -> None:
        with self.state.lock:
            checking.rerequest_suite(self.state, suite, self._actor(suite.repository, actor))

    def press_button(self, run: CheckRun, identifier: str, *, actor: str = "") -> None:
        with self.state.lock:
            checking.request_action(self.state, run, identifier, self._actor(run.suite.repository, actor))
