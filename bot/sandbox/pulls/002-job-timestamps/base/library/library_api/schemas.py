"""What the library's clients get as JSON."""

from datetime import datetime

from pydantic import BaseModel


class JobResponse(BaseModel):
    id: str
    status: str
    created_at: datetime
    updated_at: datetime
