"""Logs are JSON lines with fixed names, and hold no secret."""

from __future__ import annotations

import json
import logging
import subprocess
import sys

SCRIPT = """
import logging
from workers.logs import configure_logging, get_logger
configure_logging()
get_logger("a").info("scan_started", scan=7, token="ghs_" + "a" * 40)
logging.getLogger("urllib3").warning("Authorization: Basic %s", "YWJjZGVmZ2hpamtsbW5vcA==")
logging.getLogger("github").debug("not shown")
try:
    raise ValueError("https://x-access-token:hunter2@github.com")
except ValueError:
    get_logger("b").exception("it_broke")
"""


def test_events_are_json_without_secrets() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [line["event"].split(":")[0] for line in lines] == ["scan_started", "Authorization", "it_broke"]
    assert lines[0]["scan"] == 7
    assert "ValueError" in lines[2]["exception"]
    for secret in ("a" * 40, "YWJjZGVm", "hunter2"):
        assert secret not in done.stderr
    assert logging.getLogger("github").level != logging.DEBUG


JOB = """
from workers.logs import bind, configure_logging, get_logger, job_context
configure_logging()
log = get_logger("a")
with job_context(scan=7):
    bind(repository="octo/app", number=3, delivery=5)
    log.info("scan_started")
log.info("job_is_over")
"""


def test_every_line_of_a_job_says_what_it_is_about() -> None:
    done = subprocess.run([sys.executable, "-c", JOB], capture_output=True, text=True, check=True)
    within, after = [json.loads(line) for line in done.stderr.splitlines()]
    ids = {"scan": 7, "repository": "octo/app", "number": 3, "delivery": 5}
    assert ids.items() <= within.items()
    assert not ids.keys() & after.keys()
