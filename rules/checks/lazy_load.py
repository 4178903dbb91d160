"""Lazy load in async code (BR-ASYNC-001)

Under `AsyncSession`, reading a relationship that the query did not load emits
SQL where nothing can be awaited, and fails with `MissingGreenlet`. Changing a
collection that was not loaded (`append`, assignment) reads it first.

Bad:

    user = await session.get(User, user_id)
    return [post.title for post in user.posts]

Good:

    user = await session.get(User, user_id, options=[selectinload(User.posts)])
    return [post.title for post in user.posts]

Fix (safe): adds the missing loader option to the query that made the instance.

Silent on: reads inside `run_sync()` or through `awaitable_attrs`, instances whose
origin the analysis cannot see, many-to-one targets that the session holds already,
and code on synchronous sessions. Less sure (medium): a many-to-one whose target might
be the user that a dependency gave, where nothing compares the two, or an object that a
caller gave, where the query has no condition; what that user has loaded, read from the
user whom a row's foreign key leads to; and reads inside of `try` whose handler takes
every error without a word.
"""

from __future__ import annotations

from collections.abc import Iterable

from rules.analysis.accesses import Access
from rules.finding import Finding, Severity
from rules.grouping import Facts, findings, is_expired_or_detached, is_nested
from rules.rule import Rule


class LazyLoad(Rule[Facts]):
    id = "BR-ASYNC-001"
    severity = Severity.ERROR

    def check(self, facts: Facts) -> Iterable[Finding]:
        accesses = (
            access
            for access in facts.analysis.accesses
            if access.relationship and not is_expired_or_detached(access) and not is_nested(access)
        )
        return findings(facts, self.id, self.severity, accesses, message, note)


_DOES = {"append": "changing", "assign": "assigning", "serialise": "serialising", "iterate": "running"}


def message(access: Access) -> str:
    name = f"{access.model.name}.{access.attribute}"
    doing = _DOES.get(access.operation, "reading")
    if access.origin.kind == "construct":
        return (
            f"`{name}` was never set on the new `{access.model.name}`; {doing} it after the flush emits SQL and fails"
        )
    return f"`{name}` was not loaded with `{access.model.name}`; {doing} it here emits SQL and fails"


def note(access: Access) -> str:
    if access.origin.kind == "construct":
        return f"the new `{access.model.name}` is made without `{access.attribute}`"
    return f"`{access.model.name}` is loaded without `{access.attribute}`"
