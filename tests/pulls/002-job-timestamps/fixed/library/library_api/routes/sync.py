"""Buttons which bring the library up to date."""

from typing import Annotated

from fastapi import APIRouter, Depends
from sqlalchemy.ext.asyncio import AsyncSession

from library_api.database import get_db
from library_api.models import JobKind
from library_api.schemas import JobResponse
from library_api.services.jobs import job_service

router = APIRouter(prefix="/sync", tags=["sync"])


@router.post("/all", status_code=202)
async def sync_all(db: Annotated[AsyncSession, Depends(get_db)], force: bool = False) -> JobResponse:
    job = await job_service.create_job(JobKind.SYNC_ALL, db, metadata={"force": force})
    await db.refresh(job)
    job_id = job.id
    job_created_at = job.created_at
    job_updated_at = job.updated_at
    return JobResponse(id=job_id, status=job.status, created_at=job_created_at, updated_at=job_updated_at)


@router.post("/tags", status_code=202)
async def sync_tags(db: Annotated[AsyncSession, Depends(get_db)]) -> dict[str, str]:
    job = await job_service.create_job(JobKind.SYNC_TAGS, db)
    return {"id": job.id, "status": job.status, "since": job.created_at.isoformat()}
