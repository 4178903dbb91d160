"""The doctor finds what is wrong, says what to do about it, and finds nothing where nothing is."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

import pytest
from flask import Flask, jsonify
from rq.worker import SimpleWorker
from werkzeug.serving import make_server

from bot import client
from bot.__main__ import main
from bot.manifest import EVENTS, PERMISSIONS
from tests.workers.world import World
from workers import heartbeat
from workers.doctor import at_github, machine
from workers.doctor.diagnosis import Diagnosis, Verdict
from workers.doctor.examine import as_text, examine, status
from workers.queue import QUEUE_NAMES, SERIALIZER
from workers.services import Services


@dataclass
class Patient:
    """A whole Greenlatch, of which the web application is a stand-in that says what the doctor asks it."""

    world: World
    services: Services
    setenv: Callable[[str, str], None]

    def diagnoses(self, part: str) -> list[Diagnosis]:
        return [one for one in examine() if one.part.startswith(part)]

    def only(self, part: str) -> Diagnosis:
        found = self.diagnoses(part)
        assert len(found) == 1, [as_text(one) for one in found]
        return found[0]


@pytest.fixture
def web_url() -> Iterator[str]:
    app = Flask(__name__)
    app.add_url_rule("/readyz", view_func=lambda: jsonify({}))
    app.add_url_rule("/webhook", view_func=lambda: ("", 202), methods=["POST"], endpoint="webhook")
    server = make_server("127.0.0.1", 0, app)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.fixture
def patient(world: World, services: Services, web_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Patient:
    world.app.permissions, world.app.events = dict(PERMISSIONS), list(EVENTS)
    world.installation.permissions, world.installation.events = dict(PERMISSIONS), list(EVENTS)
    world.app.webhook_url = f"{web_url}/webhook"
    world.scenario.close(world.pull)
    assert world.state.webhooks.wait_idle()
    for delivery in [one for one in world.state.deliveries.values() if one.status_code != 202]:
        del world.state.deliveries[delivery.id]
    key = tmp_path / "key.pem"
    key.write_text(world.app.private_key)
    key.chmod(0o600)
    settings = services.settings
    for name, value in {
        "WEBHOOK_SECRET": world.app.webhook_secret,
        "APP_ID": str(world.app.id),
        "PRIVATE_KEY_FILE": str(key),
        "GITHUB_URL": world.state.url,
        "PUBLIC_URL": web_url,
        "DATA_DIR": str(settings.data_dir),
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url or "",
    }.items():
        monkeypatch.setenv(f"GREENLATCH_{name}", value)
    worker = SimpleWorker(list(QUEUE_NAMES), connection=services.queues.redis, serializer=SERIALIZER)
    worker.register_birth()  # type: ignore[no-untyped-call]
    heartbeat.beat(services.queues.redis, every=15)
    return Patient(world, services, lambda name, value: monkeypatch.setenv(f"GREENLATCH_{name}", value))


def test_a_healthy_one_is_healthy(patient: Patient) -> None:
    found = list(examine())
    assert [as_text(one) for one in found if one.verdict is not Verdict.OK] == []
    assert status(found) == 0
    parts = {one.part for one in found}
    assert parts >= {"git", "settings", "private key", "disk", "clock", "credentials", "app", "installation octo"}
    assert parts >= {"webhook", "deliveries", "database", "redis", "workers", "sweeper", "queue"}


def test_the_command_prints_it(patient: Patient, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    assert "ok       credentials" in capsys.readouterr().out
    heartbeat_key = heartbeat.KEY
    patient.services.queues.redis.delete(heartbeat_key)
    assert main(["doctor", "--format", "json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert [one["advice"] for one in found if one["verdict"] == "problem"] == ["python -m workers watch"]


def test_credentials_of_another_app(patient: Patient, private_key: str) -> None:
    patient.setenv("PRIVATE_KEY", private_key)
    found = patient.only("credentials")
    assert found.verdict is Verdict.PROBLEM
    assert "GREENLATCH_APP_ID" in found.advice
    assert patient.only("database").verdict is Verdict.OK


def test_another_name(patient: Patient) -> None:
    patient.setenv("SLUG", "other")
    assert patient.only("credentials").advice == "GREENLATCH_SLUG=greenlatch"


def test_what_the_app_and_an_installation_may_not(patient: Patient) -> None:
    del patient.world.installation.permissions["merge_queues"]
    patient.world.installation.events.remove("merge_group")
    permission, event = patient.diagnoses("installation octo")
    assert "merge_queues: read" in permission.says
    assert "merge_group" in event.says
    assert "an owner of octo has to accept" in permission.advice
    assert patient.only("app").verdict is Verdict.OK
    patient.world.app.permissions["administration"] = "write"
    assert patient.only("app").verdict is Verdict.WARNING


def test_a_suspended_installation(patient: Patient) -> None:
    patient.world.installation.suspended_at = patient.world.state.clock()
    assert "suspended" in patient.only("installation octo").says


def test_a_webhook_that_leads_elsewhere(patient: Patient) -> None:
    patient.world.app.webhook_url = "http://127.0.0.1:9/webhook"
    wrong, unreachable = patient.diagnoses("webhook")
    assert wrong.verdict is Verdict.PROBLEM
    assert "we are at" in wrong.says
    assert unreachable.verdict is Verdict.WARNING


def test_deliveries_that_do_not_arrive(patient: Patient) -> None:
    (*_, last) = patient.world.state.deliveries.values()
    last.status_code, last.status = 401, "Invalid HTTP Response: 401"
    assert "GREENLATCH_WEBHOOK_SECRET" in patient.only("deliveries").advice
    last.status_code, last.status = 0, "timed out"
    assert "redeliver" in patient.only("deliveries").advice


@pytest.mark.parametrize(("ahead", "verdict"), [(30, Verdict.WARNING), (-90, Verdict.PROBLEM)])
def test_a_clock_that_is_wrong(
    patient: Patient, ahead: float, verdict: Verdict, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = client.clock_skew
    monkeypatch.setattr(at_github, "clock_skew", lambda settings: real(settings) + ahead)
    found = patient.only("clock")
    assert found.verdict is verdict
    assert "ahead" in found.says if ahead > 0 else "behind" in found.says


def test_files_and_disk(patient: Patient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key.pem").chmod(0o644)
    assert "chmod 600" in patient.only("files").advice
    (tmp_path / "key.pem").write_text("no key")
    assert patient.only("private key").verdict is Verdict.PROBLEM
    monkeypatch.setattr(machine, "FEW_BYTES", 2**62)
    assert patient.only("disk").verdict is Verdict.WARNING


def test_redis_that_is_not_there_or_forgets(patient: Patient) -> None:
    patient.services.queues.redis.config_set("maxmemory-policy", "allkeys-lru")
    try:
        assert any("noeviction" in one.advice for one in patient.diagnoses("redis"))
    finally:
        patient.services.queues.redis.config_set("maxmemory-policy", "noeviction")
    patient.setenv("REDIS_URL", "redis://127.0.0.1:9/0")
    assert patient.only("redis").verdict is Verdict.PROBLEM
    assert patient.only("workers").verdict is Verdict.UNKNOWN


def test_a_database_without_tables(patient: Patient, tmp_path: Path) -> None:
    patient.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'empty.db'}")
    found = patient.only("database")
    assert (found.verdict, found.advice) == (Verdict.PROBLEM, "python -m workers migrate")


def test_git_that_is_old_or_missing(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "run_git", lambda *_, **__: b"git version 2.25.1\n")
    assert "2.31 or newer" in patient.only("git").advice
    monkeypatch.setenv("PATH", "/nowhere")
    assert "apt install git" in patient.only("git").advice


def test_it_needs_no_folder_to_write_to_where_it_is_called(
    patient: Patient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A container's is read-only; in one that is gone, nothing can be made either, not even by root."""
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert patient.only("git").verdict is Verdict.OK


def test_a_check_that_cannot_go_on_leaves_the_others(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(machine, "run_git", refuse)
    found = list(examine())
    assert [one.part for one in found if one.verdict is Verdict.PROBLEM] == ["git"]
    assert "Permission denied" in found[0].says
    assert "credentials" in {one.part for one in found}


def test_settings_that_are_missing(patient: Patient) -> None:
    patient.setenv("APP_ID", "")
    found = list(examine())
    assert [one.part for one in found] == ["git", "settings"]
    assert "GREENLATCH_APP_ID" in found[-1].says
    assert status(found) == 1
