"""Whatever arrives has a clear outcome; nothing is lost, and nothing is stuck."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from redis import Redis

from bot.sandbox.faults import secondary_limit, server_error, slow
from bot.sandbox.model import Delivery
from tests.system.faults import below, children_of
from tests.system.stack import LAZY, SERVICE, Stack
from workers.models import ScanState
from workers.redis_server import socket_path

IDLE = {"status": "ok", "count": 2, "busy": 0}


def forged(stack: Stack, body: bytes | None = None, **headers: str | None) -> Delivery:
    """An altered copy of the last event that was sent."""
    stack.repository()
    stack.state.webhooks.wait_idle()
    last = max(stack.state.deliveries.values(), key=lambda one: one.id)
    copy = stack.state.webhooks.forge(stack.app, last, body=body, **{"X-GitHub-Delivery": "forged", **headers})
    stack.wait(lambda: copy.status != "pending", "it was delivered")
    return copy


def test_a_wrong_signature_is_refused_and_not_stored(stack: Stack) -> None:
    wrong = forged(stack, X_Hub_Signature_256="sha256=" + "0" * 64)
    missing = forged(stack, X_Hub_Signature_256=None)
    altered = forged(stack, body=b'{"action": "opened"}')
    assert [one.status_code for one in (wrong, missing, altered)] == [401, 401, 401]
    assert stack.delivery("forged") is None


def test_an_app_that_is_uninstalled_meanwhile_leaves_nothing_open(stack: Stack) -> None:
    """Whichever of the two events comes first: what was known is deleted, and what comes later ends with a reason."""
    repository = stack.repository()
    stack.state.webhooks.wait_idle()
    stack.state.webhooks.hold()
    pull = stack.lazy_pull(repository)
    (installation,) = stack.state.installations_on(repository)
    stack.scenario.uninstall(installation)
    stack.state.webhooks.release()
    stack.wait_quiet()
    scans = stack.scans(pull)
    assert {scan.state for scan in scans} <= {ScanState.FAILED, ScanState.CANCELLED}
    assert all(scan.reason for scan in scans)
    assert stack.reviews(pull) == []


def test_a_missing_permission_is_named(stack: Stack) -> None:
    repository = stack.repository()
    (installation,) = stack.state.installations_on(repository)
    stack.scenario.accept_permissions(installation, {"metadata": "read", "pull_requests": "write", "checks": "write"})
    pull = stack.lazy_pull(repository)
    check = stack.concluded(pull)
    stack.wait_quiet()
    assert check.conclusion == "neutral"
    (scan,) = stack.scans(pull)
    assert scan.state is ScanState.FAILED
    assert scan.reason in (check.summary or "").replace("\\", "")


def test_a_repository_that_vanished_ends_with_a_reason(stack: Stack) -> None:
    repository = stack.repository()
    stack.state.webhooks.wait_idle()
    stack.state.webhooks.hold()
    pull = stack.lazy_pull(repository)
    stack.scenario.delete_repository(repository)
    stack.state.webhooks.release()
    stack.wait_quiet()
    scans = stack.scans(pull)
    assert {scan.state for scan in scans} <= {ScanState.FAILED, ScanState.CANCELLED}
    assert all(scan.reason for scan in scans)
    assert stack.reviews(pull) == []


def test_files_that_cannot_be_read_are_told_and_stop_nothing(stack: Stack) -> None:
    pull = stack.scenario.open_pull(
        stack.repository(),
        "feature",
        title="Odd files",
        files={
            "service.py": SERVICE + LAZY,
            "latin.py": "NAME = 'caf\xe9'\n".encode("latin-1"),
            "broken.py": "def (:\n",
            "zeros.py": b"\0" * 100,
            "pyproject.toml": "[project\n",
        },
    )
    check = stack.concluded(pull)
    stack.wait_quiet()
    assert check.conclusion == "failure"
    assert len(stack.comments(pull)) == 1
    for name in ("latin.py", "broken.py", "zeros.py"):
        assert name in (check.summary or "")


def test_a_rate_limit_is_waited_out_in_the_queue(stack: Stack) -> None:
    stack.state.faults.add(secondary_limit(1), method="POST", path=r"/check-runs$")
    pull = stack.lazy_pull()
    assert stack.concluded(pull).conclusion == "failure"
    stack.wait_quiet()
    (scan,) = stack.scans(pull)
    assert (scan.state, scan.attempt) == (ScanState.DONE, 2)


def test_a_wiped_redis_loses_nothing(stack: Stack) -> None:
    stack.state.faults.add(secondary_limit(1), method="POST", path=r"/check-runs$")
    pull = stack.lazy_pull()
    stack.wait(lambda: [scan for scan in stack.scans(pull) if scan.attempt == 1 and scan.not_before], "it waits")
    redis = Redis(unix_socket_path=str(socket_path(stack.data_dir)))
    redis.flushall()
    redis.close()
    assert stack.concluded(pull).conclusion == "failure"
    stack.wait_quiet()
    assert len(stack.reviews(pull)) == 1


def test_a_killed_scan_is_done_again(stack: Stack) -> None:
    stack.state.faults.add(slow(3), path=r"git-upload-pack$")
    pull = stack.lazy_pull()
    stack.wait(lambda: [run for run in stack.checks(pull) if run.status == "in_progress"], "the scan runs")
    os.kill(working_process(stack), signal.SIGKILL)
    assert stack.concluded(pull).conclusion == "failure"
    stack.wait_quiet()
    (scan,) = stack.scans(pull)
    assert (scan.state, scan.attempt) == (ScanState.DONE, 2)
    assert len(stack.checks(pull)) == 1


def test_a_command_outlives_an_error_of_github(stack: Stack) -> None:
    pull = stack.lazy_pull()
    stack.concluded(pull)
    stack.wait_quiet()
    stack.state.faults.add(server_error(), method="GET", path=r"/pulls/\d+$")
    comment = stack.scenario.comment(pull, "/greenlatch rescan", actor="wendy")
    stack.wait(lambda: [one for one in comment.reactions if one.content == "rocket"], "it was done after all")
    stack.wait_quiet()
    assert len(stack.checks(pull)) == 2


def test_the_parts_say_that_they_are_well(stack: Stack) -> None:
    """Also after the tests above, which killed a process and wiped Redis: the workers make themselves known again."""
    stack.wait(lambda: stack.health().get("status") == "ok" and stack.health().get("workers") == IDLE, "all are well")


def test_no_token_is_written_down(stack: Stack) -> None:
    """Whatever the tests before this one did: no token and no key in a log, the database, the queue or a cache."""
    stack.concluded(stack.lazy_pull())
    stack.wait_quiet()
    secrets = [token.encode() for token in stack.state.tokens]
    secrets += [stack.app.webhook_secret.encode(), stack.app.private_key.splitlines()[3].encode()]
    folders = [stack.data_dir, stack.data_dir.parent / "log"]
    files = [file for folder in folders for file in folder.rglob("*") if file.is_file()]
    assert any(file.name == "greenlatch.db" for file in files)
    assert not [str(file) for file in files if any(secret in file.read_bytes() for secret in secrets)]


def working_process(stack: Stack) -> int:
    """The process that a worker forked for its job."""

    def find() -> int:
        for child in stack.children.named("worker-1", "worker-2"):
            for pid in below(child.process.pid):
                if any("git" in Path(f"/proc/{one}/comm").read_text() for one in children_of(pid)):
                    return pid
        return 0

    def safely() -> int:
        try:
            return find()
        except (FileNotFoundError, ProcessLookupError):  # one of them ended meanwhile
            return 0

    return stack.wait(safely, "a worker fetches")
