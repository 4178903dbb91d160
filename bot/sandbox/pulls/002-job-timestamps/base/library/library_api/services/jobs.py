"""Jobs: long work that runs behind a request."""

from sqlalchemy.ext.asyncio import AsyncSession

from library_api.models import Job


class JobService:
    async def get_job(self, job_id: str, db: AsyncSession) -> Job | None:
        return await db.get(Job, job_id)


job_service = JobService()
