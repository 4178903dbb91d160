"""A refresh loads a collection of the class itself that is mapped eagerly; a query does not."""

# file: models.py
from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Node(Base):
    __tablename__ = "nodes"
    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("nodes.id"))
    children: Mapped[list["Node"]] = relationship(lazy="selectin")

# file: service.py
from models import Node
from sqlalchemy.ext.asyncio import AsyncSession


async def queried(session: AsyncSession) -> int:
    node = await session.get_one(Node, 1)
    return len(node.children)  # expect: BR-ASYNC-002


async def refreshed(session: AsyncSession) -> int:
    node = await session.get_one(Node, 1)
    await session.refresh(node)
    return len(node.children)


async def created(session: AsyncSession) -> int:
    node = Node(parent_id=1)
    session.add(node)
    await session.commit()
    await session.refresh(node)
    return len(node.children)

# seed
[Node(id=1, children=[Node(id=2)])]
