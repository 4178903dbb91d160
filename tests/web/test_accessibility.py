"""Every page in a real Chromium, wide and light, narrow and dark: axe finds nothing, and it fits its window."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from app import create_app
from bot.settings import Settings
from tests.system.browser import NARROW, WIDE, accessibility_problems, chromium, overflows, sign_in, window
from tests.system.conftest import free_port
from tests.web.world import World
from workers.models import DeliveryState

LONG = "a_name_without_any_place_to_break_it" * 4
"""Longer than any window that it is shown in."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


@pytest.fixture
def url(world: World, world_settings: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The application, served; reed may read the repository and is an operator here."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    address = f"http://127.0.0.1:{free_port()}"
    monkeypatch.setattr(world.app, "callback_urls", [f"{address}/signin/callback"])
    application = create_app(world_settings(public_url=address, operators="reed", setup_file="real.env"))
    server = make_server("127.0.0.1", int(address.rpartition(":")[2]), application, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield address
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(("size", "dark"), [(WIDE, False), (NARROW, True)], ids=["wide-light", "narrow-dark"])
def test_every_page_is_accessible_and_fits_its_window(
    world: World, url: str, browser: Browser, size: tuple[int, int], dark: bool
) -> None:
    scan = world.scan(world.told(), world.told())
    odd = world.scan(world.told(message=f"`{LONG}` was not loaded", path=f"{LONG}/{LONG}.py"), number=4, title=LONG)
    world.delivery()
    delivery = world.delivery(DeliveryState.DONE, f"scan of {LONG} asked for")
    public = ("/", "/signin/", "/setup/", "/setup/?public=https://latch.example&write=yes")
    private = (
        *("/", "/rules/", "/rules/BR-ASYNC-003", "/deliveries/", "/deliveries/?state=done", "/nothing"),
        *(
            "/repositories/",
            "/repositories/?name=nothing",
            f"/deliveries/{delivery}",
            "/repositories/octo/app?state=all",
        ),
        *("/repositories/octo/app", "/repositories/octo/app/pulls/3", f"/scans/{scan}"),
        *("/repositories/octo/app/pulls/4", f"/scans/{odd}"),
    )
    context = window(browser, size, dark=dark)
    page = context.new_page()
    problems = [problem for address in public for problem in look(page, url, address)]
    sign_in(page, url, "reed")
    problems += [problem for address in private for problem in look(page, url, address)]
    context.close()
    assert not problems, "\n".join(problems)


def look(page: Page, url: str, address: str) -> list[str]:
    page.goto(url + address)
    found = accessibility_problems(page)
    if overflows(page):
        found.append("it is wider than its window")
    return [f"{address}: {problem}" for problem in found]
