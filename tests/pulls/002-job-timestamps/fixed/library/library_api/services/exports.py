"""Exports of the library, kept in the reporting database."""

import logging

from library_api.models import Export
from library_api.reporting import ReportingSession

logger = logging.getLogger(__name__)


class ExportService:
    async def start(self, kind: str) -> int:
        """The number of the queued export."""
        async with ReportingSession() as session:
            export = Export(kind=kind)
            session.add(export)
            await session.commit()
            await session.refresh(export)
            logger.info("queued export %s of %s", export.id, kind)
            return export.id


export_service = ExportService()
