"""Figures of a tournament, as JSON."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from sqlalchemy.ext.asyncio import AsyncSession

from battle_app.database import get_session
from battle_app.services.standings import StandingsService

router = APIRouter(prefix="/tournaments")


@router.get("/{tournament_id}/standings")
async def standings(tournament_id: int, session: Annotated[AsyncSession, Depends(get_session)]) -> dict[str, Any]:
    service = StandingsService(session)
    return {
        "categories": await service.figures(tournament_id),
        "short_battles": await service.short_battles(),
        "seeds_left": await service.seeds_left(tournament_id),
    }
