"""Who sees what: every route as nobody, as a stranger, as a reader, as an operator."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app import create_app
from bot.settings import Settings
from tests.web.world import World, sign_in
from workers import models
from workers.models import DeliveryState

PEOPLE = ("nobody", "sam", "reed", "olive")
PUBLIC = {
    ("GET", "/static/<path:filename>"): "/static/style.css",
    ("GET", "/healthz"): "/healthz",
    ("GET", "/readyz"): "/readyz",
    ("GET", "/livez"): "/livez",
    ("GET", "/metrics"): "/metrics",
    ("GET", "/"): "/",
    ("GET", "/rules/"): "/rules/",
    ("GET", "/rules/<rule_id>"): "/rules/BR-ASYNC-001",
}
SIGN_IN = {
    ("GET", "/signin/"): "/signin/",
    ("GET", "/signin/github"): "/signin/github",
    ("GET", "/signin/callback"): "/signin/callback",
    ("POST", "/signin/out"): "/signin/out",
    ("POST", "/webhook"): "/webhook",
}
"""These answer to everybody in their own way, and show nothing."""
READER = {
    ("GET", "/repositories/<owner>/<name>"): "/repositories/octo/app",
    ("GET", "/repositories/<owner>/<name>/pulls/<id(max=2147483647):number>"): "/repositories/octo/app/pulls/3",
    ("GET", "/scans/<id:scan_id>"): "/scans/{scan}",
}
SIGNED_IN = {("GET", "/repositories/"): "/repositories/"}
"""Each sees their own there."""
OPERATOR = {
    ("GET", "/deliveries/"): "/deliveries/",
    ("GET", "/deliveries/<id:delivery_id>"): "/deliveries/{delivery}",
    ("POST", "/deliveries/<id:delivery_id>/runs"): "/deliveries/{delivery}/runs",
}
SECRETS = ("octo/app", "user.posts", "Add titles", "selectinload(User.posts)")


def routes(world: World) -> set[tuple[str, str]]:
    methods = {"GET", "POST", "PUT", "PATCH", "DELETE"}
    return {
        (method, rule.rule)
        for rule in world.application.url_map.iter_rules()
        for method in (rule.methods or set()) & methods
    }


def person(world: World, name: str) -> FlaskClient:
    return world.nobody() if name == "nobody" else world.somebody(name)


def test_every_route_is_walked(world: World) -> None:
    known = PUBLIC.keys() | SIGN_IN.keys() | READER.keys() | SIGNED_IN.keys() | OPERATOR.keys()
    assert routes(world) <= known, "say here who may see it"


@pytest.mark.parametrize("name", PEOPLE)
def test_public_pages_are_for_everybody_and_show_nothing_private(world: World, name: str) -> None:
    world.scan()
    client = person(world, name)
    for key, address in PUBLIC.items():
        if key in routes(world):
            answer = client.get(address)
            assert answer.status_code in (200, 503), address
            if name != "reed" and "html" in (answer.mimetype or ""):
                shown = [secret for secret in SECRETS if secret in answer.text]
                assert shown == [] or address.startswith("/rules"), address


@pytest.mark.parametrize(("name", "status"), [("nobody", 302), ("sam", 404), ("reed", 200), ("olive", 404)])
def test_pages_of_a_repository_are_for_its_readers(world: World, name: str, status: int) -> None:
    scan = world.scan()
    client = person(world, name)
    for address in READER.values():
        answer = client.get(address.format(scan=scan))
        assert answer.status_code == status, address
        if status != 200:
            assert not [
                secret
                for secret in SECRETS
                if secret in answer.text.replace("octo%2Fapp", "").replace("octo/app", "", 9)
            ]


@pytest.mark.parametrize(("name", "status"), [("nobody", 302), ("sam", 404), ("reed", 404), ("olive", 200)])
def test_deliveries_are_for_operators(world: World, name: str, status: int) -> None:
    delivery = world.delivery()
    client = person(world, name)
    for address in [address for (method, _), address in OPERATOR.items() if method == "GET"]:
        answer = client.get(address.format(delivery=delivery))
        assert answer.status_code == status, address
        assert ("GitHub refused" in answer.text) is (status == 200)


@pytest.mark.parametrize(("name", "status"), [("nobody", 302), ("sam", 200), ("reed", 200), ("olive", 200)])
def test_repositories_are_listed_for_their_readers(world: World, name: str, status: int) -> None:
    world.scan()
    client = person(world, name)
    for address in SIGNED_IN.values():
        answer = client.get(address)
        assert answer.status_code == status, address
        assert ("octo/app" in answer.text) is (name == "reed")


def test_a_delivery_tells_an_operator_of_scans_and_leads_only_readers_there(world: World) -> None:
    delivery = world.delivery(DeliveryState.DONE, "scan asked for")
    scan = world.scan()
    with world.services.database.transaction() as session:
        session.get_one(models.Scan, scan).delivery_id = delivery
    answer = world.somebody("olive").get(f"/deliveries/{delivery}")
    assert "you may not read this repository" in answer.text
    assert f'href="/scans/{scan}"' not in answer.text
    assert "Keep it logically awesome" not in answer.text, "what was delivered may tell of private code"


def token_of(client: FlaskClient) -> str:
    """Of a form on a page that everybody who signed in sees."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/rules/").text)
    return found[1] if found else ""


@pytest.mark.parametrize(("name", "status"), [("nobody", 400), ("sam", 404), ("reed", 404), ("olive", 303)])
def test_only_operators_run_a_delivery_again(world: World, name: str, status: int) -> None:
    delivery = world.delivery()
    client = person(world, name)
    answer = client.post(f"/deliveries/{delivery}/runs", data={"csrf_token": token_of(client)})
    assert answer.status_code == status
    with world.services.database.transaction() as session:
        row = session.get_one(models.Delivery, delivery)
        assert (row.state is DeliveryState.RECEIVED) is (status == 303)
    assert world.services.queues.lengths()["deliveries"] == int(status == 303)


def test_an_operator_is_told_why_a_delivery_does_not_run_again(world: World) -> None:
    waiting = world.delivery(DeliveryState.RECEIVED)
    client = world.somebody("olive")
    client.post(f"/deliveries/{waiting}/runs", data={"csrf_token": token_of(client)})
    assert "waits for its job already" in client.get("/deliveries/").text


@pytest.mark.parametrize("token", ["", "made-up"])
def test_a_form_of_another_site_does_nothing(world: World, token: str) -> None:
    delivery = world.delivery()
    client = world.somebody("olive")
    answer = client.post(f"/deliveries/{delivery}/runs", data={"csrf_token": token})
    assert answer.status_code == 400
    assert client.post("/signin/out").status_code == 400
    assert client.get("/deliveries/").status_code == 200
    with world.services.database.transaction() as session:
        assert session.get_one(models.Delivery, delivery).state is DeliveryState.FAILED


def test_nobody_comes_back_to_where_they_wanted_to(world: World) -> None:
    scan = world.scan()
    client = world.nobody()
    asked = urlsplit(client.get(f"/scans/{scan}").location)
    assert (asked.path, asked.query) == ("/signin/", f"next=/scans/{scan}")
    assert sign_in(client, "reed", f"/scans/{scan}") == f"/scans/{scan}"


@pytest.mark.parametrize("target", ["https://evil.example", "//evil.example", "/\\evil.example", "evil", "/a\nb", ""])
def test_signing_in_leads_to_no_other_site(world: World, target: str) -> None:
    assert sign_in(world.nobody(), "reed", target) == "/"


def test_signing_out_ends_it_for_every_copy_of_the_cookie(world: World) -> None:
    world.scan()
    client = world.somebody("reed")
    cookie = client.get_cookie("greenlatch")
    assert cookie is not None
    thief = world.nobody()
    thief.set_cookie("greenlatch", cookie.value)
    assert thief.get("/repositories/octo/app").status_code == 200
    assert client.post("/signin/out", data={"csrf_token": token_of(client)}).status_code == 303
    assert thief.get("/repositories/octo/app").status_code == 302


def test_the_database_alone_opens_no_session(world: World) -> None:
    world.somebody("reed")
    with world.services.database.transaction() as session:
        (row,) = session.scalars(select(models.SignIn))
    (token,) = [value for value, token in world.state.user_tokens.items() if token.user.login == "reed"][-1:]
    assert token.encode() not in row.sealed_token
    assert world.services.sign_ins.find(row.id) is None


def test_a_code_without_its_beginning_signs_nobody_in(world: World) -> None:
    answer = world.nobody().get("/signin/callback?code=abc&state=made-up")
    assert answer.status_code == 400
    assert "was not begun here" in answer.text


def test_a_code_that_github_does_not_know_signs_nobody_in(world: World) -> None:
    client = world.nobody()
    asked = client.get("/signin/github").location
    state = re.search(r"state=([^&]+)", asked)
    assert state
    answer = client.get(f"/signin/callback?code=made-up&state={state[1]}")
    assert answer.status_code == 400
    assert client.get("/deliveries/").status_code == 302


def test_who_says_no_to_github_is_not_signed_in(world: World) -> None:
    client = world.nobody()
    state = re.search(r"state=([^&]+)", client.get("/signin/github").location)
    assert state
    answer = client.get(f"/signin/callback?error=access_denied&state={state[1]}")
    assert answer.status_code == 400
    assert "did not confirm" in answer.text


def test_trying_too_often_is_refused(world: World) -> None:
    client = world.nobody()
    answers = [client.get("/signin/github").status_code for _ in range(25)]
    assert answers[:20] == [302] * 20
    assert set(answers[20:]) == {429}


def test_access_that_github_takes_back_ends_here_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.scan()
    client = world.somebody("reed")
    assert client.get("/repositories/octo/app").status_code == 200
    with monkeypatch.context() as patch:
        patch.delitem(world.repository.roles, "reed")
        assert client.get("/repositories/octo/app").status_code == 200, "believed for a short time"
        patch.setattr("web.access.viewer.FRESH", -timedelta(seconds=1))
        assert client.get("/repositories/octo/app").status_code == 404


def test_a_token_that_github_takes_no_more_ends_the_session(world: World) -> None:
    world.scan()
    client = world.somebody("reed")
    world.state.user_tokens.clear()
    assert client.get("/repositories/octo/app").status_code == 302
    assert client.get("/deliveries/").location == "/signin/?next=/deliveries/"


def test_a_public_repository_is_for_all_who_signed_in(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    scan = world.scan()
    monkeypatch.setattr(world.repository, "private", False)
    assert world.somebody("sam").get(f"/scans/{scan}").status_code == 200
    assert world.nobody().get(f"/scans/{scan}").status_code == 302


def test_without_a_client_secret_nobody_signs_in_and_is_told_why(
    world_settings: Callable[..., Settings], world: World
) -> None:
    client = create_app(world_settings(client_secret=None)).test_client()
    answer = client.get("/signin/github")
    assert answer.status_code == 503
    assert "GREENLATCH_CLIENT_SECRET" in answer.text


def test_the_pages_can_be_switched_off(world_settings: Callable[..., Settings], world: World) -> None:
    scan = world.scan()
    settings = world_settings(pages=False, public_url="http://localhost")
    application = create_app(settings)
    assert {rule.rule for rule in application.url_map.iter_rules()} <= {
        "/webhook",
        "/healthz",
        "/readyz",
        "/livez",
        "/metrics",
        "/static/<path:filename>",
    }
    assert application.test_client().get(f"/scans/{scan}").status_code == 404
    assert settings.scan_url(scan) is None


def test_cookies_are_secure_where_the_address_is(world_settings: Callable[..., Settings], world: World) -> None:
    client = create_app(world_settings(public_url="https://greenlatch.example")).test_client()
    cookie = client.get("/signin/github", base_url="https://greenlatch.example").headers["Set-Cookie"]
    assert cookie.startswith("__Host-greenlatch=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= {part.strip() for part in cookie.split(";")}


@pytest.mark.parametrize("address", ["/", "/rules/", "/signin/", "/nothing", "/healthz"])
def test_every_answer_carries_its_protections(world: World, address: str) -> None:
    headers = world.nobody().get(address, headers={"Accept": "text/html"}).headers
    policy = dict(part.strip().partition(" ")[::2] for part in headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert "script-src" not in policy
    assert policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert headers["X-Content-Type-Options"] == "nosniff"
