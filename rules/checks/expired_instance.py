"""Expired or detached instance (BR-ASYNC-003)

A commit (unless the session keeps values with `expire_on_commit=False`), every
rollback, `expire()` and `expire_all()` unload what was loaded, the primary key
included; `refresh()` and `expire()` do so to whatever the object cascades to
(`cascade="all"`); leaving the session detaches its instances, so that what was not
loaded can never be. The next read raises `MissingGreenlet` or `DetachedInstanceError`.

Bad:

    try:
        await session.commit()
    except IntegrityError:
        await session.rollback()
        log.warning("duplicate of %s", owner.email)

Good:

    email = owner.email
    try:
        await session.commit()
    except IntegrityError:
        await session.rollback()
        log.warning("duplicate of %s", email)

Fix (safe): refreshes the instance before the first read, or keeps the value before
the session forgets it. Fix (unsafe): `expire_on_commit=False` at the session factory.

Silent on: commits of sessions whose factory is not known or keeps values, new
objects that a rollback makes transient again, and instances that a later query may
have refreshed.
"""

from __future__ import annotations

from collections.abc import Iterable

from rules.analysis.accesses import Access
from rules.finding import Finding, Severity
from rules.grouping import Facts, findings, is_expired_or_detached
from rules.rule import Rule


class ExpiredInstance(Rule[Facts]):
    id = "BR-ASYNC-003"
    severity = Severity.ERROR

    def check(self, facts: Facts) -> Iterable[Finding]:
        accesses = (access for access in facts.analysis.accesses if is_expired_or_detached(access))
        return findings(facts, self.id, self.severity, accesses, message, note)


_EXPIRED = {
    "commit": "the commit expired the instance",
    "rollback": "the rollback expired the instance, which `expire_on_commit=False` does not prevent",
    "expire": "it was expired",
    "refresh": "the refresh unloaded it",
}

_CASCADED = "what it belongs to was refreshed or expired, and cascades to it"


def message(access: Access) -> str:
    name = f"`{access.model.name}.{access.attribute}`"
    if access.detached:
        if access.cause.kind in ("commit", "rollback", "expire"):
            return f"{name} was expired and its session is closed; reading it here raises DetachedInstanceError"
        return f"{name} was not loaded before its session was closed; reading it here raises DetachedInstanceError"
    why = _CASCADED if access.cause.note == "cascade" else _EXPIRED.get(access.cause.kind, "it was unloaded")
    return f"{name} is not loaded any more: {why}; reading it here emits SQL and fails"


_NOTES = {
    "commit": "the commit expires every instance of the session",
    "rollback": "the rollback expires every instance of the session",
    "expire": "the instance is expired",
    "close": "the session is closed: its instances are detached",
    "expunge": "the instance is taken out of its session",
    "refresh": "the refresh reloads columns and eager relationships alone",
}


def note(access: Access) -> str:
    if access.cause.note == "cascade":
        return "the instance is expired with its owner, which loads it again only where that is eager"
    found = _NOTES.get(access.cause.kind)
    if found is not None:
        return found
    return f"`{access.model.name}` is loaded without `{access.attribute}`"
