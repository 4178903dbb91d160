"""The doctor's look at GitHub: clock, credentials, what the App and each installation may do, and the webhook."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

import requests

from bot.client import GitHubApp, clock_skew, never_arrived
from bot.errors import CredentialsRefused, GitHubRefused, GitHubUnavailable
from bot.manifest import EVENTS, PERMISSIONS, WRITING
from bot.resources import AppDescription, HookConfig, HookDelivery, Installation
from bot.settings import Settings
from workers.doctor.diagnosis import Diagnosis, ok, problem, warning
from workers.models import now

SKEW_SECONDS, TOO_MUCH_SKEW_SECONDS = 20.0, 55.0
"""GitHub refuses a JWT from the future; ours are dated back by a minute."""
WINDOW = timedelta(days=3)
LEVELS = ("", "read", "write", "admin")
UNREACHABLE = "see GREENLATCH_GITHUB_URL, the network and its proxies (HTTPS_PROXY)"


def check_clock(settings: Settings) -> Iterator[Diagnosis]:
    try:
        skew = clock_skew(settings)
    except GitHubUnavailable as error:
        yield problem("clock", f"{settings.api_url} does not answer: {error.reason}", UNREACHABLE)
        return
    says = f"{abs(skew):.0f} seconds {'ahead of' if skew > 0 else 'behind'} GitHub's"
    if abs(skew) > SKEW_SECONDS:
        tell = problem if abs(skew) > TOO_MUCH_SKEW_SECONDS else warning
        yield tell("clock", says, "synchronise it (timedatectl set-ntp true): GitHub refuses tokens of another time")
    else:
        yield ok("clock", "as GitHub's")


def check_app(settings: Settings, app: GitHubApp) -> Iterator[Diagnosis]:
    """Whether GitHub takes the credentials, and everything that can be asked with them."""
    try:
        me = app.describe()
    except (CredentialsRefused, GitHubRefused) as error:
        advice = f"the key must be one of App {settings.app_id}: see GREENLATCH_APP_ID and the App's private keys"
        yield problem("credentials", f"GitHub refuses them: {error.reason}", advice)
        return
    except GitHubUnavailable as error:
        yield problem("credentials", f"GitHub does not answer: {error.reason}", UNREACHABLE)
        return
    if me.slug != settings.slug:
        says = f"the App is called `{me.slug}`, and configured is `{settings.slug}`"
        yield problem("credentials", says, f"GREENLATCH_SLUG={me.slug}")
    else:
        yield ok("credentials", f"GitHub knows us as `{me.slug}`")
    yield from _granted("app", me.permissions, me.events, f"change it at {me.html_url}, Permissions & events")
    try:
        yield from _installations(app.list_installations(), me)
        yield from _webhook(settings, app.hook_config(), list(app.list_deliveries(now() - WINDOW)))
    except (GitHubUnavailable, GitHubRefused) as error:
        yield problem("github", f"it could not be asked further: {error}", "try again")


def _granted(part: str, permissions: Mapping[str, str], events: tuple[str, ...], where: str) -> Iterator[Diagnosis]:
    missing = [f"{name}: {level}" for name, level in PERMISSIONS.items() if not _covers(permissions.get(name), level)]
    allowed = {**PERMISSIONS, **WRITING}
    more = [f"{name}: {level}" for name, level in permissions.items() if not _covers(allowed.get(name), level)]
    unheard = sorted(set(EVENTS) - set(events))
    if missing:
        yield problem(part, f"it may not: {', '.join(missing)}", where)
    if unheard:
        yield problem(part, f"it does not hear of: {', '.join(unheard)}", where)
    if more:
        yield warning(part, f"it may more than it uses: {', '.join(more)}", where)
    if not (missing or unheard or more):
        writes = _covers(permissions.get("contents"), "write")
        yield ok(part, "permissions and events as needed" + (", may commit fixes" if writes else ""))


def _covers(granted: str | None, needed: str) -> bool:
    return LEVELS.index(granted or "") >= LEVELS.index(needed)


def _installations(found: list[Installation], me: AppDescription) -> Iterator[Diagnosis]:
    if not found:
        yield warning("installations", "the App is installed nowhere", f"install it: {me.html_url}/installations/new")
    for one in found:
        part = f"installation {one.account}"
        if one.suspended_at is not None:
            yield warning(part, "it is suspended: nothing is reviewed there", f"unsuspend it at {one.html_url}")
        else:
            where = f"an owner of {one.account} has to accept what the App asks for: {one.html_url}"
            yield from _granted(part, one.permissions, one.events, where)


def _webhook(settings: Settings, hook: HookConfig, attempts: list[HookDelivery]) -> Iterator[Diagnosis]:
    advice = "change it on the App's page, section Webhook"
    if not hook.url:
        yield problem("webhook", "the App has none", advice)
        return
    expected = f"{settings.public_url}/webhook"
    if settings.public_url and hook.url.rstrip("/") != expected:
        yield problem("webhook", f"GitHub sends to {hook.url}, and we are at {expected}", advice)
    if hook.content_type != "json":
        yield problem("webhook", f"its content type is `{hook.content_type}`", f"{advice}: application/json")
    if not hook.secret:
        yield problem("webhook", "it has no secret: nothing of it is accepted", advice)
    if hook.insecure_ssl != "0":
        yield warning("webhook", "GitHub does not verify our certificate", f"{advice}: enable SSL verification")
    yield _reached(hook.url)
    yield from _delivered(attempts)


def _reached(url: str) -> Diagnosis:
    address = f"{url.rstrip('/').removesuffix('/webhook')}/readyz"
    try:
        answer = requests.get(address, timeout=5)
    except requests.RequestException as error:
        says = f"from here nothing answers at {address} ({type(error).__name__})"
        return warning("webhook", says, "GitHub has to reach it: see the reverse proxy, its certificate and firewalls")
    if answer.status_code != 200:
        return warning("webhook", f"{address} answers {answer.status_code}", "see /healthz there")
    return ok("webhook", f"{url} is ready to take deliveries")


def _delivered(attempts: list[HookDelivery]) -> Iterator[Diagnosis]:
    """What GitHub itself says about the last days is the only proof that URL and secret are right."""
    lost = never_arrived(attempts)
    if not attempts:
        yield warning(
            "deliveries", "GitHub delivered nothing in three days", "open a pull request where it is installed"
        )
    elif (last := max(attempts, key=lambda one: one.delivered_at)).status_code == 401:
        advice = "set the same secret on the App's page and as GREENLATCH_WEBHOOK_SECRET"
        yield problem("deliveries", "the last one was refused: its secret is another one", advice)
    elif not last.arrived:
        says = f"the last one did not arrive: {last.status}"
        yield problem("deliveries", says, "see the webhook above, then: python -m bot redeliver --since 3d")
    elif lost:
        says = f"{len(lost)} of three days never arrived"
        yield warning("deliveries", says, "python -m bot redeliver --since 3d")
    else:
        yield ok("deliveries", f"all {len(attempts)} of three days arrived")
