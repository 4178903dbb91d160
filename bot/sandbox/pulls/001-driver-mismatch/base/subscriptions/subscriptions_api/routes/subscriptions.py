"""HTTP interface of the subscriptions."""

from typing import Annotated

from fastapi import APIRouter, Depends
from sqlalchemy import select
from sqlalchemy.orm import Session

from subscriptions_api.database import get_session
from subscriptions_api.models import Subscription

router = APIRouter(prefix="/readers/{reader_id}/subscriptions")


@router.get("")
def followed(reader_id: int, session: Annotated[Session, Depends(get_session)]) -> list[int]:
    statement = select(Subscription.source_id).where(Subscription.reader_id == reader_id)
    return list(session.scalars(statement.order_by(Subscription.source_id)))


@router.put("/{source_id}", status_code=204)
def follow(reader_id: int, source_id: int, session: Annotated[Session, Depends(get_session)]) -> None:
    session.merge(Subscription(reader_id=reader_id, source_id=source_id))
    session.commit()
