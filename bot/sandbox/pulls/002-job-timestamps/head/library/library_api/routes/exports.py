"""Exports of the library."""

from fastapi import APIRouter

from library_api.services.exports import export_service

router = APIRouter(prefix="/exports")


@router.post("", status_code=202)
async def start_export(kind: str) -> dict[str, int]:
    return {"export_id": await export_service.start(kind)}
