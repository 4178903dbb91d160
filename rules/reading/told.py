"""Reports that were made before: told again while no file has changed that was asked for when they were made."""

from __future__ import annotations

import hashlib
import marshal
from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any

from rules.cache.kept import Kept
from rules.cache.version import engine_digest
from rules.finding import Confidence, Edit, Finding, Fix, Location, Read, Safety, Severity, Step
from rules.project import Project, git_blob_id
from rules.report import Report, Skipped


class Watched:
    """A project, and what was asked of it. Every path and blob id is found out once."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._ids: dict[str, str] = {}
        self._paths = tuple(project.paths())
        self.asked: set[str] = set()
        """Files whose bytes, or their id, somebody wanted to know."""
        self.skipped, self.links = project.skipped, project.links

    def paths(self) -> Sequence[str]:
        return self._paths

    def read(self, path: str) -> bytes:
        data = self._project.read(path)
        self.asked.add(path)
        if path not in self._ids:
            self._ids[path] = git_blob_id(data)
        return data

    def blob_id(self, path: str) -> str:
        found = self.id_of(path)
        self.asked.add(path)
        return found

    def id_of(self, path: str) -> str:
        """The blob id, for nobody's use: it does not count as asked for."""
        found = self._ids.get(path)
        if found is None:
            found = self._ids[path] = self._project.blob_id(path)
        return found


class Told:
    """The reports on one project to one question."""

    def __init__(self, kept: Kept, project: Watched, question: object) -> None:
        """`question` is what the report depends on besides the project; it is compared by its `repr`."""
        self._kept = kept
        self._project = project
        given = (question, project.paths(), [(one.path, one.reason) for one in project.skipped], project.links)
        name = repr(given).encode("utf-8", "backslashreplace")
        self._key = hashlib.blake2b(name, digest_size=20, key=engine_digest()).digest()

    def find(self) -> Report | None:
        for packed in self._kept.get_many([self._key]).get(self._key, ()):
            numbers, digest, report = marshal.loads(packed)  # noqa: S302 - ours
            if self._digest(numbers) == digest:
                return _report(report)
        return None

    def keep(self, report: Report) -> None:
        numbers = tuple([number for number, path in enumerate(self._project.paths()) if path in self._project.asked])
        packed = marshal.dumps((numbers, self._digest(numbers), _pack(report)))
        self._kept.add_many({self._key: packed})

    def _digest(self, numbers: Iterable[int]) -> bytes:
        paths = self._project.paths()
        return hashlib.blake2b("".join(self._project.id_of(paths[number]) for number in numbers).encode()).digest()


_LOCATION = attrgetter(*Location.__slots__)
_STEP = attrgetter(*Step.__slots__)
_EDIT = attrgetter(*Edit.__slots__)


def _pack(report: Report) -> tuple[Any, ...]:
    return (
        tuple([_pack_finding(one) for one in report.findings]),
        tuple([(one.path, one.reason) for one in report.skipped]),
        tuple([_pack_finding(one) for one in report.suppressed]),
        dict(report.statistics),
    )


def _pack_finding(finding: Finding) -> tuple[Any, ...]:
    """Without its recipes: they have been tried."""
    return (
        finding.rule,
        finding.message,
        finding.severity.value,
        finding.confidence.value,
        tuple(
            [
                (
                    _LOCATION(read.location),
                    read.expression,
                    read.fingerprint,
                    tuple(map(_STEP, read.trace)),
                    read.identity,
                )
                for read in finding.reads
            ]
        ),
        _STEP(finding.origin),
        finding.model,
        finding.attribute,
        tuple([(fix.title, fix.safety.value, tuple(map(_EDIT, fix.edits))) for fix in finding.fixes]),
    )


def _report(packed: tuple[Any, ...]) -> Report:
    findings, skipped, suppressed, statistics = packed
    return Report(
        tuple([_finding(*one) for one in findings]),
        tuple([Skipped(*one) for one in skipped]),
        tuple([_finding(*one) for one in suppressed]),
        statistics,
    )


def _finding(
    rule: str,
    message: str,
    severity: str,
    confidence: str,
    reads: tuple[Any, ...],
    origin: tuple[Any, ...],
    model: str,
    attribute: str,
    fixes: tuple[Any, ...],
) -> Finding:
    return Finding(
        rule,
        message,
        Severity(severity),
        Confidence(confidence),
        tuple(
            [
                Read(Location(*place), text, mark, tuple([Step(*one) for one in trace]), identity)
                for place, text, mark, trace, identity in reads
            ]
        ),
        Step(*origin),
        model,
        attribute,
        tuple([Fix(title, Safety(safety), tuple([Edit(*one) for one in edits])) for title, safety, edits in fixes]),
    )
