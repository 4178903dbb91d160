"""Figures of a running tournament. They count performers and name none."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from battle_app.models import BattlePhase, BattleStatus
from battle_app.repositories.battle import BattleRepository
from battle_app.repositories.performer import PerformerRepository
from battle_app.repositories.tournament import TournamentRepository


@dataclass(frozen=True)
class CategoryFigures:
    name: str
    line_up: list[str]
    in_finals: int
    fought: int


class StandingsService:
    def __init__(self, session: AsyncSession) -> None:
        self.battle_repo = BattleRepository(session)
        self.performer_repo = PerformerRepository(session)
        self.tournament_repo = TournamentRepository(session)

    async def figures(self, tournament_id: int) -> list[CategoryFigures]:
        return [
            CategoryFigures(
                name=category.name,
                line_up=await self._line_up(category.id),
                in_finals=await self._in_finals(category.id),
                fought=len(await self.battle_repo.get_by_category_and_status(category.id, BattleStatus.COMPLETED)),
            )
            for category in await self.tournament_repo.categories(tournament_id)
        ]

    async def short_battles(self) -> list[int]:
        """Pending battles which lack an opponent."""
        pending = await self.battle_repo.get_by_status(BattleStatus.PENDING)
        return [battle.id for battle in pending if len(battle.performers) < 2]

    async def seeds_left(self, tournament_id: int) -> list[int]:
        """The seeds of those who still wait for their battle."""
        pending = await self.battle_repo.get_by_tournament_and_status(tournament_id, BattleStatus.PENDING)
        return sorted({performer.seed for battle in pending for performer in battle.performers})

    async def _line_up(self, category_id: int) -> list[str]:
        performers = await self.performer_repo.get_by_category(category_id)
        return [performer.dancer.blaze for performer in performers if performer.dancer]

    async def _in_finals(self, category_id: int) -> int:
        finals = await self.battle_repo.get_by_phase(category_id, BattlePhase.FINALS)
        return len({performer.id for battle in finals for performer in battle.performers})
