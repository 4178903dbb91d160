"""Settings of the notifications worker, from the environment."""

from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    database_url: str = "postgresql+asyncpg://localhost/notifications"
    batch_size: int = 100


settings = Settings()
