"""How often one address may try to sign in, or to set up."""

from __future__ import annotations

from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from workers.queue import redis_url
from workers.services import Services

SIGN_INS = "20 per minute"
limiter = Limiter(get_remote_address, strategy="fixed-window", headers_enabled=False)


def limits_of(services: Services) -> dict[str, object]:
    """Counted in Redis for all processes together; without it, each of them counts for itself."""
    url = redis_url(services.settings)
    return {
        "RATELIMIT_STORAGE_URI": url.replace("unix://", "redis+unix://", 1) if url.startswith("unix://") else url,
        "RATELIMIT_IN_MEMORY_FALLBACK_ENABLED": True,
        "RATELIMIT_KEY_PREFIX": "greenlatch",
    }
