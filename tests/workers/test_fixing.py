"""The fixes that are committed together: as many as go, verified as a whole."""

from __future__ import annotations

import pytest

from bot.config import DEFAULT
from rules.analyze import analyze
from rules.project import MemoryProject, OverlayProject, Project
from rules.reading import Memory
from tests.system.stack import LAZY, MODELS, SERVICE
from workers.fixing import Repair, repaired
from workers.look import Look, look, look_at

TWO_RELATIONSHIPS = (
    MODELS
    + """

class Tag(Base):
    __tablename__ = "tags"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
"""
)
TAGGED = TWO_RELATIONSHIPS.replace(
    'relationship(back_populates="author")',
    'relationship(back_populates="author")\n    tags: Mapped[list["Tag"]] = relationship()',
)
BOTH = """

async def both(session: AsyncSession) -> list[int]:
    user = (await session.scalars(select(User))).one()
    return [len(user.posts), len(user.tags)]
"""


def repair(files: dict[str, str], base: dict[str, str], *, only: str = "") -> Repair | None:
    head, before, memory = MemoryProject(files), MemoryProject(base), Memory()
    seen = look("a" * 40, head, before, DEFAULT, (), {}, lambda _: None, memory)
    wanted = [one for one in seen.result.new if one.safe_fix and one.attribute.startswith(only)]

    def again(project: Project) -> Look:
        return look_at("a" * 40, project, before, seen.before, DEFAULT, (), {}, memory)

    return repaired(head, seen, wanted, again, memory=memory)


def left(files: dict[str, str], done: Repair) -> list[str]:
    fixed = OverlayProject(MemoryProject(files), done.files)
    return [finding.attribute for finding in analyze(fixed, fixes=False).findings]


def test_fixes_of_one_query_go_into_one_commit() -> None:
    base = {"models.py": TAGGED, "service.py": SERVICE}
    files = {**base, "service.py": SERVICE + BOTH}
    done = repair(files, base)
    assert done is not None
    assert sorted(finding.attribute for finding in done.applied) == ["posts", "tags"]
    assert left(files, done) == []
    assert done.patch.count("--- a/service.py") == 1


def test_only_what_is_meant_is_fixed() -> None:
    base = {"models.py": TAGGED, "service.py": SERVICE}
    files = {**base, "service.py": SERVICE + BOTH}
    done = repair(files, base, only="tags")
    assert done is not None
    assert [finding.attribute for finding in done.applied] == ["tags"]
    assert left(files, done) == ["posts"]


@pytest.mark.parametrize("number", [1, 15])
def test_many_of_them(number: int) -> None:
    base = {"models.py": MODELS, "service.py": SERVICE}
    lazy = "".join(LAZY.replace("titles", f"titles_{index}") for index in range(number))
    files = {**base, "service.py": SERVICE + lazy}
    done = repair(files, base)
    assert done is not None
    assert (len(done.applied), left(files, done)) == (number, [])


def test_nothing_to_fix() -> None:
    base = {"models.py": MODELS, "service.py": SERVICE}
    assert repair(base, base) is None
