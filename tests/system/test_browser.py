"""The pages in a real Chromium on the real stack: sign in, read a scan, run a delivery again; and who cannot see."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from bot.sandbox.model import Pull
from tests.system.browser import chromium, sign_in, window
from tests.system.stack import Stack
from workers.models import DeliveryState


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = window(browser)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """One on which a script that is not ours, or a broken promise of our own policy, fails the test."""
    made = context.new_page()
    made.on(
        "console",
        lambda message: pytest.fail(message.text) if message.type == "error" and "404" not in message.text else None,
    )
    return made


@pytest.fixture
def reviewed(stack: Stack) -> Pull:
    pull = stack.lazy_pull()
    stack.concluded(pull)
    stack.wait_quiet()
    return pull


def test_from_the_check_run_to_the_cause(stack: Stack, reviewed: Pull, page: Page) -> None:
    """Details of the check → sign in → the scan with its diagram → the code of a hop."""
    address = stack.checks(reviewed)[0].details_url
    assert address
    page.goto(address)
    page.get_by_role("link", name="Continue with GitHub").click()
    page.get_by_role("button", name="reed", exact=True).click()
    expect(page).to_have_url(address)
    expect(page.get_by_role("heading", level=1)).to_have_text("1 new problem")
    diagram = page.get_by_role("group", name="Diagram of the way")
    stops = diagram.get_by_role("link")
    assert stops.count() >= 2
    stops.last.focus()
    page.keyboard.press("Enter")
    expect(page.locator("li.hop:target .meant")).to_contain_text("post.title for post in user.posts")
    expect(page.locator(".patch")).to_contain_text("selectinload")
    page.get_by_role("link", name="BR-ASYNC-001").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Lazy load in async code")


def test_from_the_overview_to_a_scan(stack: Stack, reviewed: Pull, page: Page) -> None:
    sign_in(page, stack.plan.url, "wendy")
    name = reviewed.repository.full_name
    page.get_by_role("link", name=name).click()
    page.get_by_role("link", name="Add titles").click()
    expect(page.get_by_text("failing").first).to_be_visible()
    page.get_by_role("link", name="Scan", exact=False).last.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("1 new problem")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in with GitHub")).to_be_visible()


def test_a_stranger_sees_nothing(stack: Stack, reviewed: Pull, page: Page) -> None:
    sign_in(page, stack.plan.url, "olive")
    expect(page.get_by_text("Nothing to show yet")).to_be_visible()
    page.goto(f"{stack.plan.url}/scans/{stack.scans(reviewed)[0].id}")
    expect(page.get_by_role("heading", level=1)).to_have_text("There is nothing here")


def test_an_operator_runs_a_delivery_again(stack: Stack, reviewed: Pull, page: Page) -> None:
    guid = next(
        one.guid
        for one in stack.state.deliveries.values()
        if one.event == "pull_request" and one.repository_id == reviewed.repository.id
    )
    before = stack.delivery(guid)
    assert before is not None
    sign_in(page, stack.plan.url, "olive")
    page.get_by_role("link", name="Deliveries").click()
    page.get_by_role("button", name=f"Run again: delivery {before.id}", exact=True).click()
    expect(page.get_by_role("status")).to_have_text(f"Delivery {before.id} runs again.")
    stack.wait_quiet()
    after = stack.delivery(guid)
    assert after is not None
    assert (after.state, after.dispatches) == (DeliveryState.DONE, before.dispatches + 1)
    assert len(stack.reviews(reviewed)) == 1, "nothing is said twice"
