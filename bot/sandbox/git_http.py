"""git over HTTP: hands requests for OWNER/REPO.git to `git http-backend` after checking the token."""

from __future__ import annotations

import base64
import binascii
import subprocess
import tempfile
from collections.abc import Iterator

from flask import Blueprint, Response, request

from bot.sandbox.api.http import sandbox
from bot.sandbox.branches import branches_moved
from bot.sandbox.git import environment
from bot.sandbox.model import Repository, Token
from bot.sandbox.tokens import BadCredentialsError, allows, verify_token

blueprint = Blueprint("git", __name__)
USER = "x-access-token"
_SERVICES = ("git-upload-pack", "git-receive-pack")
_CHUNK = 65_536
_READ_ONLY_REFS = ("receive.hideRefs=refs/pull",)


@blueprint.get("/<owner>/<repo>.git/info/refs")
def info_refs(owner: str, repo: str) -> Response:
    return _serve(owner, repo, "/info/refs", request.args.get("service", ""))


@blueprint.post("/<owner>/<repo>.git/<service>")
def rpc(owner: str, repo: str, service: str) -> Response:
    return _serve(owner, repo, f"/{service}", service)


def _serve(owner: str, repo: str, path: str, service: str) -> Response:
    if service not in _SERVICES:
        return Response("Please upgrade your git client.\n", 403, mimetype="text/plain")
    state = sandbox()
    with state.lock:
        token = _token()
        if token is None:
            headers = {"WWW-Authenticate": 'Basic realm="GitHub"'}
            return Response("Invalid username or token.\n", 401, headers, mimetype="text/plain")
        repository = state.find_repository(owner, repo)
        if repository is None or not token.covers(repository) or not allows(token.permissions, "contents", "read"):
            return Response("Repository not found.\n", 404, mimetype="text/plain")
        if service == "git-receive-pack" and not allows(token.permissions, "contents", "write"):
            message = f"Permission to {repository.full_name}.git denied to {token.installation.app.bot.login}.\n"
            return Response(message, 403, mimetype="text/plain")
    if path == "/git-receive-pack":
        return _push(repository, path, token)
    return _backend(repository, path)


def _token() -> Token | None:
    """The token in the password of HTTP Basic; None for any other credentials."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, _, password = base64.b64decode(value, validate=True).decode().partition(":")
        token = verify_token(sandbox(), password)
    except (binascii.Error, UnicodeDecodeError, BadCredentialsError):
        return None
    return token if user == USER and token.installation.suspended_at is None else None


def _push(repository: Repository, path: str, token: Token) -> Response:
    state = sandbox()
    with state.lock:
        before = repository.git.refs()
        response = _backend(repository, path, _READ_ONLY_REFS)
        response.get_data()  # the backend has to end before the branches are looked at
        branches_moved(state, repository, before, token.installation.app.bot)
        return response


def _backend(repository: Repository, path: str, settings: tuple[str, ...] = ()) -> Response:
    """The CGI program's answer, streamed."""
    variables = environment(
        GIT_PROJECT_ROOT=str(repository.git.path),
        GIT_HTTP_EXPORT_ALL="1",
        PATH_INFO=path,
        QUERY_STRING=request.query_string.decode("latin-1"),
        REQUEST_METHOD=request.method,
        CONTENT_TYPE=request.content_type or "",
        HTTP_CONTENT_ENCODING=request.headers.get("Content-Encoding", ""),
        GIT_PROTOCOL=request.headers.get("Git-Protocol", ""),
        REMOTE_USER=USER,
        REMOTE_ADDR=request.remote_addr or "",
    )
    options = [option for setting in settings for option in ("-c", setting)]
    with tempfile.TemporaryFile() as body:
        body.write(request.get_data())
        body.seek(0)
        process = subprocess.Popen(  # noqa: S603 - a list without a word of the request
            ["git", *options, "http-backend"],  # noqa: S607
            env=variables,
            stdin=body,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    output = _output(process)
    status, headers = _cgi_headers(output)
    return Response(output, status, headers)


def _output(process: subprocess.Popen[bytes]) -> Iterator[bytes]:
    """What the program answers: its header lines one by one, the rest in chunks."""
    with process:
        if process.stdout is None:
            raise ValueError("the process needs a pipe to answer through")
        for line in iter(process.stdout.readline, b""):
            yield line
            if line in (b"\r\n", b"\n"):
                break
        while chunk := process.stdout.read(_CHUNK):
            yield chunk


def _cgi_headers(output: Iterator[bytes]) -> tuple[int, list[tuple[str, str]]]:
    status, headers = 200, []
    for line in output:
        text = line.decode("latin-1").strip()
        if not text:
            break
        name, _, value = text.partition(":")
        if name.lower() == "status":
            status = int(value.split()[0])
        else:
            headers.append((name, value.strip()))
    return status, headers
