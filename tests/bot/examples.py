"""A pull request of a small application, with findings in it, as the other tests need them."""

from __future__ import annotations

from dataclasses import replace

from bot.diff import Diff, parse_diff
from bot.findings import Confidence, Finding, Fix, Read, Safety, Severity, Step
from bot.links import Links
from bot.patches import file_change

HEAD = "4f2c1a9be0d3c5a7f6e8b9d0a1c2e3f405162738"
LINKS = Links("https://github.example/acme/arena", HEAD)

REPOSITORY = """\
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from arena.models import Battle, Performer


class BattleRepository:
    async def get(self, battle_id: int) -> Battle:
        query = select(Battle).options(selectinload(Battle.performers))
        return await self.session.scalar(query.where(Battle.id == battle_id))

    async def latest(self) -> Battle:
        return await self.session.scalar(select(Battle).order_by(Battle.id.desc()).limit(1))
"""
FIXED = REPOSITORY.replace("(Battle.performers))", "(Battle.performers).selectinload(Performer.dancer))")

DIFF_TEXT = """\
diff --git a/arena/repository.py b/arena/repository.py
index 1111111..2222222 100644
--- a/arena/repository.py
+++ b/arena/repository.py
@@ -5,9 +5,9 @@ from arena.models import Battle, Performer
\x20
\x20
 class BattleRepository:
     async def get(self, battle_id: int) -> Battle:
-        query = select(Battle)
+        query = select(Battle).options(selectinload(Battle.performers))
         return await self.session.scalar(query.where(Battle.id == battle_id))
\x20
     async def latest(self) -> Battle:
         return await self.session.scalar(select(Battle).order_by(Battle.id.desc()).limit(1))
diff --git a/arena/service.py b/arena/service.py
index 3333333..4444444 100644
--- a/arena/service.py
+++ b/arena/service.py
@@ -20,4 +20,5 @@ def blazes(battle: Battle) -> list[str]:
     names = []
     for performer in battle.performers:
-        names.append(performer.name)
+        if hasattr(performer.dancer, "blaze"):
+            names.append(performer.dancer.blaze)
     return names
"""
DIFF: Diff = parse_diff(DIFF_TEXT)

FIX = Fix(
    "Load `dancer` with the query on line 9",
    Safety.SAFE,
    (file_change("arena/repository.py", REPOSITORY.encode(), FIXED.encode()),),
)

FINDING = Finding(
    rule="BR-ASYNC-002",
    title="Nested relationship not chained",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    message="`Performer.dancer` was not loaded with `Battle.performers`; reading it here fails",
    reads=(
        Read(
            "arena/service.py",
            22,
            22,
            "performer.dancer",
            "0123456789abcdef",
            trace=(
                Step("arena/routes.py", 31, "`battle` is passed to `blazes`"),
                Step("arena/service.py", 21, "`performer` is an element of `battle.performers`"),
            ),
        ),
        Read("arena/service.py", 23, 23, "performer.dancer", "fedcba9876543210"),
    ),
    origin=Step("arena/repository.py", 9, "the query loads `performers` and stops there"),
    model="Performer",
    attribute="dancer",
    fixes=(FIX,),
)


def finding(
    *,
    path: str = "arena/service.py",
    line: int = 22,
    fingerprint: str = "0123456789abcdef",
    severity: Severity = Severity.ERROR,
    confidence: Confidence = Confidence.HIGH,
    is_new: bool = True,
    origin: Step | None = None,
    fixes: tuple[Fix, ...] = (),
    message: str = FINDING.message,
    trace: tuple[Step, ...] = (),
) -> Finding:
    """A finding with one read, like FINDING in all that is not given."""
    read = Read(path, line, line, "performer.dancer", fingerprint, trace, is_new)
    return replace(
        FINDING,
        reads=(read,),
        severity=severity,
        confidence=confidence,
        origin=origin or Step("arena/models.py", 3, "a cause outside of the diff"),
        fixes=fixes,
        message=message,
    )
