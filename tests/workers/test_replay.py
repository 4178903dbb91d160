"""What an operator does by hand: a payload from a file, and deliveries that never arrived."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.errors import UserError
from tests.workers.test_redelivery import attempts, lost
from tests.workers.world import World
from workers import replay
from workers.services import Services


@pytest.fixture(autouse=True)
def environment(world: World, services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "WEBHOOK_SECRET": world.app.webhook_secret,
        "APP_ID": str(world.app.id),
        "PRIVATE_KEY": world.app.private_key,
        "GITHUB_URL": world.state.url,
        "DATA_DIR": str(services.settings.data_dir),
        "REDIS_URL": services.settings.redis_url or "",
    }.items():
        monkeypatch.setenv(f"GREENLATCH_{name}", value)


def opened(world: World, folder: Path) -> str:
    world.app.webhook_url = "http://127.0.0.1:9/webhook"
    world.scenario.open_pull(world.repository, "other", title="t", files={"other.py": "z = 3\n"})
    (delivery,) = [one for one in world.state.deliveries.values() if one.event == "pull_request"]
    file = folder / "payload.json"
    file.write_bytes(delivery.body)
    return str(file)


def test_a_payload_is_taken_as_if_it_had_arrived(
    world: World, services: Services, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    payload = opened(world, tmp_path)
    assert main(["receive", "--event", "pull_request", "--payload", payload]) == 0
    assert capsys.readouterr().out == "done: scan 1 of octo/app#2 (opened)\n"
    assert services.queues.lengths() == {"deliveries": 0, "scans": 1}
    assert main(["receive", "--event", "pull_request", "--payload", payload]) == 0
    assert "joined a queued scan" in capsys.readouterr().out


def test_without_tables_it_says_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ping.json").write_text(json.dumps({"zen": "Keep it logically awesome."}))
    for url in (f"sqlite:///{tmp_path / 'new.db'}", "postgresql+psycopg://x@127.0.0.1:9/x"):
        monkeypatch.setenv("GREENLATCH_DATABASE_URL", url)
        assert main(["receive", "--event", "ping", "--payload", str(tmp_path / "ping.json")]) == 2
        error = capsys.readouterr().err
        assert "error: the database cannot be used: " in error
        assert "hint: python -m bot doctor" in error


def test_one_that_asks_for_nothing(services: Services, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "ping.json").write_text(json.dumps({"zen": "Keep it logically awesome."}))
    assert main(["receive", "--event", "ping", "--payload", str(tmp_path / "ping.json")]) == 0
    assert capsys.readouterr().out.startswith("ignored: ")
    assert services.inbox.counts() == {"ignored": 1}


def test_what_never_arrived_is_asked_for(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    guids = lost(world)
    before = [attempts(world, guid) for guid in guids]
    assert main(["redeliver", "--since", "3d"]) == 0
    out = capsys.readouterr().out
    assert all(guid in out for guid in guids)
    assert out.endswith("asked GitHub for 1 delivery again\n")
    assert [attempts(world, guid) for guid in guids] == [number + 1 for number in before]


def test_a_github_that_refuses_is_told(
    private_key: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GREENLATCH_PRIVATE_KEY", private_key)
    assert main(["redeliver"]) == 2
    assert "python -m bot doctor" in capsys.readouterr().err


@pytest.mark.parametrize(("text", "wanted"), [("90m", timedelta(minutes=90)), ("3d", timedelta(days=3))])
def test_durations(text: str, wanted: timedelta) -> None:
    assert replay.duration(text) == wanted


@pytest.mark.parametrize("text", ["", "3", "0d", "3w", "-1d", "3d "])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(UserError, match="no duration"):
        replay.duration(text)
