"""Suppression comment that suppresses nothing (BR-SUP-001)

A `greenlatch: ignore` comment hides findings on its statement. When nothing is
found there any more, the comment only waits to hide the next bug.

Bad:

    user = await session.get(User, user_id, options=[selectinload(User.posts)])
    return user.posts  # greenlatch: ignore[BR-ASYNC-001] loaded by the caller

Good:

    user = await session.get(User, user_id, options=[selectinload(User.posts)])
    return user.posts

Fix (safe): removes the comment, or those of its rules that suppress nothing.

Silent on: comments that name BR-SUP-001 themselves, and statements that such a
comment covers.
"""

from __future__ import annotations

from rules.finding import Finding, Severity
from rules.rule import Rule
from rules.source.comments import UNUSED


class UnusedSuppression(Rule[object]):
    id = UNUSED
    severity = Severity.NOTICE

    def check(self, facts: object) -> tuple[Finding, ...]:
        """Nothing: what is unused shows only after all rules spoke, and `apply_suppressions` tells it then."""
        return ()
