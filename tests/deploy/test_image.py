"""The image, without an engine: its files are checked by the field's own tools, and its parts started as it would."""

from __future__ import annotations

import configparser
import fnmatch
import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from kubernetes_validate.utils import validate

from bot.sandbox.server import SandboxServer
from bot.sandbox.state import SandboxState
from bot.settings import Settings
from tests.conftest import SECRET
from tests.postgres import PostgresServer
from tests.system.conftest import free_port
from tests.waiting import wait_for

ROOT = Path(__file__).parents[2]
DOCKERFILE = ROOT / "Dockerfile"
BINARIES = Path(sys.executable).parent
OURS = ("web", "worker", "sweeper")
KUBERNETES = "1.34"
TOKEN = "opens-once"


def tool(name: str) -> str:
    """An executable of the virtual environment, else of the machine."""
    found = shutil.which(name, path=os.pathsep.join([str(BINARIES), os.environ["PATH"]]))
    assert found, f"{name} is missing: pip install -r requirements-dev.txt, or install it by hand"
    return found


def run(*command: str, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GREENLATCH_")}
    return subprocess.run(command, cwd=cwd, env={**kept, **environment}, capture_output=True, text=True, timeout=60)


# The files


def test_the_linters_find_nothing() -> None:
    lint = run(tool("hadolint"), "--no-color", "Dockerfile")
    assert (lint.returncode, lint.stdout) == (0, "")
    shell = run(tool("shellcheck"), "workers/entrypoint.sh")
    assert (shell.returncode, shell.stdout) == (0, "")


def test_the_base_is_pinned_and_nobody_is_root() -> None:
    source = DOCKERFILE.read_text("utf-8")
    bases = re.findall(r"^FROM (\S+)", source, re.M)
    assert len(set(bases)) == 1
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim-\w+", bases[0])
    assert re.findall(r"^USER (\d+)$", source, re.M) == ["10001"]
    assert "HEALTHCHECK" in source


def composed(folder: Path) -> Mapping[str, Any]:
    """What Docker Compose itself makes of our file in this folder."""
    shutil.copy(ROOT / "compose.yaml", folder)
    command = [tool("docker-compose"), "--project-name", "greenlatch", "config", "--format", "json"]
    done = run(*command, cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    found: Mapping[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def compose(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    """With nothing configured."""
    return composed(tmp_path_factory.mktemp("compose"))


def test_compose_has_all_parts(compose: Mapping[str, Any]) -> None:
    assert compose["services"].keys() == {*OURS, "credentials", "redis", "postgres"}
    assert compose["volumes"].keys() == {"data", "credentials", "redis", "postgres"}
    assert "--appendonly" in compose["services"]["redis"]["command"]


@pytest.mark.parametrize("name", OURS)
def test_our_services_may_do_little(compose: Mapping[str, Any], name: str) -> None:
    service = compose["services"][name]
    assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
    assert service["image"] == "greenlatch"
    assert all(port["host_ip"] == "127.0.0.1" for port in service.get("ports", []))


def test_no_secret_is_in_an_environment(compose: Mapping[str, Any]) -> None:
    """Each comes by a file."""
    for service in compose["services"].values():
        named = {name for name in service.get("environment", {}) if re.search("SECRET|KEY|PASSWORD", name)}
        assert {name for name in named if not name.endswith(("_FILE", "_DIR"))} == set()
    assert "secrets" not in compose, "a file that is not there would keep everything from starting"
    known = {f"greenlatch_{name}" for name in Settings.model_fields}
    assert set(re.findall(r"greenlatch_[a-z_]*[a-z]", (ROOT / "compose.yaml").read_text("utf-8"))) <= known


def test_what_stands_beside_the_compose_file_is_taken(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("GREENLATCH_OPERATORS=olive\nGREENLATCH_DATA_DIR=var\n")
    for name in OURS:
        environment = composed(tmp_path)["services"][name]["environment"]
        assert (environment["GREENLATCH_OPERATORS"], environment["GREENLATCH_DATA_DIR"]) == ("olive", "/data")


def test_a_worker_is_given_the_time_that_it_takes_to_stop(compose: Mapping[str, Any]) -> None:
    stop_seconds = Settings.model_fields["stop_seconds"].default
    assert compose["services"]["worker"]["stop_grace_period"] == "2m0s"
    (worker,) = [
        one["spec"]["template"]["spec"]
        for one in manifests()
        if (one["kind"], one["metadata"]["name"]) == ("Deployment", "greenlatch-worker")
    ]
    assert worker["terminationGracePeriodSeconds"] == 120 > stop_seconds


def manifests() -> list[Mapping[str, Any]]:
    return list(yaml.safe_load_all((ROOT / "deploy" / "kubernetes.yaml").read_text("utf-8")))


def test_kubernetes_knows_what_is_asked_of_it() -> None:
    for manifest in manifests():
        validate(dict(manifest), KUBERNETES, strict=True)
    assert [one["kind"] for one in manifests()].count("Deployment") == len(OURS)


def test_probes_and_the_signal_for_more_workers_exist() -> None:
    source = (ROOT / "app.py").read_text("utf-8")
    text = (ROOT / "deploy" / "kubernetes.yaml").read_text("utf-8")
    for path in set(re.findall(r"path: (/\w+)", text)):
        assert f'@pages.get("{path}")' in source
    (metric,) = re.findall(r"metric: \{name: (\w+)\}", text)
    assert metric in (ROOT / "workers" / "metrics.py").read_text("utf-8")


def test_a_unit_of_systemd_starts_each_part_and_lets_it_stop_in_time() -> None:
    unit = configparser.ConfigParser(interpolation=None, strict=False)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    text = (ROOT / "deploy" / "greenlatch@.service").read_text("utf-8")
    unit.read_string(text)
    service = unit["Service"]
    (script,) = re.findall(r"^/bin/sh (\S+) %i$", service["ExecStart"])
    parts = set(re.findall(r"greenlatch@([\w-]+)", text.partition("[Unit]")[0]))
    assert parts == {"web", "redis", "sweeper", "worker-1", "worker-2"}
    known = re.findall(r"^([\w |*-]+)\)", (ROOT / script).read_text("utf-8"), re.M)
    patterns = [pattern.strip() for line in known for pattern in line.split("|")]
    assert all(any(fnmatch.fnmatch(part, pattern) for pattern in patterns if pattern != "*") for part in parts)
    assert int(service["TimeoutStopSec"]) > Settings.model_fields["stop_seconds"].default
    assert service["KillMode"] == "mixed", "a worker's scan is its child, and is not told to stop"
    assert service["WorkingDirectory"] == service["ReadWritePaths"]


# What is in it


@dataclass
class Image:
    """The files that the Dockerfile copies, and the environment that it sets, in folders of the test's own."""

    root: Path
    environment: dict[str, str]

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        """A part, as tini would."""
        (_, _, script) = json.loads(re.findall(r"^ENTRYPOINT (.*)$", DOCKERFILE.read_text("utf-8"), re.M)[0])
        entry = self.root / Path(script).relative_to("/srv")
        return subprocess.Popen(["sh", str(entry), *words], cwd=self.root, env=self.environment)


@pytest.fixture
def image(tmp_path: Path, postgres: PostgresServer, redis_url: str, compose: Mapping[str, Any]) -> Image:
    """A file system as Compose gives it to a container: read-only code, volumes, an empty database; and no App."""
    root = tmp_path / "srv"
    root.mkdir()
    ignored = [line for line in (ROOT / ".dockerignore").read_text("utf-8").split() if not line.startswith("!")]
    sent = {line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").split() if line.startswith("!")}
    final = DOCKERFILE.read_text("utf-8").split("\nFROM ")[-1]
    for words in re.findall(r"^COPY (?!--from)(.*)$", final, re.M):
        *sources, target = words.split()
        for source in sources:
            assert source in sent, f"{source} is not sent to the builder: see .dockerignore"
            _copy(ROOT / source, root / (target if target != "./" else source), ignored)
    variables = dict(re.findall(r"(\w+)=(\S+?)(?: \\)?$", final.partition("\nENV ")[2].partition("\nUSER")[0], re.M))
    variables |= compose["services"]["web"]["environment"]
    for volume in compose["services"]["web"]["volumes"]:
        folder = tmp_path / volume["target"].strip("/").replace("/", "-")
        folder.mkdir()
        variables = {name: _moved(value, volume["target"], folder) for name, value in variables.items()}
    environment = variables | {
        "PATH": f"{BINARIES}:{os.environ['PATH']}",
        "GREENLATCH_BIND": f"127.0.0.1:{free_port()}",
        "GREENLATCH_DATABASE_URL": postgres.create(),
        "GREENLATCH_REDIS_URL": redis_url,
        "GREENLATCH_SETUP_TOKEN": TOKEN,
    }
    return Image(root, environment)


def _moved(value: str, target: str, folder: Path) -> str:
    """A path, or several, with what lies below `target` in another folder."""
    return re.sub(rf"(^|:){target}(?=[/:]|$)", rf"\g<1>{folder}", value)


def configure(image: Image, private_key: str) -> None:
    """By hand: every secret in a file."""
    secrets = Path(image.environment["GREENLATCH_SECRETS_DIR"].rpartition(":")[2])
    (secrets / "greenlatch_webhook_secret").write_text(SECRET)
    (secrets / "greenlatch_private_key").write_text(private_key)
    image.environment |= {"GREENLATCH_APP_ID": "7", "GREENLATCH_GITHUB_URL": "http://127.0.0.1:9"}


def _copy(source: Path, target: Path, ignored: list[str]) -> None:
    if source.is_file():
        shutil.copy(source, target)
        return

    def left_out(folder: str, names: list[str]) -> set[str]:
        below = {name: (Path(folder) / name).relative_to(ROOT).as_posix() for name in names}
        return {name for name, path in below.items() if any(_matches(path, one) for one in ignored)}

    shutil.copytree(source, target, ignore=left_out)


def _matches(path: str, pattern: str) -> bool:
    if pattern.startswith("**/"):
        return fnmatch.fnmatch(path.rpartition("/")[2], pattern[3:])
    return path == pattern


@contextmanager
def parts_of(image: Image) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    started: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name in OURS:
            started[name] = image.start(name)
        yield started
    finally:
        for process in started.values():
            process.send_signal(signal.SIGTERM)
        for process in started.values():
            process.wait(60)


def test_the_parts_of_the_image_work_together_and_stop_in_order(image: Image, private_key: str) -> None:
    """On PostgreSQL, with every secret in a file; the web part makes the tables while the others wait for them."""
    configure(image, private_key)
    url = f"http://{image.environment['GREENLATCH_BIND']}"
    with parts_of(image) as parts:
        wait_for(lambda: health(url, parts).get("status") == "ok", "all parts are well", seconds=90)
        assert image.start("python", "-m", "workers", "healthy", "--url", f"{url}/readyz").wait(60) == 0
        for process in parts.values():
            process.send_signal(signal.SIGTERM)
        assert {name: process.wait(60) for name, process in parts.items()} == dict.fromkeys(OURS, 0)


def test_parts_that_are_started_with_nothing_configured_are_led_to_the_setup_and_go_on(
    image: Image, tmp_path: Path
) -> None:
    """As `docker compose up` starts them: healthy while they wait, and nothing is started again afterwards."""
    url = f"http://{image.environment['GREENLATCH_BIND']}"
    browser = requests.Session()
    with SandboxServer(SandboxState(tmp_path / "repositories")) as github, parts_of(image) as parts:
        wait_for(lambda: health(url, parts).get("hint") == "open /setup", "the setup is served", seconds=90)
        assert image.start("python", "-m", "workers", "healthy", "--url", f"{url}/readyz").wait(60) == 0
        choose = {"github": github.url, "public": url}
        assert browser.get(f"{url}/setup/", headers={"X-Forwarded-For": "203.0.113.9"}, timeout=10).status_code == 403
        browser.get(f"{url}/setup/", params={"token": TOKEN}, timeout=10)
        page = browser.get(f"{url}/setup/", params=choose, timeout=10).text
        created = browser.get(created_by(page), timeout=30)
        assert "GitHub took them" in created.text
        wait_for(lambda: health(url, parts).get("status") == "ok", "all parts are well", seconds=90)
    stored = Path(image.environment["GREENLATCH_ENV_FILE"])
    assert (stored.parent, stat.S_IMODE(stored.stat().st_mode)) == (tmp_path / "data", 0o600)


def created_by(page: str) -> str:
    """Presses both buttons, ours and GitHub's; where the browser is sent back to."""
    (action,) = re.findall(r'<form class="actions" method="post" action="([^"]+)"', page)
    (manifest,) = re.findall(r'name="manifest" value="([^"]+)"', page)
    create = unescape(action).replace("/new?", "?")
    made = requests.post(create, data={"manifest": unescape(manifest)}, allow_redirects=False, timeout=10)
    return made.headers["Location"]


def test_the_password_of_the_database_is_made_once(image: Image) -> None:
    file = Path(image.environment["GREENLATCH_SECRETS_DIR"].partition(":")[0]) / "greenlatch_database_password"
    assert image.start("credentials").wait(60) == 0
    made = file.read_text()
    assert re.fullmatch(r"[0-9a-f]{64}\n", made)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert image.start("credentials").wait(60) == 0
    assert file.read_text() == made


def health(url: str, parts: Mapping[str, subprocess.Popen[bytes]]) -> Mapping[str, object]:
    assert {name: process.poll() for name, process in parts.items()} == dict.fromkeys(OURS)
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=5) as answer:
            body = answer.read()
    except urllib.error.HTTPError as error:
        body = error.read()
    except OSError:
        return {}
    found: Mapping[str, object] = json.loads(body)
    return found
