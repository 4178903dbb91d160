"""Settings of the subscriptions service, from the environment."""

from pydantic import field_validator
from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    database_url: str = "postgresql+psycopg://localhost/subscriptions"

    @field_validator("database_url")
    @classmethod
    def use_psycopg(cls, url: str) -> str:
        return url.replace("postgresql+asyncpg://", "postgresql+psycopg://")


settings = Settings()
