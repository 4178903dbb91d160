"""Settings of the digest service, from the environment."""

from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    database_url: str = "postgresql+asyncpg://localhost/digest"
    entries_per_digest: int = 5


settings = Settings()
