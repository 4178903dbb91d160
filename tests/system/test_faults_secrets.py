"""A token is planted, and looked for wherever something is written down."""

from __future__ import annotations

import contextlib
import zlib
from collections.abc import Iterator

import pytest
from redis import Redis

from bot.sandbox.faults import Fault, cut_body
from tests.system import deadly
from tests.system.faults import settle
from tests.system.stack import Stack
from workers.redis_server import socket_path

pytestmark = pytest.mark.faults

ZLIB = b"\x78\x9c"


def test_no_token_is_in_any_argument_url_log_job_exception_or_row(stack: Stack) -> None:
    """GitHub repeats tokens in its errors; jobs fail, wait and are killed, also those of the tests before."""
    repository = stack.repository()
    first = stack.lazy_pull(repository)
    settle(stack, [first])
    told = "Bad day for " + " and ".join(list(stack.state.tokens)[-3:])
    stack.state.faults.add(Fault(500, told), method="POST", path="/check-runs$")
    stack.state.faults.add(Fault(403, told), method="POST", path="/reviews$", skip=1)
    stack.state.faults.add(cut_body(), path="git-upload-pack$")
    other = stack.repository()
    stack.kill_at(deadly.scan_job(other.id, 1), 17, whole=True)
    pulls = [stack.lazy_pull(), stack.lazy_pull(other)]
    stack.scenario.comment(first, "/greenlatch rescan", actor="wendy")
    settle(stack, pulls)
    secrets = [*stack.state.tokens, stack.app.webhook_secret, stack.app.private_key.splitlines()[3]]
    assert len(secrets) > 12
    places = list(written(stack))
    assert {"argv", "greenlatch.db", "worker-1.log", "appendonly.aof"} <= {
        name.rpartition("/")[2] for name, _ in places
    }
    assert [place for place, data in places if any(secret.encode() in data for secret in secrets)] == []


def written(stack: Stack) -> Iterator[tuple[str, bytes]]:
    """Files (logs, arguments of git and of what it starts, the database, caches, Redis's file), Redis, URLs, texts."""
    for file in stack.data_dir.parent.rglob("*"):
        if file.is_file() and not file.is_relative_to(stack.state.folder):
            yield str(file), unpacked(file.read_bytes())
    with Redis(unix_socket_path=str(socket_path(stack.data_dir))) as redis:
        for key in redis.scan_iter():
            yield f"Redis {key!r}", unpacked(redis.dump(key) or b"")
    for url in stack.state.urls:
        yield url, url.encode()
    with stack.state.lock:
        for run in stack.state.check_runs.values():
            yield f"check run {run.id}", repr((run.title, run.summary, run.text, run.annotations)).encode()
        for remark in stack.state.review_comments.values():
            yield f"comment {remark.id}", remark.body.encode()
        for comment in stack.state.issue_comments.values():
            yield f"comment {comment.id}", comment.body.encode()


def unpacked(data: bytes) -> bytes:
    """With what RQ compressed in it: payloads and tracebacks of jobs."""
    parts = [data]
    start = data.find(ZLIB)
    while start >= 0:
        with contextlib.suppress(zlib.error):
            parts.append(zlib.decompressobj().decompress(data[start : start + 65536]))
        start = data.find(ZLIB, start + 2)
    return b"\0".join(parts)
