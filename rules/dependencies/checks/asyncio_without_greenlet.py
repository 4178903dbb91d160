"""Asyncio without greenlet (BR-DEP-001)

SQLAlchemy's asyncio runs on greenlet. A plain `sqlalchemy` requires it only on
some platforms and Python versions, and from 2.1 on nowhere: installed without
it, the import or the first statement fails.

Bad:

    # requirements.txt
    sqlalchemy==2.0.44

Good:

    # requirements.txt
    sqlalchemy[asyncio]==2.0.44

Fix (safe): asks for the `asyncio` extra, or adds greenlet where SQLAlchemy
comes with another package.

An error where greenlet is missing everywhere, a warning where it depends on
the platform or the Python version.

Silent on: code that does not use `sqlalchemy.ext.asyncio`; greenlet that is
declared, or comes with another extra (`aiosqlite`, `postgresql-asyncpg`), a
package known to require it, conda, or a lock; projects that get SQLAlchemy
from a place whose version nobody can see, or by a line that nobody can read.
"""

from __future__ import annotations

from collections.abc import Iterator

from packaging.version import Version

from rules.dependencies import edits
from rules.dependencies.declared import Declared
from rules.dependencies.environments import describe
from rules.dependencies.facts import DependencyFacts, Way
from rules.dependencies.guarantee import installations, is_explicit, unguarded
from rules.dependencies.locking import command_for
from rules.dependencies.making import finding, fix, read_of, step
from rules.dependencies.packages import newest_release
from rules.dependencies.tree import Root
from rules.dependencies.usage import AsyncUse
from rules.finding import Confidence, Finding, Fix, Severity, Step
from rules.rule import Rule

_FLOOR = "1"
"""The lower bound that SQLAlchemy itself sets for greenlet."""


class AsyncioWithoutGreenlet(Rule[DependencyFacts]):
    id = "BR-DEP-001"
    severity = Severity.ERROR

    def check(self, facts: DependencyFacts) -> Iterator[Finding]:
        for unit in facts.with_async_code():
            if unit.code.async_use is None:
                continue
            used, use = unit.code.async_use
            origin = Step(used.path, use.line, use.column, f"`{use.name}` needs greenlet")
            missing = {source.location: way for way, source in unguarded(unit)}
            for way in installations(unit):
                if way.sqlalchemy is None:
                    continue
                if missing.get(way.sqlalchemy.location) is way:
                    yield self._missing(facts, way, way.sqlalchemy, use, origin)
                elif facts.policy.require_explicit_greenlet and not is_explicit(unit, way):
                    yield self._implicit(facts, way.sqlalchemy, origin)

    def _missing(self, facts: DependencyFacts, way: Way, source: Declared, use: AsyncUse, origin: Step) -> Finding:
        trace = [origin, *_lock_step(way), step(source.location, _what_arrives(way))]
        return finding(
            self.id,
            _message(way, source, use),
            Severity.ERROR if way.arrival.certain else Severity.WARNING,
            [read_of(self.id, source, trace)],
            origin,
            attribute="greenlet",
            confidence=_confidence(way.root),
            fixes=_fixes(facts, way, source),
        )

    def _implicit(self, facts: DependencyFacts, source: Declared, origin: Step) -> Finding:
        """greenlet arrives, but not by its own name, and the team wants that."""
        return finding(
            self.id,
            f"greenlet is not declared by its own name beside `{source.text}`, as `require-explicit-greenlet` asks",
            Severity.WARNING,
            [read_of(self.id, source, [origin, step(source.location, "greenlet comes along with this")], "explicit")],
            origin,
            attribute="greenlet",
            fixes=_add_greenlet(facts, source),
        )


def _lock_step(way: Way) -> list[Step]:
    lock = way.root.lock
    if not way.arrival.from_lock or lock is None or lock.lock is None:
        return []
    line = next((package.line for package in lock.lock.packages if package.name == "sqlalchemy"), 1)
    return [Step(lock.path, line, 1, f"the lock holds SQLAlchemy {way.version}")]


def _what_arrives(way: Way) -> str:
    where = describe(way.arrival.missing, way.arrival.considered)
    return f"brings SQLAlchemy {way.version} without greenlet{f' {where}' if where else ''}"


def _message(way: Way, source: Declared, use: AsyncUse) -> str:
    where = describe(way.arrival.missing, way.arrival.considered)
    effect = _effect(way, use)
    if not where:
        return f"`{source.text}` brings no greenlet; {effect}"
    return f"`{source.text}` brings no greenlet {where}; there {effect}"


def _effect(way: Way, use: AsyncUse) -> str:
    """What SQLAlchemy does without greenlet: 2.1 refuses the import, older ones the first statement."""
    newest = max(way.arrival.versions)
    if newest >= Version("2.1.0b1"):
        series = f"{newest.major}.{newest.minor}"
        return f"`{use.name}` fails: SQLAlchemy {series} raises ImportError for `sqlalchemy.ext.asyncio`"
    return f"the first statement after `{use.name}` fails with ValueError"


def _confidence(root: Root) -> Confidence:
    """Less than high where something is installed of which nobody can see what it requires."""
    unseen = root.manifest.problems or any(item.url and not item.local for item in root.requirements)
    return Confidence.MEDIUM if unseen else Confidence.HIGH


def _fixes(facts: DependencyFacts, way: Way, source: Declared) -> tuple[Fix, ...]:
    if way.root.manifest.generated is not None and source.location.path == way.root.path:
        return ()
    if source.name != "sqlalchemy":
        return _add_greenlet(facts, source)
    text = facts.text(source.location.path)
    after = f", then run `{command}`" if (command := _relock(way.root)) else ""
    title = f"Ask for the `asyncio` extra of SQLAlchemy{after}"
    return fix(title, lambda: edits.add_extra(text, source, "asyncio")) or _add_greenlet(facts, source)


def _add_greenlet(facts: DependencyFacts, source: Declared) -> tuple[Fix, ...]:
    text = facts.text(source.location.path)
    version = edits.pinned_like(source, newest_release("greenlet"), _FLOOR)
    return fix("Declare greenlet", lambda: edits.add_after(text, source, "greenlet", version))


def _relock(root: Root) -> str:
    return command_for(root.lock.path) if root.lock else ""
