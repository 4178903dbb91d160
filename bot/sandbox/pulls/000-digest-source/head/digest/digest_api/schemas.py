"""What the digest's readers get as JSON."""

from datetime import date

from pydantic import BaseModel


class DigestItem(BaseModel):
    content_id: int
    rank: int
    title: str
    url: str
    minutes: int
    source_name: str
    source_theme: str
    is_read: bool


class DigestResponse(BaseModel):
    reader_id: int
    day: date
    reading_minutes: int
    items: list[DigestItem]
