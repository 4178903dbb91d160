"""One look at everything, in the order in which one thing needs the other."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict

from bot.errors import UserError
from bot.settings import load_settings
from workers.doctor import at_github, machine
from workers.doctor.diagnosis import Diagnosis, Verdict, ok, problem
from workers.services import make_services

FOUND_NOTHING, FOUND_PROBLEMS = 0, 1
WIDTH = 24


def examine() -> Iterator[Diagnosis]:
    """Every part once; a problem of one leaves the others to be looked at."""
    yield from _whole("git", machine.check_git())
    try:
        settings = load_settings()
    except UserError as error:
        yield problem("settings", error.message, error.hint)
        return
    yield ok("settings", f"App {settings.app_id} at {settings.github_url}")
    yield from _whole("files", machine.check_files(settings))
    yield from _whole("disk", machine.check_disk(settings))
    yield from _whole("clock", at_github.check_clock(settings))
    try:
        services = make_services(settings)
    except UserError as error:
        if error.reference not in ("bad-private-key", "unreadable-private-key"):  # those have been told
            yield problem("settings", str(error.message), error.hint)
        rest = "credentials, installations, webhook, database, redis, workers"
        yield Diagnosis(rest, Verdict.UNKNOWN, "not looked at: first solve what is above")
        return
    yield from _whole("credentials", at_github.check_app(settings, services.github))
    yield from _whole("database", machine.check_storage(services))
    yield from _whole("redis", machine.check_queue(services))
    yield from _whole("workers, sweeper", machine.check_processes(services))
    services.queues.redis.close()
    services.database.close()


def _whole(part: str, check: Iterable[Diagnosis]) -> Iterator[Diagnosis]:
    """What a check says, and of one that cannot go on, why: the others are still to be looked at."""
    try:
        yield from check
    except OSError as error:
        yield problem(part, f"it cannot be looked at: {error}", "see that this user may read and write there")


def status(found: Iterable[Diagnosis]) -> int:
    bad = (Verdict.PROBLEM, Verdict.UNKNOWN)
    return FOUND_PROBLEMS if any(one.verdict in bad for one in found) else FOUND_NOTHING


def as_text(one: Diagnosis) -> str:
    """One line for what is found, and one for what to do."""
    lines = one.says.splitlines()
    head = f"{one.verdict.value:<8} {one.part:<{WIDTH}} {lines[0]}"
    rest = [*lines[1:], *([f"-> {one.advice}"] if one.advice else [])]
    return "\n".join([head, *(f"{'':<9}{'':<{WIDTH}} {line.strip()}" for line in rest)])


def as_json(found: Iterable[Diagnosis]) -> str:
    return json.dumps([asdict(one) for one in found], indent=2, ensure_ascii=False)
