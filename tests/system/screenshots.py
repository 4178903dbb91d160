"""`make screenshots`: the pictures of the README, of the demo's reviews and a month of made-up history around them.

With a folder as argument, every page in every size and both colours instead: for looking at them.
"""

from __future__ import annotations

import io
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser
from sqlalchemy import delete, select

from bot.sandbox.run_children import Children
from bot.sandbox.run_demo import OPERATOR, look, open_pulls
from bot.sandbox.run_stack import Plan, environment, start_stack
from bot.sandbox.scenario import Scenario
from bot.sandbox.server import SandboxServer
from bot.sandbox.state import SandboxState
from tests.system.browser import NARROW, WIDE, chromium, sign_in, window
from tests.system.conftest import free_port
from tests.waiting import wait_for
from tests.web.traffic import Traffic, fill
from workers.database import Database
from workers.models import Installation, Repository, Scan, ScanFinding

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"
COLOURS = 256
SETUP = "/setup/?public=https://greenlatch.example.com&organization=octo"
SHOTS = (
    ("overview", "/", WIDE, False),
    ("scan", "scan", WIDE, False),
    ("scan-narrow", "scan", NARROW, True),
    ("setup", SETUP, WIDE, True),
)


@contextmanager
def demo(folder: Path) -> Iterator[tuple[str, int]]:
    """The address of a Greenlatch that reviewed the demo, and the number of the scan with the longest way."""
    state = SandboxState(folder / "repositories")
    app = state.add_app("greenlatch")
    with SandboxServer(state) as server:
        plan = Plan(app, server.url, folder / "data", free_port(), operators=(OPERATOR,), setup_file=folder / ".env")
        app.webhook_url, app.callback_urls = plan.webhook_url, [plan.callback_url]
        with Children(folder / "log", environment(plan)) as children:
            start_stack(plan, children)
            database = Database(f"sqlite:///{plan.data_dir / 'greenlatch.db'}")
            demos = open_pulls(state, app)
            scenario = Scenario(state)
            names = ("shop/orders", "shop/storefront", "shop/warehouse")
            made = [scenario.create_repository(name, {"a.py": "1\n"}, roles={OPERATOR: "read"}) for name in names]
            installation = scenario.install(app, "shop", made)
            wait_for(lambda: all(look(state, one).conclusion for one in demos), "the reviews", seconds=240)
            scan = wait_for(lambda: _scan_of(database, demos[-1].pull.number), "the scan's end", seconds=60)
            fill_ids = [(one.id, one.full_name) for one in made]
            _forget(database, installation.id)
            fill(database, Traffic(fill_ids, installation.id, days=28, scans=9, pulls=7))
            assert scan is not None
            yield plan.url, scan
            database.close()


def _scan_of(database: Database, number: int) -> int | None:
    """One with findings."""
    query = select(ScanFinding.scan_id).join(Scan, Scan.id == ScanFinding.scan_id).where(Scan.number == number)
    with database.transaction() as session:
        return session.scalars(query).first()


def _forget(database: Database, installation_id: int) -> None:
    """What the webhook of the installation wrote: the history brings its own rows."""
    with database.transaction() as session:
        session.execute(delete(Repository).where(Repository.installation_id == installation_id))
        session.execute(delete(Installation).where(Installation.id == installation_id))


def take(browser: Browser, url: str, scan: int, folder: Path) -> None:
    """The pictures of the README, in few colours."""
    for name, path, size, dark in SHOTS:
        context = window(browser, size, dark=dark, scale=1.5 if size == WIDE else 2)
        page = context.new_page()
        if path != SETUP:
            sign_in(page, url, OPERATOR)
        page.goto(url + (f"/scans/{scan}" if path == "scan" else path))
        if path == "scan":
            page.locator("article.finding").first.evaluate("one => one.scrollIntoView()")
        if path == SETUP:
            page.locator(".hero code").evaluate("one => one.textContent = '/srv/greenlatch/.env'")
        image = Image.open(io.BytesIO(page.screenshot()))
        folder.mkdir(parents=True, exist_ok=True)
        image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(folder / f"{name}.png", optimize=True)
        context.close()


def take_all(browser: Browser, url: str, scan: int, folder: Path) -> None:
    pages = {"welcome": "/", "signin": "/signin/", "setup": "/setup/?write=yes"}
    private = {
        "overview": "/",
        "repository": "/repositories/demo/services",
        "pull": "/repositories/demo/services/pulls/4",
        "scan": f"/scans/{scan}",
        "rules": "/rules/",
        "rule": "/rules/BR-ASYNC-003",
        "deliveries": "/deliveries/",
        "nothing": "/nothing",
    }
    folder.mkdir(parents=True, exist_ok=True)
    for kind, size in (("wide", WIDE), ("narrow", NARROW)):
        for dark in (False, True):
            context = window(browser, size, dark=dark)
            page = context.new_page()
            for group in (pages, private):
                if group is private:
                    sign_in(page, url, OPERATOR)
                for name, path in group.items():
                    page.goto(url + path)
                    page.screenshot(path=folder / f"{name}-{kind}-{'dark' if dark else 'light'}.png", full_page=True)
            context.close()


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, demo(Path(folder)) as (url, scan), chromium() as browser:
        if len(sys.argv) > 1:
            take_all(browser, url, scan, Path(sys.argv[1]))
        else:
            take(browser, url, scan, IMAGES)


if __name__ == "__main__":
    main()
