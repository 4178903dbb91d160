"""What the command center shows on the day of the event."""

from dataclasses import dataclass

from battle_app.models import Battle, BattleStatus
from battle_app.repositories.battle import BattleRepository
from battle_app.repositories.tournament import TournamentRepository


@dataclass(frozen=True)
class Pairing:
    battle_id: int
    performer1_name: str
    performer2_name: str


@dataclass(frozen=True)
class CommandCenter:
    tournament_name: str
    pairings: list[Pairing]
    completed: int
    total: int


class EventService:
    def __init__(self, battle_repo: BattleRepository, tournament_repo: TournamentRepository) -> None:
        self.battle_repo = battle_repo
        self.tournament_repo = tournament_repo

    async def get_command_center(self, tournament_id: int) -> CommandCenter | None:
        tournament = await self.tournament_repo.get(tournament_id)
        if tournament is None:
            return None
        battles = await self._get_all_tournament_battles(tournament_id)
        open_battles = [battle for battle in battles if battle.status is not BattleStatus.COMPLETED]
        return CommandCenter(
            tournament_name=tournament.name,
            pairings=[self._pairing(battle) for battle in open_battles],
            completed=len(battles) - len(open_battles),
            total=len(battles),
        )

    async def get_current_pairing(self, tournament_id: int) -> Pairing | None:
        battle = await self.battle_repo.get_active_battle(tournament_id)
        return self._pairing(battle) if battle else None

    async def get_battle_queue(self, tournament_id: int, limit: int) -> list[Pairing]:
        pending = await self.battle_repo.get_pending_battles_ordered(tournament_id)
        return [self._pairing(battle) for battle in pending[:limit]]

    async def _get_all_tournament_battles(self, tournament_id: int) -> list[Battle]:
        battles: list[Battle] = []
        for category in await self.tournament_repo.categories(tournament_id):
            battles.extend(await self.battle_repo.get_by_category(category.id))
        return battles

    def _pairing(self, battle: Battle) -> Pairing:
        confirmed = [performer for performer in battle.performers if performer.confirmed]
        performers = sorted(confirmed, key=lambda performer: performer.seed)
        return Pairing(
            battle_id=battle.id,
            performer1_name=self._get_performer_display_name(performers[0] if performers else None),
            performer2_name=self._get_performer_display_name(performers[1] if len(performers) > 1 else None),
        )

    def _get_performer_display_name(self, performer) -> str:
        if not performer:
            return "TBD"
        if hasattr(performer, "dancer") and performer.dancer:
            return performer.dancer.blaze
        return "Unknown"
