"""The progress of a job."""

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException
from sqlalchemy.ext.asyncio import AsyncSession

from library_api.database import get_db
from library_api.schemas import JobResponse
from library_api.services.jobs import job_service

router = APIRouter(prefix="/jobs")


@router.get("/{job_id}")
async def show_job(job_id: str, db: Annotated[AsyncSession, Depends(get_db)]) -> JobResponse:
    job = await job_service.get_job(job_id, db)
    if job is None:
        raise HTTPException(404, "no such job")
    return JobResponse(id=job.id, status=job.status, created_at=job.created_at, updated_at=job.updated_at)
