"""Composes the digest of a reader's day."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from digest_api.models import Digest, DigestEntry
from digest_api.services.selector import DigestSelector


class DigestService:
    def __init__(self, session: AsyncSession) -> None:
        self.session = session
        self.selector = DigestSelector(session)

    async def compose(self, reader_id: int, day: date, size: int) -> int:
        """The number of entries in the digest, which is composed unless it exists."""
        digest = await self._find(reader_id, day)
        if digest is not None:
            return len(digest.entries)
        chosen = await self.selector.choose(reader_id, size)
        entries = [DigestEntry(content_id=content.id, rank=rank) for rank, content in enumerate(chosen, 1)]
        self.session.add(Digest(reader_id=reader_id, day=day, entries=entries))
        await self.session.commit()
        return len(entries)

    async def _find(self, reader_id: int, day: date) -> Digest | None:
        result = await self.session.execute(
            select(Digest)
            .options(selectinload(Digest.entries))
            .where(Digest.reader_id == reader_id, Digest.day == day)
        )
        return result.scalar_one_or_none()
