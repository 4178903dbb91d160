"""The embedded Redis is private to its user and keeps what it took when it is killed."""

from __future__ import annotations

import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from bot.errors import UserError
from tests.waiting import wait_for
from workers.redis_server import find_redis_server, server_command, socket_path


@contextmanager
def serving(command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        yield server
    finally:
        server.kill()
        server.wait()


def answers(redis: Redis) -> bool:
    try:
        return bool(redis.ping())
    except RedisConnectionError:
        return False


def test_it_listens_on_a_socket_for_its_user_alone_and_survives_a_kill(tmp_path: Path) -> None:
    redis = Redis(unix_socket_path=str(socket_path(tmp_path)), decode_responses=True)
    with serving(server_command(tmp_path)) as server:
        wait_for(lambda: answers(redis), "Redis answers")
        assert stat.S_IMODE(socket_path(tmp_path).parent.stat().st_mode) == 0o700
        assert stat.S_IMODE(socket_path(tmp_path).stat().st_mode) == 0o700
        settings = [redis.config_get(name)[name] for name in ("port", "appendonly", "maxmemory-policy")]
        assert settings == ["0", "yes", "noeviction"]
        redis.rpush("work", *range(50))
        server.send_signal(signal.SIGKILL)
        server.wait()
    with serving(server_command(tmp_path)):
        wait_for(lambda: answers(redis), "Redis answers again")
        assert redis.llen("work") == 50
    redis.close()


def test_a_folder_with_a_long_path_gets_a_short_socket(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    assert len(str(socket_path(deep))) <= 100
    assert socket_path(deep) == socket_path(deep)
    assert socket_path(deep) != socket_path(deep / "other")


def test_the_same_folder_by_another_name_has_the_same_socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert socket_path(Path("data")) == socket_path(tmp_path / "data")


def test_without_any_redis_there_is_one_message(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(UserError) as error:
        find_redis_server()
    assert error.value.reference == "no-redis"
    assert "REDIS_URL" in error.value.hint


def test_a_folder_that_cannot_be_made_gives_one_message(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError) as error:
        server_command(tmp_path / "file")
    assert error.value.reference == "unwritable-folder"


def test_the_command_serves_in_the_place_of_the_process_that_started_it(
    tmp_path: Path, private_key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GREENLATCH_WEBHOOK_SECRET", "s")
    monkeypatch.setenv("GREENLATCH_APP_ID", "7")
    monkeypatch.setenv("GREENLATCH_PRIVATE_KEY", private_key)
    monkeypatch.setenv("GREENLATCH_DATA_DIR", str(tmp_path / "data"))
    redis = Redis(unix_socket_path=str(socket_path(tmp_path / "data")))
    with serving([sys.executable, "-m", "workers", "redis"]) as server:
        wait_for(lambda: answers(redis), "Redis answers")
        assert redis.info("server")["process_id"] == server.pid
        server.terminate()
        assert server.wait(10) == 0
    redis.close()
