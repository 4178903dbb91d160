"""The page of a scan: code, diagram and diff of each finding; nothing that code or names say becomes HTML."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import pytest
from sqlalchemy import delete

from tests.web.world import World
from web.views.trace import trace
from workers import models
from workers.detail import Hop

EVIL = '"><script>alert(1)</script><img src=x onerror=alert(1)>'


class Elements(HTMLParser):
    """Every element with its attributes, as a browser sees them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def page(world: World, address: str) -> str:
    answer = world.somebody("reed").get(address)
    assert answer.status_code == 200, answer.text
    return answer.text


def test_it_shows_the_way_the_code_and_the_fix(world: World) -> None:
    text = page(world, f"/scans/{world.scan()}")
    elements = Elements(text)
    stops = [one for one in elements.named("circle") if one.get("class") == "stop"]
    arrows = [one for one in elements.named("path") if one.get("class") == "arrow"]
    assert (len(stops), len(arrows)) == (3, 2)
    assert {"hop cause", "hop hop", "hop read"} <= {str(one.get("class")) for one in elements.named("li")}
    assert text.count('class="row meant"') == 3
    assert "selectinload" in text
    assert 'class="row added"' in text
    assert 'class="row removed"' in text
    assert "verified" in text
    assert "Analyse the head" in text
    assert "1.50" in text


def test_each_stop_of_the_diagram_leads_to_its_code(world: World) -> None:
    elements = Elements(page(world, f"/scans/{world.scan()}"))
    targets = {str(one["href"])[1:] for one in elements.named("a") if str(one.get("href")).startswith("#finding")}
    assert len(targets) == 3
    assert targets <= {str(one.get("id")) for one in elements.named("li")}


def test_code_that_has_expired_leaves_the_rest(world: World) -> None:
    scan = world.scan()
    with world.services.database.transaction() as session:
        session.execute(delete(models.FindingDetail))
    text = page(world, f"/scans/{scan}")
    assert "no longer kept" in text
    assert "view.py:2" in text


def test_what_was_there_before_is_apart(world: World) -> None:
    told = world.told()
    older = type(told)(**{name: getattr(told, name) for name in told.__slots__} | {"is_new": False})
    text = page(world, f"/scans/{world.scan(older)}")
    assert "Nothing new" in text
    assert "There before" in text


@pytest.mark.parametrize(
    "told",
    [
        {"message": f"`{EVIL}` was not loaded {EVIL}"},
        {"path": f"a{EVIL.replace('/', '∕')}/view.py"},
        {"path": "javascript:alert(1)//view.py"},
    ],
    ids=["message", "path", "scheme"],
)
def test_nothing_of_the_code_becomes_html(world: World, told: dict[str, str]) -> None:
    scan = world.scan(world.told(**told), title=EVIL)
    for address in (f"/scans/{scan}", "/repositories/octo/app", "/repositories/octo/app/pulls/3", "/"):
        elements = Elements(page(world, address))
        assert not elements.named("script"), address
        assert {one.get("src") for one in elements.named("img")} == {"/static/icon.svg"}
        for tag, attributes in elements.found:
            assert not [name for name in attributes if name.startswith("on") or name == "style"], (address, tag)
            assert not str(attributes.get("href", "")).lower().startswith("javascript:"), (address, tag)


def test_source_that_looks_like_html_stays_text(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.web.world.VIEW", f"def render(user):\n    return '{EVIL}', user.posts  # </pre>{EVIL}\n")
    elements = Elements(page(world, f"/scans/{world.scan()}"))
    assert not elements.named("script")
    assert len(elements.named("img")) == 1


def test_names_of_deliveries_stay_text(world: World) -> None:
    world.delivery(outcome=EVIL)
    answer = world.somebody("olive").get("/deliveries/")
    assert not Elements(answer.text).named("script")
    assert "&lt;script&gt;" in answer.text


def test_a_place_that_several_ways_lead_to_is_told_once(world: World) -> None:
    """And each place leads to its line on GitHub."""
    told = world.told()
    assert told.detail is not None
    here, there = told.detail.reads[0], replace(told.detail.reads[0], line=9)
    detail = replace(told.detail, reads=(replace(here, is_new=False), there, here))
    text = page(world, f"/scans/{world.scan(replace(told, detail=detail))}")
    assert "It fails at 2 places" in text
    assert "there before" not in text
    links = [str(one.get("href")) for one in Elements(text).named("a")]
    assert f"{world.server.url}/octo/app/blob/{'a' * 40}/view.py#L9" in links


def test_several_findings_begin_with_their_contents(world: World) -> None:
    text = page(world, f"/scans/{world.scan()}")
    assert 'class="rows card contents"' not in text
    text = page(world, f"/scans/{world.scan(world.told(), world.told(message='Another'), head='c' * 40)}")
    elements = Elements(text)
    targets = [str(one["href"])[1:] for one in elements.named("a") if str(one.get("href")).startswith("#finding")]
    assert targets[:2] == [str(one["id"]) for one in elements.named("article")]


def test_excerpts_are_moved_to_the_left_together() -> None:
    hop = Hop("a.py", 2, "here", 1, ("        if x:", "            read(x)", ""))
    (stop,) = trace([hop]).stops
    assert [str(line.code.striptags()) for line in stop.code] == ["if x:", "read(x)", ""]
    assert str(stop.code[1].code).startswith("    ")
