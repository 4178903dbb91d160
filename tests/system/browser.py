"""A real Chromium, as Debian packages it, and what a person does in it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

AXE = Path(__file__).resolve().parents[1] / "sandbox" / "node_modules" / "axe-core" / "axe.min.js"
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--force-color-profile=srgb"),
)
WIDE, NARROW = (1280, 900), (375, 780)
STANDARDS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
TIMEOUT = 30_000
expect.set_options(timeout=TIMEOUT)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Leaving it ends the browser, and the event loop that drives it."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        raise RuntimeError(
            "there is no Chromium on PATH; on Debian: apt install chromium (`make test` does it as root)"
        )
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


def window(browser: Browser, size: tuple[int, int] = WIDE, *, dark: bool = False, scale: float = 1) -> BrowserContext:
    """With cookies of its own."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if dark else "light",
        device_scale_factor=scale,
        reduced_motion="reduce",
    )
    context.set_default_timeout(TIMEOUT)
    return context


def sign_in(page: Page, url: str, login: str) -> None:
    """By the buttons: ours, and GitHub's."""
    page.goto(f"{url}/signin/")
    page.get_by_role("link", name="Continue with GitHub").click()
    page.get_by_role("button", name=login, exact=True).click()
    page.wait_for_url(f"{url}/**")


def accessibility_problems(page: Page, *, without: Sequence[str] = ()) -> list[str]:
    """What axe finds on the page, in one line each."""
    page.evaluate(AXE.read_text("utf-8"))
    options = {
        "runOnly": {"type": "tag", "values": list(STANDARDS)},
        "rules": {name: {"enabled": False} for name in without},
    }
    result = cast("dict[str, Any]", page.evaluate(f"() => axe.run(document, {json.dumps(options)})"))
    return [
        f"{violation['id']}: {violation['help']} at {', '.join(str(node['target']) for node in violation['nodes'][:4])}"
        for violation in result["violations"]
    ]


def overflows(page: Page) -> bool:
    """Whether the page is wider than its window: on a phone one would have to scroll sideways."""
    return bool(page.evaluate("() => document.documentElement.scrollWidth > document.documentElement.clientWidth"))
