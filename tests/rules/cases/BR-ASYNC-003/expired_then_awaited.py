"""An awaited attribute of an expired instance reads its row again, and with it what the query loads eagerly."""

# file: models.py
from sqlalchemy import ForeignKey
from sqlalchemy.ext.asyncio import AsyncAttrs
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(AsyncAttrs, DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    posts: Mapped[list["Post"]] = relationship()
    badges: Mapped[list["Badge"]] = relationship(lazy="selectin")


class Post(Base):
    __tablename__ = "posts"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))


class Badge(Base):
    __tablename__ = "badges"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))


# file: service.py
from models import User
from sqlalchemy import orm, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload


async def expired_user(session: AsyncSession) -> User:
    user = (await session.scalars(select(User).options(selectinload(User.posts)))).one()
    session.expire_all()
    return user


async def plain_user(session: AsyncSession) -> User:
    user = (await session.scalars(select(User))).one()
    session.expire_all()
    return user


async def with_options(session: AsyncSession) -> list[str]:
    user = await expired_user(session)
    await user.awaitable_attrs.name
    return [user.name, *(post.title for post in user.posts)]


async def with_mapping(session: AsyncSession) -> int:
    user = await plain_user(session)
    posts = await user.awaitable_attrs.posts
    return user.id + len(user.badges) + len(posts)


async def in_greenlet(session: AsyncSession) -> int:
    user = await expired_user(session)

    def name_of(inner: orm.Session) -> str:
        return user.name

    return len(await session.run_sync(name_of)) + len(user.posts)


async def nothing_awaited(session: AsyncSession) -> str:
    user = await expired_user(session)
    return user.name  # expect: BR-ASYNC-003


async def not_eager(session: AsyncSession) -> int:
    user = await plain_user(session)
    await user.awaitable_attrs.name
    return len(user.posts)  # expect: BR-ASYNC-001


# seed
[User(id=1, name="Ann", posts=[Post(id=1, title="Hello")], badges=[Badge(id=1)])]
