"""How the end of a scan is written down: its row, its findings, and what was found for the first time."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import select
from sqlalchemy.orm import Session

from workers import models
from workers.database import insert_missing
from workers.models import ScanState, now
from workers.scans.values import Ending, Told

MAX_REASON = 2000


def write_ending(session: Session, scan: models.Scan, ending: Ending) -> None:
    scan.state, scan.reason, scan.conclusion = ending.state, ending.reason[:MAX_REASON], ending.conclusion
    scan.base_sha = ending.base_sha or scan.base_sha
    scan.check_run_ended = scan.check_run_ended or ending.check_run_ended
    scan.timings = dict(ending.timings or {})
    scan.finished_at = now()
    if ending.state is ScanState.DONE:
        scan.superseded_by = None  # whoever asked meanwhile asked for this very head
    found = list(ending.findings)
    _count_by_rule(session, scan, [told for told in found if told.is_new])
    for told in found:
        session.add(
            models.ScanFinding(
                scan_id=scan.id,
                fingerprint=told.fingerprints[0],
                fingerprints=list(told.fingerprints),
                rule=told.rule,
                severity=told.severity,
                confidence=told.confidence,
                path=told.path,
                line=told.line,
                message=told.message,
                is_new=told.is_new,
                said=told.said,
                comment_id=told.comment_id,
                detail=models.FindingDetail(detail=told.detail.to_json()) if told.detail else None,
            )
        )


def _count_by_rule(session: Session, scan: models.Scan, new: list[Told]) -> None:
    """Counts what no earlier scan of this pull request has found: each problem, also where several fail at one read."""
    known = set(
        session.scalars(
            select(models.ScanFinding.fingerprint)
            .join(models.Scan, models.Scan.id == models.ScanFinding.scan_id)
            .where(
                models.Scan.repository_id == scan.repository_id,
                models.Scan.number == scan.number,
                models.ScanFinding.fingerprint.in_({told.fingerprints[0] for told in new}),
            )
        )
    )
    for rule, count in Counter(told.rule for told in new if told.fingerprints[0] not in known).items():
        day = models.RuleDay(repository_id=scan.repository_id, day=now().date(), rule=rule, found=0)
        row = insert_missing(session, day)
        session.flush()
        row.found = models.RuleDay.found + count
