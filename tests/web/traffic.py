"""A week and more of a busy installation, written straight into the database: for the speed of pages, and pictures."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import insert

from workers import models
from workers.database import Database
from workers.models import DeliveryState, Said, ScanState, now

RULES = ("BR-ASYNC-001", "BR-ASYNC-001", "BR-ASYNC-001", "BR-ASYNC-002", "BR-ASYNC-003", "BR-ASYNC-004", "BR-DEP-001")
TITLES = ("Load invoices lazily", "Move exports to a job", "Cache the price list", "Show authors", "Split the session")
PEOPLE = ("wendy", "omar", "lin", "pavel", "ines")
FIRST_ID = 500_000


@dataclass(frozen=True)
class Traffic:
    """`scans` on each day, for `pulls` pull requests in each of `repositories` (id and name)."""

    repositories: Sequence[tuple[int, str]]
    installation_id: int
    days: int
    scans: int
    pulls: int


def fill(database: Database, traffic: Traffic) -> None:
    """The same for every call with the same traffic."""
    dice = random.Random(7)
    end = now()
    scans: list[dict[str, object]] = []
    findings: list[dict[str, object]] = []
    counts: Counter[tuple[int, date, str]] = Counter()
    deliveries: list[dict[str, object]] = []
    for number in range(traffic.days * traffic.scans):
        at = end - timedelta(days=traffic.days) + timedelta(days=number / traffic.scans)
        scan_id, repository = FIRST_ID + number, dice.choice(traffic.repositories)[0]
        took = dice.lognormvariate(1.6, 0.5)
        found = dice.choice((0, 0, 0, 1, 1, 2, 4)) if at.weekday() < 5 else dice.choice((0, 0, 1))
        deliveries.append(_delivery(scan_id, at, took))
        scans.append(_scan(scan_id, repository, dice.randint(1, traffic.pulls), at, took, bad=bool(found)))
        for _ in range(found):
            rule = dice.choice(RULES)
            findings.append(_finding(scan_id, rule, len(findings)))
            counts[repository, (at + timedelta(seconds=took)).date(), rule] += 1
    with database.transaction() as session:
        session.execute(insert(models.Installation), [{"id": traffic.installation_id, "account": "octo"}])
        session.execute(
            insert(models.Repository),
            [
                {"id": key, "full_name": name, "installation_id": traffic.installation_id}
                for key, name in traffic.repositories
            ],
        )
        session.execute(insert(models.PullRequest), [*_pulls(traffic, dice, end)])
        session.execute(insert(models.Delivery), deliveries)
        session.execute(insert(models.Scan), scans)
        session.execute(insert(models.ScanFinding), findings)
        session.execute(
            insert(models.RuleDay),
            [
                {"repository_id": key, "day": day, "rule": rule, "found": count}
                for (key, day, rule), count in counts.items()
            ],
        )


def _pulls(traffic: Traffic, dice: random.Random, end: datetime) -> list[dict[str, object]]:
    return [
        {
            "repository_id": repository,
            "number": number,
            "head_sha": f"{number:040x}",
            "title": dice.choice(TITLES),
            "author": dice.choice(PEOPLE),
            "is_open": number % 4 == 0,
            "updated_at": end - timedelta(minutes=dice.randint(1, 60 * 24 * traffic.days)),
        }
        for repository, _ in traffic.repositories
        for number in range(1, traffic.pulls + 1)
    ]


def _delivery(key: int, at: datetime, took: float) -> dict[str, object]:
    return {
        "id": key,
        "guid": f"00000000-0000-4000-8000-{key:012d}",
        "event": "pull_request",
        "action": "synchronize",
        "payload": b"{}",
        "received_at": at,
        "finished_at": at + timedelta(seconds=took / 10),
        "state": DeliveryState.DONE,
        "outcome": f"scan {key} asked for",
    }


def _scan(key: int, repository: int, number: int, at: datetime, took: float, *, bad: bool) -> dict[str, object]:
    return {
        "id": key,
        "repository_id": repository,
        "number": number,
        "head_sha": f"{key:040x}",
        "base_sha": f"{number:040x}",
        "delivery_id": key,
        "asked_by": "new commits",
        "state": ScanState.DONE,
        "conclusion": "failure" if bad else "success",
        "check_run_ended": True,
        "created_at": at,
        "started_at": at,
        "finished_at": at + timedelta(seconds=took),
        "timings": {"fetch": took / 3, "head": took / 2},
    }


def _finding(scan_id: int, rule: str, number: int) -> dict[str, object]:
    return {
        "scan_id": scan_id,
        "fingerprint": f"{number:016x}",
        "rule": rule,
        "severity": "error",
        "confidence": "high",
        "path": "shop/services/orders.py",
        "line": 20,
        "message": "`Order.lines` was not loaded with `Order`; reading it here emits SQL and fails",
        "is_new": True,
        "said": Said.INLINE,
    }
