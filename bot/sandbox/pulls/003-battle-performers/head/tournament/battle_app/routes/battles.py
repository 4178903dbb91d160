"""Pages of the battles."""

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import HTMLResponse
from sqlalchemy.ext.asyncio import AsyncSession

from battle_app.database import get_session
from battle_app.repositories.battle import BattleRepository
from battle_app.templating import templates

router = APIRouter(default_response_class=HTMLResponse)


@router.get("/tournaments/{tournament_id}/battles")
async def list_battles(
    request: Request, tournament_id: int, session: Annotated[AsyncSession, Depends(get_session)]
) -> HTMLResponse:
    battles = await BattleRepository(session).get_by_tournament(tournament_id)
    return templates.TemplateResponse(request, "battles/list.html", {"battles": battles})


@router.get("/battles/{battle_id}")
async def show_battle(
    request: Request, battle_id: int, session: Annotated[AsyncSession, Depends(get_session)]
) -> HTMLResponse:
    battle = await BattleRepository(session).get_with_performers(battle_id)
    if battle is None:
        raise HTTPException(404, "no such battle")
    return templates.TemplateResponse(request, "battles/detail.html", {"battle": battle})
