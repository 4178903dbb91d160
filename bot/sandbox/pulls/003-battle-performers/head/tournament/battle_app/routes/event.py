"""Pages of the command center; the two fragments are fetched again every few seconds."""

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import HTMLResponse
from sqlalchemy.ext.asyncio import AsyncSession

from battle_app.database import get_session
from battle_app.repositories.battle import BattleRepository
from battle_app.repositories.tournament import TournamentRepository
from battle_app.services.event_service import EventService
from battle_app.templating import templates

QUEUE_LENGTH = 5

router = APIRouter(prefix="/event", default_response_class=HTMLResponse)


def get_event_service(session: Annotated[AsyncSession, Depends(get_session)]) -> EventService:
    return EventService(BattleRepository(session), TournamentRepository(session))


Service = Annotated[EventService, Depends(get_event_service)]


@router.get("/{tournament_id}")
async def command_center(request: Request, tournament_id: int, service: Service) -> HTMLResponse:
    center = await service.get_command_center(tournament_id)
    if center is None:
        raise HTTPException(404, "no such tournament")
    return templates.TemplateResponse(request, "event/command_center.html", {"center": center})


@router.get("/{tournament_id}/current")
async def current_battle(request: Request, tournament_id: int, service: Service) -> HTMLResponse:
    pairing = await service.get_current_pairing(tournament_id)
    return templates.TemplateResponse(request, "event/_pairings.html", {"pairings": [pairing] if pairing else []})


@router.get("/{tournament_id}/queue")
async def battle_queue(request: Request, tournament_id: int, service: Service) -> HTMLResponse:
    queue = await service.get_battle_queue(tournament_id, QUEUE_LENGTH)
    return templates.TemplateResponse(request, "event/_pairings.html", {"pairings": queue})
