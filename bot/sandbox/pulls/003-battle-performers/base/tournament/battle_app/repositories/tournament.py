"""Queries for tournaments and their categories."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from battle_app.models import Category, Tournament


class TournamentRepository:
    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def get(self, tournament_id: int) -> Tournament | None:
        return await self.session.get(Tournament, tournament_id)

    async def categories(self, tournament_id: int) -> Sequence[Category]:
        result = await self.session.execute(
            select(Category).where(Category.tournament_id == tournament_id).order_by(Category.id)
        )
        return result.scalars().all()
