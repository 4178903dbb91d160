"""The pages of an event: figures, command center, its two fragments, all battles, one battle."""

import re

from battle_app.database import SessionLocal, engine
from battle_app.main import app
from battle_app.models import (
    Base,
    Battle,
    BattlePhase,
    BattleStatus,
    Category,
    Dancer,
    Performer,
    Tournament,
)
from httpx import ASGITransport, AsyncClient


async def prepare():
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    async with SessionLocal() as session:
        session.add(Tournament(id=1, name="Summer Jam"))
        await session.flush()
        session.add(Category(id=1, tournament_id=1, name="solo"))
        await session.flush()
        performers = [
            Performer(category_id=1, seed=seed, dancer=Dancer(blaze=blaze, country="FR") if blaze else None)
            for seed, blaze in enumerate(("Nova", "Pulse", "Rift", None), 1)
        ]
        nova, pulse, rift, nobody = performers
        for position, (status, line_up) in enumerate(
            (
                (BattleStatus.COMPLETED, [nova, rift]),
                (BattleStatus.ACTIVE, [pulse, nova]),
                (BattleStatus.PENDING, [rift, nobody]),
                (BattleStatus.PENDING, [pulse]),
            ),
            1,
        ):
            session.add(
                Battle(
                    id=position,
                    category_id=1,
                    phase=BattlePhase.FINALS,
                    status=status,
                    position=position,
                    performers=line_up,
                )
            )
        await session.commit()


async def step_standings():
    return (await get("/tournaments/1/standings")).json()


async def step_command_center():
    return named((await get("/event/1")).text)


async def step_current_battle():
    return named((await get("/event/1/current")).text)


async def step_queue():
    return named((await get("/event/1/queue")).text)


async def step_list_of_battles():
    return re.findall(r"<span>(.*?)</span>", (await get("/tournaments/1/battles")).text)


async def step_one_battle():
    return re.findall(r"<li>(.*?)</li>", (await get("/battles/2")).text)


async def step_unknown_battle():
    return (await get("/battles/99")).status_code


def named(page):
    return re.findall(r'<li id="battle-\d+">(.*?)</li>', page)


async def get(path):
    async with AsyncClient(transport=ASGITransport(app), base_url="http://tournament") as http:
        return await http.get(path)
