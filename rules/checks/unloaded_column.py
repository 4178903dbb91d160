"""Column that is not loaded (BR-ASYNC-004)

The database fills in some columns by itself. After an UPDATE, SQLAlchemy unloads
those with an SQL `onupdate`, also with `expire_on_commit=False`; deferred columns
and those that `load_only()` leaves out were never loaded. Reading one of them
emits SQL where nothing can be awaited.

Bad:

    job.status = "done"
    await session.commit()
    return job.updated_at

Good:

    job.status = "done"
    await session.commit()
    await session.refresh(job)
    return job.updated_at

Fix (safe): refreshes the instance before the read.

Silent on: values that the database gives at INSERT where `eager_defaults` fetches
them, an `onupdate` that is a Python callable, columns that were set explicitly.
"""

from __future__ import annotations

from collections.abc import Iterable

from rules.analysis.accesses import Access
from rules.finding import Finding, Severity
from rules.grouping import Facts, findings, is_expired_or_detached
from rules.rule import Rule


class UnloadedColumn(Rule[Facts]):
    id = "BR-ASYNC-004"
    severity = Severity.ERROR

    def check(self, facts: Facts) -> Iterable[Finding]:
        accesses = (
            access
            for access in facts.analysis.accesses
            if not access.relationship and not is_expired_or_detached(access)
        )
        return findings(facts, self.id, self.severity, accesses, message, note)


def message(access: Access) -> str:
    name = f"`{access.model.name}.{access.attribute}`"
    if access.cause.kind == "defer":
        return f"{name} is deferred and was not loaded; reading it here emits SQL and fails"
    return f"{name} was unloaded by the UPDATE, since the database computes it; reading it here emits SQL and fails"


def note(access: Access) -> str:
    if access.cause.kind == "defer":
        return f"`{access.model.name}` is loaded without the column `{access.attribute}`"
    return f"the flush leaves `{access.attribute}` unloaded: the database computes it"
