"""Settings of the subscriptions service, from the environment."""

from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    database_url: str = "postgresql+psycopg://localhost/subscriptions"


settings = Settings()
