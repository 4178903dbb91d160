"""All input and output with GitHub's API: one call, one method; every failure becomes one of `bot.errors`."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar
from urllib.parse import quote

import requests
from github import Auth, Github
from github.Requester import Requester
from pydantic import SecretStr, ValidationError
from requests.utils import parse_header_links

from bot import graphql
from bot.auth import Access, InstallationToken, sign
from bot.commands import Permission
from bot.diff import FileDiff, parse_patch
from bot.errors import CredentialsRefused, GitHubRefused, GitHubUnavailable, RepositoryMoved, UserError
from bot.exchange import Exchange, Observer, limit_of, nobody
from bot.graphql import Thread
from bot.identity import AppIdentity, Repository
from bot.intents import CommentKind
from bot.redaction import quiet_github_logging, redact, remember
from bot.resources import (
    Annotation,
    AppDescription,
    CheckRun,
    Contents,
    GitCommit,
    HookConfig,
    HookDelivery,
    Installation,
    IssueComment,
    PermissionAnswer,
    PullFile,
    PullRequest,
    Review,
    ReviewComment,
    TokenAnswer,
)
from bot.settings import Settings
from bot.shapes import Shape

API_VERSION = "2022-11-28"
USER_AGENT = "greenlatch"
TIMEOUT_SECONDS = 30
PER_PAGE = 100
RATE_LIMIT_PAUSE = 60.0
"""Seconds; what GitHub asks for where a limit tells no time of its own."""
MAX_PAUSE = 7200.0
"""Seconds; GitHub's own limits last an hour at most."""
MAX_REASON = 300

S = TypeVar("S", bound=Shape)
T = TypeVar("T")
Json = Any


class GitHubApp:
    """What the app does in its own name. Make one per process; it opens connections when they are needed."""

    def __init__(self, settings: Settings, observe: Observer = nobody) -> None:
        quiet_github_logging()
        remember(settings.webhook_secret.get_secret_value())
        self._settings = settings
        self.observe = observe
        pem = settings.private_key_pem
        auth = Auth.AppAuth(settings.app_id, sign_func=lambda claims: sign(claims, pem.get_secret_value()))
        self._connection = Connection(settings, auth, observe=observe)

    @property
    def identity(self) -> AppIdentity:
        return self._settings.identity

    def repository(self, installation_id: int, repository: Repository) -> GitHubClient:
        """A client for one repository; its tokens reach no other one."""
        return GitHubClient(self, self._settings, installation_id, repository)

    def create_token(
        self, installation_id: int, repository: Repository, access: Access
    ) -> tuple[InstallationToken, Repository]:
        """A token, and the repository as it is called now. One without an id is asked for by its name."""
        which = {"repository_ids": [repository.id]} if repository.id else {"repositories": [repository.name]}
        body = {**which, "permissions": access.permissions}
        data = self._connection.call("POST", f"/app/installations/{installation_id}/access_tokens", body=body)
        made = shape(TokenAnswer, data)
        remember(made.token.get_secret_value())
        known = [one for one in made.repositories if one.id == repository.id or not repository.id]
        present = Repository(known[0].id, known[0].full_name) if known else repository
        return InstallationToken(made.token, made.expires_at), present

    def describe(self) -> AppDescription:
        """The app as GitHub knows it, with the permissions and events that it asks for."""
        return shape(AppDescription, self._connection.call("GET", "/app"))

    def hook_config(self) -> HookConfig:
        return shape(HookConfig, self._connection.call("GET", "/app/hook/config"))

    def check_identity(self) -> None:
        """Raises UserError where GitHub knows us by another slug: we would not find our own comments again."""
        slug = self.describe().slug
        if slug != self._settings.slug:
            raise UserError(
                "wrong-slug",
                f"this app is called `{slug}`, and configured is `{self._settings.slug}`",
                hint=f"set GREENLATCH_SLUG={slug}",
            )

    def get_installation(self, installation_id: int) -> Installation:
        return shape(Installation, self._connection.call("GET", f"/app/installations/{installation_id}"))

    def list_installations(self) -> list[Installation]:
        return [shape(Installation, item) for item in self._connection.pages("/app/installations")]

    def list_failed_deliveries(self, since: datetime) -> list[HookDelivery]:
        """The events that were delivered since then, and of which no attempt arrived: the last attempt of each."""
        return never_arrived(list(self.list_deliveries(since)))

    def list_deliveries(self, since: datetime) -> Iterator[HookDelivery]:
        """Every attempt since then, the newest first."""
        for item in self._connection.pages("/app/hook/deliveries"):
            attempt = shape(HookDelivery, item)
            if attempt.delivered_at < since:
                return
            yield attempt

    def redeliver(self, delivery_id: int) -> None:
        self._connection.call("POST", f"/app/hook/deliveries/{delivery_id}/attempts")


class GitHubClient:
    """What the app does in one repository of one installation."""

    def __init__(self, app: GitHubApp, settings: Settings, installation_id: int, repository: Repository) -> None:
        self._app = app
        self._settings = settings
        self._installation_id = installation_id
        self._connections: dict[Access, tuple[InstallationToken, Connection]] = {}
        self.repository = repository
        """Its name is corrected when GitHub tells another one: repositories are renamed and moved."""

    def token_for_git(self, *, write: bool = False) -> SecretStr:
        """A token for `x-access-token:<token>` over HTTP that can read code (or also push) and nothing else."""
        return self._connect(Access.WRITE_CODE if write else Access.READ_CODE)[0].secret

    def get_pull(self, number: int) -> PullRequest:
        return shape(PullRequest, self._call(Access.REVIEW, "GET", f"/pulls/{number}"))

    def list_pull_files(self, number: int) -> list[FileDiff]:
        """The diff as GitHub itself sees it; of files that are too large or binary it tells no lines."""
        files = (shape(PullFile, item) for item in self._pages(Access.REVIEW, f"/pulls/{number}/files"))
        return [parse_patch(file.filename, file.patch) for file in files]

    def read_file(self, path: str, ref: str) -> bytes | None:
        """A file at a branch or commit ('': the default branch), None where there is none.

        GitHub gives no content above 1 MB: then it is as many zero bytes.
        """
        at = f"?ref={quote(ref, safe='')}" if ref else ""
        try:
            data = self._call(Access.READ_CODE, "GET", f"/contents/{quote(path)}{at}")
        except GitHubRefused as error:
            if error.gone:
                return None
            raise
        if not isinstance(data, Mapping) or data.get("type") != "file":
            return None
        file = shape(Contents, data)
        try:
            return base64.b64decode(file.content) if file.encoding == "base64" else bytes(file.size)
        except ValueError:
            raise GitHubUnavailable(f"the content of {path} came garbled") from None

    def get_git_commit(self, sha: str) -> GitCommit:
        return shape(GitCommit, self._call(Access.READ_CODE, "GET", f"/git/commits/{quote(sha, safe='')}"))

    def may_write_code(self) -> bool:
        """Whether whoever installed the app granted what committing and resolving threads need."""
        granted = self._app.get_installation(self._installation_id).permissions
        return all(granted.get(name) == level for name, level in Access.WRITE_CODE.permissions.items())

    def list_threads(self, number: int, *, write: bool) -> list[Thread]:
        """The threads of all reviews of a pull request; whether we may resolve one is true only for who may `write`."""
        access = Access.WRITE_CODE if write else Access.REVIEW
        threads: list[Thread] = []
        variables: dict[str, Json] = {"owner": self.repository.owner, "name": self.repository.name, "number": number}
        while True:
            page = shape(graphql.ThreadPage, self._query(access, graphql.THREADS, variables))
            threads += page.threads
            if not page.has_next:
                return threads
            variables["after"] = page.cursor

    def set_resolved(self, thread_id: str, *, resolved: bool) -> None:
        document = graphql.RESOLVE if resolved else graphql.UNRESOLVE
        self._query(Access.WRITE_CODE, document, {"thread": thread_id})

    def create_commit(self, branch: str, *, parent: str, files: Mapping[str, bytes], headline: str, body: str) -> str:
        """Commits changed files on top of `parent`, which has to be the branch's head still: else refused with 409."""
        additions = [
            {"path": path, "contents": base64.b64encode(data).decode()} for path, data in sorted(files.items())
        ]
        asked = {
            "branch": {"repositoryNameWithOwner": self.repository.full_name, "branchName": branch},
            "expectedHeadOid": parent,
            "fileChanges": {"additions": additions},
            "message": {"headline": headline, "body": body},
        }
        answer = self._query(Access.WRITE_CODE, graphql.COMMIT, {"input": asked})
        return shape(graphql.Committed, answer).oid

    def list_pulls_with_head(self, sha: str) -> list[PullRequest]:
        """The pull requests whose head is this commit, those from forks included."""
        pulls = (shape(PullRequest, item) for item in self._pages(Access.REVIEW, "/pulls", {"state": "open"}))
        return [pull for pull in pulls if pull.head_sha == sha]

    def create_check_run(self, payload: Mapping[str, Json]) -> CheckRun:
        return shape(CheckRun, self._call(Access.CHECKS, "POST", "/check-runs", payload))

    def update_check_run(self, check_run_id: int, payload: Mapping[str, Json]) -> CheckRun:
        return shape(CheckRun, self._call(Access.CHECKS, "PATCH", f"/check-runs/{check_run_id}", payload))

    def find_check_runs(self, head_sha: str, name: str) -> list[CheckRun]:
        """Our own check runs of this name, the newest first."""
        path = f"/commits/{quote(head_sha, safe='')}/check-runs"
        query = {"check_name": name, "filter": "all", "app_id": str(self._settings.app_id)}
        runs = [shape(CheckRun, item) for item in self._pages(Access.CHECKS, path, query, key="check_runs")]
        return sorted((run for run in runs if run.app_id == self._settings.app_id), key=lambda run: -run.id)

    def list_annotations(self, check_run_id: int) -> list[Annotation]:
        items = self._pages(Access.CHECKS, f"/check-runs/{check_run_id}/annotations")
        return [shape(Annotation, item) for item in items]

    def create_review(self, number: int, payload: Mapping[str, Json]) -> Review:
        return shape(Review, self._call(Access.REVIEW, "POST", f"/pulls/{number}/reviews", payload))

    def list_reviews(self, number: int) -> list[Review]:
        return [shape(Review, item) for item in self._pages(Access.REVIEW, f"/pulls/{number}/reviews")]

    def list_review_comments(self, number: int) -> list[ReviewComment]:
        return [shape(ReviewComment, item) for item in self._pages(Access.REVIEW, f"/pulls/{number}/comments")]

    def update_review_comment(self, comment_id: int, body: str) -> None:
        self._call(Access.REVIEW, "PATCH", f"/pulls/comments/{comment_id}", {"body": body})

    def delete_review_comment(self, comment_id: int) -> None:
        self._call(Access.REVIEW, "DELETE", f"/pulls/comments/{comment_id}")

    def reply_to_review_comment(self, number: int, comment_id: int, body: str) -> ReviewComment:
        path = f"/pulls/{number}/comments/{comment_id}/replies"
        return shape(ReviewComment, self._call(Access.REVIEW, "POST", path, {"body": body}))

    def create_issue_comment(self, number: int, body: str) -> IssueComment:
        path = f"/issues/{number}/comments"
        return shape(IssueComment, self._call(Access.CONVERSATION, "POST", path, {"body": body}))

    def update_issue_comment(self, comment_id: int, body: str) -> None:
        self._call(Access.CONVERSATION, "PATCH", f"/issues/comments/{comment_id}", {"body": body})

    def list_issue_comments(self, number: int) -> list[IssueComment]:
        return [shape(IssueComment, item) for item in self._pages(Access.CONVERSATION, f"/issues/{number}/comments")]

    def add_reaction(self, kind: CommentKind, comment_id: int, content: str) -> None:
        """`content` is one of +1 -1 laugh confused heart hooray rocket eyes; adding one twice changes nothing."""
        folder = "issues" if kind is CommentKind.ISSUE else "pulls"
        path = f"/{folder}/comments/{comment_id}/reactions"
        self._call(Access.CONVERSATION, "POST", path, {"content": content})

    def permission_of(self, login: str) -> Permission:
        path = f"/collaborators/{quote(login, safe='')}/permission"
        answer = shape(PermissionAnswer, self._call(Access.REVIEW, "GET", path))
        return Permission(answer.permission) if answer.permission in list(Permission) else Permission.NONE

    def _call(self, access: Access, verb: str, path: str, body: Mapping[str, Json] | None = None) -> Json:
        return self._retrying(access, lambda connection: connection.call(verb, self._under(path), body=body))

    def _query(self, access: Access, document: str, variables: Mapping[str, Json]) -> Json:
        """What a GraphQL document gives. GitHub refuses in an answer with 200."""
        body = {"query": document, "variables": variables}
        answer = self._retrying(
            access, lambda connection: connection.call("POST", self._settings.graphql_url, body=body)
        )
        told = answer if isinstance(answer, Mapping) else {}
        if told.get("errors"):
            raise graphql.refused(told["errors"])
        if not isinstance(told.get("data"), Mapping):
            raise GitHubUnavailable("GraphQL: the answer holds no data")
        return told["data"]

    def _pages(
        self, access: Access, path: str, query: Mapping[str, str] | None = None, *, key: str = ""
    ) -> Iterable[Json]:
        """All of them, at once: a page that is fetched later could need another token."""
        return self._retrying(access, lambda connection: list(connection.pages(self._under(path), query, key=key)))

    def _under(self, path: str) -> str:
        return f"/repos/{quote(self.repository.full_name)}{path}"

    def _retrying(self, access: Access, send: Callable[[Connection], T]) -> T:
        """GitHub forgets a token early when the app's permissions change: a second one is asked for, once.

        It comes with the repository's present name, and so helps where that is another one since the first.
        """
        _, connection = self._connect(access)
        try:
            return send(connection)
        except (CredentialsRefused, RepositoryMoved):
            self._connections.pop(access, None)
        return send(self._connect(access)[1])

    def _connect(self, access: Access) -> tuple[InstallationToken, Connection]:
        known = self._connections.get(access)
        if known is not None and known[0].is_fresh():
            return known
        token, self.repository = self._app.create_token(self._installation_id, self.repository, access)
        auth = Auth.Token(token.secret.get_secret_value())
        made = (token, Connection(self._settings, auth, self._installation_id, observe=self._app.observe))
        self._connections[access] = made
        return made


class Connection:
    """Requests with one authentication, through PyGithub and without its retries: jobs are repeated, not calls."""

    def __init__(
        self, settings: Settings, auth: Auth.Auth, installation_id: int | None = None, *, observe: Observer = nobody
    ) -> None:
        self._api_url = settings.api_url
        self._installation_id = installation_id
        self._observe = observe
        self._requester: Requester = Github(
            auth=auth,
            base_url=settings.api_url,
            api_version=API_VERSION,
            user_agent=USER_AGENT,
            timeout=TIMEOUT_SECONDS,
            per_page=PER_PAGE,
            retry=None,
            seconds_between_requests=None,
            seconds_between_writes=settings.seconds_between_writes,
        ).requester

    def call(self, verb: str, url: str, *, body: Mapping[str, Json] | None = None) -> Json:
        return self._send(verb, url, None, body)[1]

    def pages(self, url: str, query: Mapping[str, str] | None = None, *, key: str = "") -> Iterator[Json]:
        """The items of a list over all its pages; `key` is where an answer keeps them if it is no list itself."""
        parameters: Mapping[str, str] | None = {**(query or {}), "per_page": str(PER_PAGE)}
        while url:
            headers, data = self._send("GET", url, parameters, None)
            yield from _items(data, key)
            url, parameters = self._next_page(headers), None

    def _send(
        self, verb: str, url: str, query: Mapping[str, str] | None, body: Mapping[str, Json] | None
    ) -> tuple[Mapping[str, str], Json]:
        started, status = time.perf_counter(), 0
        headers: Mapping[str, str] = {}
        try:
            status, headers, text = self._requester.requestJson(verb, url, dict(query) if query else None, input=body)
        except (requests.RequestException, ValueError) as error:
            raise GitHubUnavailable(f"{verb} got no complete answer: {type(error).__name__}") from None
        except RuntimeError as error:  # PyGithub follows no redirection that it does not trust
            raise RepositoryMoved(f"{verb}: the repository was moved: {redact(str(error))[:MAX_REASON]}") from None
        else:
            return headers, _data(verb, status, headers, text)
        finally:
            seconds = time.perf_counter() - started
            self._observe(Exchange(verb, status, seconds, self._installation_id, limit_of(headers)))

    def _next_page(self, headers: Mapping[str, str]) -> str:
        """'' on the last page. A link to another host is not followed: it would get our token."""
        links = parse_header_links(headers.get("link", ""))
        url = next((link["url"] for link in links if link.get("rel") == "next"), "")
        if url and not url.startswith(f"{self._api_url}/"):
            raise GitHubUnavailable("the next page of a list is said to be on another host")
        return url


def clock_skew(settings: Settings) -> float:
    """By how many seconds this machine's clock is ahead of GitHub's (negative: behind). Needs no credentials."""
    try:
        answer = requests.head(settings.api_url, headers={"User-Agent": USER_AGENT}, timeout=TIMEOUT_SECONDS)
        return time.time() - parsedate_to_datetime(answer.headers["Date"]).timestamp() - 0.5
    except (requests.RequestException, KeyError, ValueError) as error:
        raise GitHubUnavailable(f"no answer that tells the time ({type(error).__name__})") from None


def _data(verb: str, status: int, headers: Mapping[str, str], text: str) -> Json:
    """What an answer says. Raises one of `bot.errors` for one that is no success."""
    try:
        data = json.loads(text) if text else None
    except ValueError:
        if status < 300:
            raise GitHubUnavailable(f"{verb} got an answer that is no JSON") from None
        data = None
    if status >= 400:
        raise translated(status, headers, data, time.time())
    if status >= 300:
        raise RepositoryMoved(f"{verb}: the repository was moved (HTTP {status})")
    return data


def translated(status: int, headers: Mapping[str, str], data: Json, now: float) -> GitHubUnavailable | GitHubRefused:
    """What to do about an error answer. `now` is the time in seconds since the epoch, as in `X-RateLimit-Reset`."""
    headers = {name.lower(): value for name, value in headers.items()}
    reason = _reason(data)
    if status >= 500 or status == 408:
        return GitHubUnavailable(f"HTTP {status}: {reason}", retry_after=_retry_after(headers))
    if status == 401:
        return CredentialsRefused(f"HTTP 401: {reason}")
    if _is_limit(status, headers, reason):
        return GitHubUnavailable(f"rate limit: {reason}", retry_after=_pause(headers, now), limited=True)
    return GitHubRefused(status, reason, needed=headers.get("x-accepted-github-permissions", ""))


def never_arrived(attempts: list[HookDelivery]) -> list[HookDelivery]:
    """The last attempt of each event of which none arrived, the oldest event first."""
    arrived = {attempt.guid for attempt in attempts if attempt.arrived}
    last: dict[str, HookDelivery] = {}
    for attempt in sorted(attempts, key=lambda attempt: attempt.delivered_at):
        if attempt.guid not in arrived:
            last[attempt.guid] = attempt
    return sorted(last.values(), key=lambda attempt: attempt.delivered_at)


def _items(data: Json, key: str) -> list[Json]:
    items = data.get(key) if key and isinstance(data, Mapping) else data
    if not isinstance(items, list):
        raise GitHubUnavailable("GitHub's answer is no list")
    return items


def shape(kind: type[S], data: Json) -> S:
    """An answer as one of our shapes. Raises GitHubUnavailable where it is none."""
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        fields = ", ".join(".".join(map(str, problem["loc"])) for problem in error.errors(include_input=False))
        raise GitHubUnavailable(f"GitHub's answer is no {kind.__name__}: {fields}") from None


def _is_limit(status: int, headers: Mapping[str, str], reason: str) -> bool:
    if status == 422:
        return "abuse" in reason.lower() or "submitted too quickly" in reason.lower()
    if status not in (403, 429):
        return False
    exhausted = "retry-after" in headers or headers.get("x-ratelimit-remaining") == "0"
    return status == 429 or exhausted or Requester.isRateLimitError(reason)


def _pause(headers: Mapping[str, str], now: float) -> float:
    after = _retry_after(headers)
    if after is not None:
        return after
    reset = _seconds(headers.get("x-ratelimit-reset"))
    if headers.get("x-ratelimit-remaining") == "0" and reset is not None:
        return min(max(reset - now, 1.0), MAX_PAUSE)
    return RATE_LIMIT_PAUSE


def _retry_after(headers: Mapping[str, str]) -> float | None:
    after = _seconds(headers.get("retry-after"))
    return None if after is None else min(after, MAX_PAUSE)


def _seconds(value: str | None) -> float | None:
    return float(value) if value is not None and value.strip().isdecimal() else None


def _reason(data: Json) -> str:
    """GitHub's own message with the details of its `errors`, in one line and without secrets."""
    told = data if isinstance(data, Mapping) else {}
    details = told.get("errors")
    parts = [told.get("message"), *map(_detail, details if isinstance(details, list) else [])]
    text = "; ".join(str(part) for part in parts if part) or "no message"
    return redact(" ".join(text.split()))[:MAX_REASON]


def _detail(detail: Json) -> str:
    if not isinstance(detail, Mapping):
        return str(detail)
    return " ".join(str(detail[key]) for key in ("field", "code", "message") if detail.get(key))
