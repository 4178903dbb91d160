"""Settings of the library service, from the environment."""

from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    database_url: str = "sqlite+aiosqlite:///library.db"
    reporting_url: str = "sqlite+aiosqlite:///reporting.db"
    sync_queue: str = "sync"


settings = Settings()
