"""Session factory of the reporting database."""

from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

from library_api.config import settings

reporting_engine = create_async_engine(settings.reporting_url)
ReportingSession = async_sessionmaker(reporting_engine)
