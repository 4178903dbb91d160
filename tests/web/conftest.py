"""The world of the pages: one sandbox for all tests of a process, an application of its own for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from app import create_app
from bot.sandbox.scenario import Scenario
from bot.sandbox.server import SandboxServer
from bot.sandbox.state import SandboxState
from bot.settings import Settings
from tests.sandbox.description import Validator
from tests.web.world import World
from web.access.limits import limiter
from workers.services import Services, make_services


@pytest.fixture(scope="session")
def github(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[SandboxServer, Validator]]:
    validator = Validator()
    state = SandboxState(tmp_path_factory.mktemp("repositories"))
    with SandboxServer(state, observer=validator.exchange) as server:
        app = state.add_app("greenlatch")
        app.callback_urls = ["http://localhost/signin/callback"]
        scenario = Scenario(state)
        for login in ("reed", "sam", "olive"):
            scenario.user(login)
        repository = scenario.create_repository("octo/app", {"a.py": "1\n"}, roles={"reed": "read"})
        scenario.install(app, "octo", [repository])
        yield server, validator
    validator.assert_clean(refused=True)


@pytest.fixture
def world_settings(
    github: tuple[SandboxServer, Validator], make_settings: Callable[..., Settings]
) -> Callable[..., Settings]:
    """reed reads the repository, sam nothing, olive nothing and is an operator."""
    (app,) = github[0].state.apps.values()

    def make(**given: object) -> Settings:
        fixed = {
            "app_id": app.id,
            "slug": app.slug,
            "private_key": app.private_key,
            "webhook_secret": app.webhook_secret,
            "client_id": app.client_id,
            "client_secret": app.client_secret,
            "github_url": github[0].url,
            "operators": "Olive",
        }
        return make_settings(**{**fixed, **given})

    return make


@pytest.fixture
def world(
    github: tuple[SandboxServer, Validator],
    world_settings: Callable[..., Settings],
    services: Services,
    database_url: str,
) -> Iterator[World]:
    settings = world_settings().model_copy(update={"database_url_": database_url})
    made = make_services(settings)
    state = github[0].state
    (app,) = state.apps.values()
    (repository,) = state.repositories.values()
    yield World(state, github[0], app, repository, made, create_app(settings))
    limiter.reset()
    made.queues.redis.close()
    made.database.close()
