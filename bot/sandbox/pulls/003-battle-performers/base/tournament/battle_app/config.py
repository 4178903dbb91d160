"""Settings of the tournament application, from the environment."""

from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    database_url: str = "sqlite+aiosqlite:///tournament.db"


settings = Settings()
