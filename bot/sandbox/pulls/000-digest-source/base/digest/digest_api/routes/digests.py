"""HTTP interface of the digests."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends
from sqlalchemy.ext.asyncio import AsyncSession

from digest_api.config import settings
from digest_api.database import get_session
from digest_api.services.digests import DigestService

router = APIRouter(prefix="/digests")


@router.put("/{reader_id}/{day}")
async def compose(reader_id: int, day: date, session: Annotated[AsyncSession, Depends(get_session)]) -> dict[str, int]:
    return {"entries": await DigestService(session).compose(reader_id, day, settings.entries_per_digest)}
