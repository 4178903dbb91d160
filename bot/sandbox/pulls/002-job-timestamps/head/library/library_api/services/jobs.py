"""Jobs: long work that runs behind a request."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from library_api.config import settings
from library_api.models import Job, JobKind

waiting: list[str] = []


class JobService:
    async def get_job(self, job_id: str, db: AsyncSession) -> Job | None:
        return await db.get(Job, job_id)

    async def create_job(self, kind: JobKind, db: AsyncSession, metadata: dict[str, Any] | None = None) -> Job:
        """A committed job which the queue knows."""
        job = Job(kind=kind, job_metadata=metadata or {})
        db.add(job)
        await db.commit()
        position = await self._enqueue(job.id)
        job.job_metadata = {**job.job_metadata, "queue": settings.sync_queue, "position": position}
        await db.commit()
        return job

    async def _enqueue(self, job_id: str) -> int:
        waiting.append(job_id)
        return len(waiting)


job_service = JobService()
