"""Queries for performers."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from battle_app.models import Performer


class PerformerRepository:
    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def get_by_category(self, category_id: int) -> Sequence[Performer]:
        result = await self.session.execute(
            select(Performer)
            .options(selectinload(Performer.dancer))
            .where(Performer.category_id == category_id)
            .order_by(Performer.seed)
        )
        return result.scalars().all()
