"""Composes the digest of a reader's day, and shows it."""

import logging
from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from digest_api.models import Content, Digest, DigestEntry, Reading
from digest_api.schemas import DigestItem, DigestResponse
from digest_api.services.selector import DigestSelector

logger = logging.getLogger(__name__)


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

    async def show(self, reader_id: int, day: date) -> DigestResponse | None:
        digest = await self._find(reader_id, day)
        if digest is None:
            return None
        available = await self._available(digest)
        minutes = sum(content.minutes for content in available)
        return await self._build_digest_response(digest, minutes)

    async def _find(self, reader_id: int, day: date) -> Digest | None:
        result = await self.session.execute(
            select(Digest)
            .options(selectinload(Digest.entries))
            .where(Digest.reader_id == reader_id, Digest.day == day)
        )
        return result.scalar_one_or_none()

    async def _available(self, digest: Digest) -> Sequence[Content]:
        wanted = [entry.content_id for entry in digest.entries]
        result = await self.session.execute(
            select(Content).where(Content.id.in_(wanted), Content.withdrawn.is_(False))
        )
        return result.scalars().all()

    async def _build_digest_response(self, digest: Digest, reading_minutes: int) -> DigestResponse:
        read = set(
            await self.session.scalars(select(Reading.content_id).where(Reading.reader_id == digest.reader_id))
        )
        items: list[DigestItem] = []
        for entry in digest.entries:
            content = await self.session.scalar(
                select(Content).options(selectinload(Content.source)).where(Content.id == entry.content_id)
            )
            if content is None or content.withdrawn:
                logger.warning("digest %s lost its article %s", digest.id, entry.content_id)
                continue
            items.append(
                DigestItem(
                    content_id=content.id,
                    rank=entry.rank,
                    title=content.title,
                    url=content.url,
                    minutes=content.minutes,
                    source_name=content.source.name,
                    source_theme=content.source.theme,
                    is_read=content.id in read,
                )
            )
        return DigestResponse(
            reader_id=digest.reader_id,
            day=digest.day,
            reading_minutes=reading_minutes,
            items=items,
        )
