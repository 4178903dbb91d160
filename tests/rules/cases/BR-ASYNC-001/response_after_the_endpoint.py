"""The response is made after the endpoint returned: objects that its variables held have left the session."""

# file: models.py
from sqlalchemy import ForeignKey
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

engine = create_async_engine("sqlite+aiosqlite://")
Session = async_sessionmaker(engine, expire_on_commit=False)


class Base(DeclarativeBase):
    pass


class Advertiser(Base):
    __tablename__ = "advertisers"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Advert(Base):
    __tablename__ = "adverts"
    id: Mapped[int] = mapped_column(primary_key=True)
    advertiser_id: Mapped[int] = mapped_column(ForeignKey("advertisers.id"))
    advertiser: Mapped[Advertiser] = relationship(lazy="joined")


# file: api.py
from fastapi import Depends, FastAPI
from models import Advert, Advertiser, Session
from pydantic import BaseModel, ConfigDict
from sqlalchemy.ext.asyncio import AsyncSession

app = FastAPI()


class AdvertiserOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    name: str


class AdvertOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    id: int
    advertiser: AdvertiserOut


async def get_session():
    async with Session() as session:
        yield session


@app.post("/adverts", response_model=AdvertOut)
async def create(values: dict[str, int], session: AsyncSession = Depends(get_session)):
    advertiser = await session.get_one(Advertiser, 1)
    advert = Advert(id=values["id"], advertiser_id=advertiser.id)
    session.add(advert)
    await session.commit()
    return advert  # expect: BR-ASYNC-001 response


@app.post("/adverts/validated")
async def create_validated(values: dict[str, int], session: AsyncSession = Depends(get_session)) -> AdvertOut:
    advertiser = await session.get_one(Advertiser, 1)
    advert = Advert(id=values["id"], advertiser_id=advertiser.id)
    session.add(advert)
    await session.commit()
    made = AdvertOut.model_validate(advert)
    return made


# seed
[Advertiser(id=1, name="Ann")]

# use
from api import app
from httpx import ASGITransport, AsyncClient


async def post(path):
    async with AsyncClient(transport=ASGITransport(app), base_url="http://app") as http:
        return (await http.post(path, json={"id": 1})).raise_for_status()


async def created() -> None:
    await post("/adverts")


async def created_validated() -> None:
    await post("/adverts/validated")
