"""Chooses the articles of a digest: the newest ones, spread over the themes."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from digest_api.models import Content, Reading

CANDIDATES = 50


class DigestSelector:
    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def choose(self, reader_id: int, size: int) -> list[Content]:
        by_theme: dict[str, list[Content]] = defaultdict(list)
        for content in await self._candidates(reader_id):
            by_theme[content.source.theme].append(content)
        chosen: list[Content] = []
        while by_theme and len(chosen) < size:
            for theme in sorted(by_theme):
                chosen.append(by_theme[theme].pop(0))
                if not by_theme[theme]:
                    del by_theme[theme]
        return chosen[:size]

    async def _candidates(self, reader_id: int) -> Sequence[Content]:
        read = select(Reading.content_id).where(Reading.reader_id == reader_id)
        result = await self.session.execute(
            select(Content)
            .options(selectinload(Content.source))
            .where(Content.withdrawn.is_(False), Content.id.not_in(read))
            .order_by(Content.published_at.desc(), Content.id)
            .limit(CANDIDATES)
        )
        return result.scalars().all()
