"""The demo: a repository with an open pull request for each folder of `bot/sandbox/pulls`, and what is expected."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bot.sandbox.model import App, CheckRun, Pull, Repository
from bot.sandbox.scenario import Scenario, read_folder
from bot.sandbox.state import SandboxState

PULLS = Path(__file__).resolve().parent / "pulls"
OWNER = "demo"
OPERATOR = "olive"
"""Who reads the demo's repository and looks after Greenlatch."""
REPOSITORY = f"{OWNER}/services"
RULE = re.compile(r"`(BR-[A-Z]+-\d+)`")


@dataclass(frozen=True, slots=True)
class Expected:
    """What a review of a demo pull request has to say: a path for each finding, and the rules that find them."""

    paths: tuple[str, ...]
    rules: frozenset[str]
    conclusion: str


@dataclass(frozen=True, slots=True)
class DemoPull:
    pull: Pull
    expected: Expected


@dataclass(frozen=True, slots=True)
class Outcome:
    """What stands on a pull request now. `conclusion` is empty while its check still runs."""

    stage: str
    conclusion: str = ""
    findings: int = 0
    inline: int = 0
    problems: tuple[str, ...] = ()
    """How it differs from what is expected; empty while the check still runs."""


def open_pulls(state: SandboxState, app: App, folder: Path = PULLS) -> list[DemoPull]:
    """Makes the repository, installs the app on it and opens all pull requests."""
    scenario = Scenario(state)
    folders = sorted(path.parent for path in folder.glob("*/pull.toml"))
    base = {name: data for each in folders for name, data in read_folder(each / "base").items()}
    repository = scenario.create_repository(REPOSITORY, base, organization=True, private=False)
    scenario.install(app, OWNER, [repository])
    scenario.user(OPERATOR)
    repository.roles[OPERATOR] = "maintain"
    return [_open(scenario, repository, each) for each in folders]


def _open(scenario: Scenario, repository: Repository, folder: Path) -> DemoPull:
    about = tomllib.loads((folder / "pull.toml").read_text("utf-8"))
    files: dict[str, bytes | None] = {**read_folder(folder / "head"), **dict.fromkeys(about["deleted"])}
    repository.roles.setdefault(about["author"], "write")
    pull = scenario.open_pull(
        repository, about["branch"], title=about["title"], body=about["body"], author=about["author"], files=files
    )
    expected = Expected(
        paths=tuple(sorted(each["path"] for each in about["expected"])),
        rules=frozenset(each["rule"] for each in about["expected"]),
        conclusion=about["conclusion"],
    )
    return DemoPull(pull, expected)


def look(state: SandboxState, demo: DemoPull) -> Outcome:
    """What the sandbox shows of a pull request."""
    pull = demo.pull
    with state.lock:
        runs = state.runs_for(pull.repository, pull.head_sha)
        comments = [comment for comment in state.review_comments_of(pull) if comment.user.kind == "Bot"]
        if not runs:
            return Outcome("waiting for a worker")
        run = runs[0]
        if run.conclusion is None:
            return Outcome(run.title or run.status, inline=len(comments))
        texts = [run.summary or "", run.text or "", *(comment.body for comment in comments)]
        return Outcome(
            stage=run.title or run.status,
            conclusion=run.conclusion,
            findings=len(run.annotations),
            inline=len(comments),
            problems=tuple(_differences(demo.expected, run, texts)),
        )


def _differences(expected: Expected, run: CheckRun, texts: Iterable[str]) -> Iterable[str]:
    if run.conclusion != expected.conclusion:
        yield f"the check concludes {run.conclusion}, expected is {expected.conclusion}"
    found = Counter(annotation["path"] for annotation in run.annotations)
    wanted = Counter(expected.paths)
    yield from (f"{count} expected in {path} and not found" for path, count in sorted((wanted - found).items()))
    yield from (f"{count} found in {path} and not expected" for path, count in sorted((found - wanted).items()))
    rules = {match for text in texts for match in RULE.findall(text)}
    yield from (f"{rule} is not told" for rule in sorted(expected.rules - rules))
    yield from (f"{rule} is told and not expected" for rule in sorted(rules - expected.rules))
