"""Nested relationship not chained (BR-ASYNC-002)

The query loaded the parent's relationship eagerly, but not the next link of the
chain. Reading that link emits SQL where nothing can be awaited.

Bad:

    battles = await session.scalars(select(Battle).options(selectinload(Battle.performers)))
    return [p.dancer.blaze for battle in battles for p in battle.performers]

Good:

    option = selectinload(Battle.performers).selectinload(Performer.dancer)
    battles = await session.scalars(select(Battle).options(option))
    return [p.dancer.blaze for battle in battles for p in battle.performers]

Fix (safe): chains the next link to the loader option, at the queries whose results
reach the read and at no others.

Silent on: the same as BR-ASYNC-001, and on the way back from a child to the parent
that it was loaded with, which needs no SQL.
"""

from __future__ import annotations

from collections.abc import Iterable

from rules.analysis.accesses import Access
from rules.finding import Finding, Severity
from rules.grouping import Facts, findings, is_expired_or_detached, is_nested
from rules.rule import Rule


class UnchainedLoad(Rule[Facts]):
    id = "BR-ASYNC-002"
    severity = Severity.ERROR

    def check(self, facts: Facts) -> Iterable[Finding]:
        accesses = (
            access
            for access in facts.analysis.accesses
            if access.relationship and not is_expired_or_detached(access) and is_nested(access)
        )
        return findings(facts, self.id, self.severity, accesses, message, note)


def message(access: Access) -> str:
    if not access.path:
        return (
            f"`{access.model.name}.{access.attribute}` is mapped eagerly, but the eager load stopped before it, "
            "where its path would return to a class it came from; reading it here emits SQL and fails"
        )
    owner, link = access.path[-1]
    return (
        f"`{access.model.name}.{access.attribute}` was not loaded with `{owner.name}.{link}`; "
        "reading it here emits SQL and fails"
    )


def note(access: Access) -> str:
    if not access.path:
        return f"`{access.model.name}` is loaded without `{access.attribute}`"
    chain = ".".join(name for _, name in access.path)
    root = access.path[0][0].name
    return f"`{root}` is loaded with `{chain}`, but without `{access.attribute}` below it"
