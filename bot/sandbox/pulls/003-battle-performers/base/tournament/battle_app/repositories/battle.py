"""Queries for battles."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from battle_app.models import Battle, BattlePhase, BattleStatus, Category, Performer


class BattleRepository:
    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def count_for_dancer(self, dancer_id: int) -> int:
        statement = select(func.count()).select_from(Battle).join(Battle.performers)
        return await self.session.scalar(statement.where(Performer.dancer_id == dancer_id)) or 0

    async def get_by_category_and_status(self, category_id: int, status: BattleStatus) -> Sequence[Battle]:
        result = await self.session.execute(
            select(Battle)
            .options(selectinload(Battle.performers))
            .where(Battle.category_id == category_id, Battle.status == status)
        )
        return result.scalars().all()

    async def get_by_phase(self, category_id: int, phase: BattlePhase) -> Sequence[Battle]:
        result = await self.session.execute(
            select(Battle)
            .options(selectinload(Battle.performers))
            .where(Battle.category_id == category_id, Battle.phase == phase)
        )
        return result.scalars().all()

    async def get_by_status(self, status: BattleStatus) -> Sequence[Battle]:
        result = await self.session.execute(
            select(Battle).options(selectinload(Battle.performers)).where(Battle.status == status)
        )
        return result.scalars().all()

    async def get_by_tournament_and_status(self, tournament_id: int, status: BattleStatus) -> Sequence[Battle]:
        result = await self.session.execute(
            select(Battle)
            .join(Category, Battle.category_id == Category.id)
            .options(selectinload(Battle.performers))
            .where(Category.tournament_id == tournament_id, Battle.status == status)
        )
        return result.scalars().all()
