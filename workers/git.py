"""Runs git on strangers' repositories: nothing is checked out, no hook, filter, submodule or foreign protocol runs."""

from __future__ import annotations

import base64
import os
import resource
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO

from bot.errors import CredentialsRefused, GitHubRefused, GitHubUnavailable, UserError
from bot.redaction import redact

MAX_PACK_BYTES = 2 * 1024**3
"""No file that git writes for us gets larger; a larger repository ends the scan with a reason."""

MAX_OUTPUT_BYTES = 64 * 1024**2

MAX_MEMORY_BYTES = 1024**3
"""What git may allocate to read a repository: it holds the whole of a diff, and of a list, before it writes any."""

PASSED_ON = ("PATH", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "SSL_CERT_FILE")

HARDENED = {
    "core.hooksPath": os.devnull,
    "core.symlinks": "false",
    "core.fsmonitor": "false",
    "core.attributesFile": os.devnull,
    "credential.helper": "",
    "submodule.recurse": "false",
    "fetch.recurseSubmodules": "false",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "protocol.allow": "never",
    "protocol.https.allow": "always",
    "http.followRedirects": "false",
    "http.lowSpeedLimit": "1000",
    "http.lowSpeedTime": "30",
    # The objects that a filter left out stay missing: no command fetches them behind our back.
    "remote.origin.promisor": "false",
}


class CommitGone(Exception):
    """The commit, or the branch, is no longer there: it was deleted or force-pushed away."""


@dataclass(frozen=True, slots=True)
class Remote:
    """Where a repository is fetched from. `token` is never shown, written down or passed as an argument."""

    url: str
    token: str = field(repr=False)


def require_git() -> None:
    if shutil.which("git") is None:
        raise UserError("no-git", "there is no `git` on PATH", hint="install it (Debian: apt install git)")


def run_git(
    repository: Path,
    *arguments: str,
    seconds: float,
    remote: Remote | None = None,
    stdin: bytes = b"",
    settings: Mapping[str, str] | None = None,
    limit: int = MAX_OUTPUT_BYTES,
) -> bytes:
    """The output of one command. With a `remote` its errors are sorted into what can be done about them.

    Raises CommitGone, GitHubRefused and GitHubUnavailable with a remote, UserError for a repository that takes more
    `seconds` or makes git write more than `limit` bytes, else CalledProcessError.
    """
    with tempfile.TemporaryFile(dir=repository if repository.exists() else repository.parent) as output:
        process = start_git(repository, *arguments, remote=remote, settings=settings, output=output, limit=limit)
        try:
            _, errors = process.communicate(stdin, timeout=seconds)
        except subprocess.TimeoutExpired as error:
            if remote is not None:
                raise GitHubUnavailable(f"git did not fetch it within {seconds:.0f} seconds") from error
            raise _too_large(f"git needs more than {seconds:.0f} seconds to read it") from error
        finally:
            end_process(process)
        if process.returncode == 0:
            output.seek(0)
            return output.read()
    told = errors.decode("utf-8", "replace")
    if remote is not None:
        raise _remote_error(process.returncode, told)
    if process.returncode == -signal.SIGXFSZ or "File too large" in told:
        raise _too_large(f"`git {arguments[0]}` has more than {limit // 1024**2} MiB to say about it")
    if "ut of memory" in told:
        raise _too_large(f"`git {arguments[0]}` needs more than {MAX_MEMORY_BYTES // 1024**2} MiB of memory for it")
    raise subprocess.CalledProcessError(process.returncode, ["git", *arguments], b"", errors)


def start_git(
    repository: Path,
    *arguments: str,
    remote: Remote | None = None,
    settings: Mapping[str, str] | None = None,
    output: IO[bytes] | None = None,
    limit: int = MAX_PACK_BYTES,
) -> subprocess.Popen[bytes]:
    """Starts a command in a process group of its own; it writes to `output`, or a pipe, and no file above `limit`.

    What needs no `remote` gets a bounded amount of memory, too.
    """
    command = ["git", f"--git-dir={repository}", "--no-pager", *arguments]
    process = subprocess.Popen(  # noqa: S603 - a list, and no word of it is chosen by a stranger unchecked
        command,
        stdin=subprocess.PIPE,
        stdout=output or subprocess.PIPE,
        stderr=subprocess.PIPE if arguments[0] != "cat-file" else subprocess.DEVNULL,
        env=_environment({**HARDENED, **(settings or {})}, remote),
        process_group=0,
    )
    if hasattr(resource, "prlimit"):
        size = MAX_PACK_BYTES if remote is not None else limit
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (size, size))
        if remote is None:
            resource.prlimit(process.pid, resource.RLIMIT_DATA, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    return process


def end_process(process: subprocess.Popen[bytes]) -> None:
    """Ends what is left of a command and its helpers, and closes its pipes."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()


def _environment(settings: Mapping[str, str], remote: Remote | None) -> dict[str, str]:
    """Only what git needs: no trace variable that prints headers, no configuration of the machine or the user."""
    pairs = list(settings.items())
    if remote is not None:
        credentials = base64.b64encode(f"x-access-token:{remote.token}".encode()).decode()
        pairs.append((f"http.{remote.url}.extraHeader", f"Authorization: Basic {credentials}"))
        if remote.url.startswith("http://"):
            pairs.append(("protocol.http.allow", "always"))
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    environment |= {
        "HOME": os.devnull,
        "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "true",
        "GIT_CONFIG_COUNT": str(len(pairs)),
    }
    for number, (key, value) in enumerate(pairs):
        environment[f"GIT_CONFIG_KEY_{number}"] = key
        environment[f"GIT_CONFIG_VALUE_{number}"] = value
    return environment


def _remote_error(status: int, errors: str) -> Exception:
    for signs, error in _REMOTE_ERRORS:
        if any(sign in errors for sign in signs):
            return error()
    return GitHubUnavailable(f"git could not fetch (status {status}): {_last_line(errors)}")


_REMOTE_ERRORS: tuple[tuple[tuple[str, ...], Callable[[], Exception]], ...] = (
    (
        ("not our ref", "couldn't find remote ref", "unadvertised object"),
        partial(CommitGone, "the commit or its branch is gone: it was deleted or force-pushed away"),
    ),
    (
        ("Authentication failed", "could not read Username", "error: 401"),
        partial(CredentialsRefused, "git's servers do not take the token"),
    ),
    (
        # The token is one that may read the contents: this is a limit, or a rule of the network.
        ("error: 403", "error: 429"),
        partial(GitHubUnavailable, "git's servers refuse to serve it now (HTTP 403 or 429)"),
    ),
    (
        ("not found", "error: 404", "error: 410", "error: 451"),
        partial(GitHubRefused, 404, "the repository is gone, or the app may not read it"),
    ),
    (
        ("signal 25", "File too large", "SIGXFSZ"),
        lambda: _too_large(f"its files take more than {MAX_PACK_BYTES // 1024**3} GiB"),
    ),
)


def _too_large(why: str) -> UserError:
    return UserError("repository-too-large", f"the repository is too large: {why}")


def _last_line(errors: str) -> str:
    lines: Sequence[str] = [line for line in errors.strip().splitlines() if line.strip()]
    return redact(lines[-1])[:200] if lines else "no message"
