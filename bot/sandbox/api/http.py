"""What every endpoint shares: who asks, what they may, pages of lists, bodies, and GitHub's way to refuse."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar
from urllib.parse import urlencode

from flask import Response, current_app, g, jsonify, request
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError
from pydantic_core import ErrorDetails

from bot.sandbox.git import GitError
from bot.sandbox.model import App, Pull, Repository, Token, User, UserToken
from bot.sandbox.state import SandboxState
from bot.sandbox.tokens import BadCredentialsError, allows, verify_app_jwt, verify_token, verify_user_token

DOCUMENTATION = "https://docs.github.com/rest"
MAX_BODY = 65_536
Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")
Model = TypeVar("Model", bound=BaseModel)


class ApiError(Exception):
    """An answer that refuses; `errors` are GitHub's details, objects or sentences."""

    def __init__(
        self, status: int, message: str, errors: Sequence[Any] = (), headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = list(errors)
        self.headers = headers or {}


def not_found() -> ApiError:
    return ApiError(404, "Not Found")


def invalid(resource: str, field: str, message: str) -> ApiError:
    """422 with one reason."""
    error = {"resource": resource, "code": "custom", "field": field, "message": message}
    return ApiError(422, "Validation Failed", [error])


def refusal(error: ApiError) -> Response:
    body: dict[str, Any] = {"message": error.message, "documentation_url": DOCUMENTATION, "status": str(error.status)}
    if error.errors:
        body["errors"] = error.errors
    response = jsonify(body)
    response.status_code = error.status
    response.headers.update(error.headers)
    return response


def sandbox() -> SandboxState:
    state: SandboxState = current_app.extensions["sandbox"]
    return state


# Who asks


def bearer() -> str:
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() not in ("bearer", "token") or not value.strip():
        raise ApiError(401, "Requires authentication")
    return value.strip()


def as_app(view: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """For the app itself: needs its JSON web token, which is found at `current().app` then."""

    @functools.wraps(view)
    def authenticated(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        try:
            g.caller = Caller(verify_app_jwt(sandbox(), bearer()))
        except BadCredentialsError as error:
            raise ApiError(401, str(error)) from None
        return view(*args, **kwargs)

    return authenticated


def needs(*alternatives: str) -> Callable[[Callable[Parameters, Result]], Callable[Parameters, Result]]:
    """For installations: the token must hold one of the `alternatives`, each like "contents=read"."""

    def decorate(view: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
        @functools.wraps(view)
        def authenticated(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
            token = _installation_token()
            g.caller = Caller(token.installation.app, token)
            g.accepted = "; ".join(alternatives)
            g.allowed = any(allows(token.permissions, *each.split("=")) for each in alternatives)
            if "owner" not in kwargs:
                check_permission()
            return view(*args, **kwargs)

        return authenticated

    return decorate


def check_permission() -> None:
    if not g.allowed:
        headers = {"X-Accepted-GitHub-Permissions": g.accepted}
        raise ApiError(403, "Resource not accessible by integration", headers=headers)


@dataclass(frozen=True, slots=True)
class Caller:
    app: App
    token: Token | None = None

    @property
    def user(self) -> User:
        return self.app.bot


def current() -> Caller:
    caller: Caller = g.caller
    return caller


def _installation_token() -> Token:
    try:
        token = verify_token(sandbox(), bearer())
    except BadCredentialsError as error:
        raise ApiError(401, str(error)) from None
    if token.installation.suspended_at is not None:
        raise ApiError(403, "This installation has been suspended")
    _count_request(token)
    return token


def _count_request(token: Token) -> None:
    state, now = sandbox(), sandbox().clock().timestamp()
    key = token.installation.id
    used = [at for at in state.requests_used.get(key, []) if at > now - 3600]
    state.requests_used[key] = used
    reset = int((used[0] if used else now) + 3600)
    remaining = max(state.rate_limit - len(used) - 1, 0)
    g.rate_headers = {
        "X-RateLimit-Limit": str(state.rate_limit),
        "X-RateLimit-Remaining": str(remaining),
        "X-RateLimit-Reset": str(reset),
        "X-RateLimit-Used": str(min(len(used) + 1, state.rate_limit)),
        "X-RateLimit-Resource": "core",
    }
    if len(used) >= state.rate_limit:
        raise ApiError(403, f"API rate limit exceeded for installation ID {key}.")
    used.append(now)


def is_person() -> bool:
    return bearer().startswith("ghu_")


def person() -> UserToken:
    """Somebody who signed in; raises ApiError for anybody else."""
    try:
        return verify_user_token(sandbox(), bearer())
    except BadCredentialsError as error:
        raise ApiError(401, str(error)) from None


# What is asked for


def readable_or_404(repository_id: int) -> Repository:
    """A repository that the person may read, be it because it is public."""
    found = sandbox().repositories.get(repository_id)
    if found is None or (found.private and not sandbox().can_read(person().user, found)):
        raise not_found()
    return found


def repository_or_404(owner: str, repo: str) -> Repository:
    """A repository that the caller's token covers; to any other token it does not exist."""
    found = sandbox().find_repository(owner, repo)
    token = current().token
    if found is None or token is None or not token.covers(found):
        raise not_found()
    check_permission()
    return found


def pull_or_404(owner: str, repo: str, number: int) -> Pull:
    pull = sandbox().pulls.get((repository_or_404(owner, repo).id, number))
    if pull is None:
        raise not_found()
    return pull


def commit_or_422(repository: Repository, revision: str) -> str:
    sha = repository.git.resolve(revision)
    if sha is None:
        raise ApiError(422, f"No commit found for SHA: {revision}")
    return sha


def commit_or_404(repository: Repository, revision: str) -> str:
    try:
        sha = repository.git.resolve(revision)
    except GitError:
        sha = None
    if sha is None:
        raise not_found()
    return sha


# Bodies


class Body(BaseModel):
    """A request body: no type is converted, no unknown key passes."""

    model_config = ConfigDict(extra="forbid", strict=True)


Markdown = StringConstraints(max_length=MAX_BODY)


def read_body(model: type[Model], resource: str = "") -> Model:
    """The body of this request as `model`; raises ApiError with 400 or 422."""
    data = request.get_data()
    if not data:
        data = b"{}"
    try:
        return model.model_validate_json(data)
    except ValidationError as error:
        problems = error.errors(include_url=False)
    if any(problem["type"] == "json_invalid" for problem in problems):
        raise ApiError(400, "Problems parsing JSON")
    too_long = [
        problem for problem in problems if problem["loc"][-1] == "body" and problem["type"] == "string_too_long"
    ]
    if too_long:
        raise invalid(resource, "body", f"body is too long (maximum is {MAX_BODY} characters)")
    raise ApiError(422, "Invalid request.\n\n" + "\n".join(_told(problem) for problem in problems))


def _told(problem: ErrorDetails) -> str:
    name = str(problem["loc"][-1]) if problem["loc"] else ""
    context = problem.get("ctx", {})
    match problem["type"]:
        case "missing":
            return f'"{name}" wasn\'t supplied.'
        case "extra_forbidden":
            return f'"{name}" is not a permitted key.'
        case "too_long":
            return f"No more than {context['max_length']} items are allowed; {context['actual_length']} were supplied."
        case "string_too_long":
            supplied = len(str(problem["input"]))
            return f"Only {context['max_length']} characters are allowed; {supplied} were supplied."
        case "literal_error":
            return f"{problem['input']!r} is not a member of [{context['expected']}]."
    place = "/".join(str(part) for part in problem["loc"])
    return f"For 'properties/{place}', {problem['input']!r} is not allowed: {problem['msg']}."


# Lists


def integer(name: str, default: int) -> int:
    """A number of the query string; raises ApiError with 422 for anything else."""
    value = request.args.get(name)
    if value is None:
        return default
    if not value.isdecimal() or int(value) < 1:
        raise ApiError(422, f'Invalid value for "{name}"')
    return int(value)


def page_of(items: Sequence[Any], *, largest: int = 100) -> tuple[list[Any], dict[str, str]]:
    """The page of `items` that the query asks for, and its `Link` header."""
    size = min(integer("per_page", 30), largest)
    page = integer("page", 1)
    last = max(-(-len(items) // size), 1)
    links: dict[str, int] = {}
    if page < last:
        links |= {"next": page + 1, "last": last}
    if page > 1:
        links |= {"first": 1, "prev": min(page - 1, last)}
    link = ", ".join(f'<{_with_page(number)}>; rel="{name}"' for name, number in links.items())
    return list(items[(page - 1) * size : page * size]), {"Link": link} if link else {}


def _with_page(number: int) -> str:
    query = {**request.args.to_dict(), "page": str(number)}
    return f"{sandbox().url}{request.path}?{urlencode(query)}"


def listed(items: Sequence[Any], shape: Callable[[Any], Any]) -> tuple[list[Any], int, dict[str, str]]:
    """One page of `items`, each as `shape` writes it: an answer for Flask."""
    chosen, headers = page_of(items)
    return [shape(item) for item in chosen], 200, headers
