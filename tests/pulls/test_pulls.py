"""The demo pull requests fail on real SQLAlchemy as told, and work with the maintainers' fix."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.pulls.demo import PULLS as FOLDER
from tests.pulls.demo import load_pull, load_pulls
from tests.pulls.scenario import Outcome, Step, fixed_files, run_scenario, write_tree

PULLS = ("000-digest-source", "001-driver-mismatch", "002-job-timestamps", "003-battle-performers")

HELPER = "tournament/battle_app/services/event_service.py"
PAGES = "tournament/battle_app/templates/battles"
GUARD = 'if hasattr(performer, "dancer") and performer.dancer:'
DATABASE = "subscriptions/subscriptions_api/database.py"
IMPORT = "from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine"

FAILURES = {
    "000-digest-source": [
        ("show", "MissingGreenlet", "digest/digest_api/services/digests.py", "source_name=content.source.name,"),
    ],
    "001-driver-mismatch": [
        ("follow", "ImportError", DATABASE, IMPORT),
        ("driver", "ModuleNotFoundError", "", ""),
        ("follow", "ImportError", DATABASE, IMPORT),
    ],
    "002-job-timestamps": [
        ("sync_all", "MissingGreenlet", "library/library_api/routes/sync.py", "job_updated_at = job.updated_at"),
        (
            "export",
            "MissingGreenlet",
            "library/library_api/services/exports.py",
            'logger.info("queued export %s of %s", export.id, kind)',
        ),
    ],
    "003-battle-performers": [
        ("command_center", "MissingGreenlet", HELPER, GUARD),
        ("current_battle", "MissingGreenlet", HELPER, GUARD),
        ("queue", "MissingGreenlet", HELPER, GUARD),
        (
            "list_of_battles",
            "MissingGreenlet",
            f"{PAGES}/list.html",
            '<span>{{ performer.dancer.blaze if performer.dancer else "TBD" }}</span>',
        ),
        ("one_battle", "MissingGreenlet", f"{PAGES}/detail.html", "{% if performer.dancer %}"),
    ],
}
"""Step, error, innermost place in the tree, and the line there; every other step works."""

WORKING: dict[str, dict[str, object]] = {
    "000-digest-source": {
        "compose": {"entries": 3},
        "show": [
            ["The culture Post", "culture", False],
            ["The science Post", "science", True],
            ["The science Post", "science", False],
        ],
        "unknown_day": 404,
    },
    "001-driver-mismatch": {},
    "002-job-timestamps": {
        "show_job": ["created_at", "id", "status", "updated_at"],
        "sync_tags": ["id", "since", "status"],
        "sync_all": ["created_at", "id", "status", "updated_at"],
        "export": {"export_id": 1},
    },
    "003-battle-performers": {
        "command_center": ["Nova vs Pulse", "Rift vs Unknown", "Pulse vs TBD"],
        "current_battle": ["Nova vs Pulse"],
        "queue": ["Rift vs Unknown", "Pulse vs TBD"],
        "list_of_battles": ["Nova", "Rift", "Nova", "Pulse", "Rift", "TBD", "Pulse"],
        "one_battle": ["Nova (FR)", "Pulse (FR)"],
        "unknown_battle": 404,
    },
}
"""What users see once it works."""

CHAINED = "selectinload(Battle.performers).selectinload(Performer.dancer)"
STEP_OF_QUERY = {
    "get_by_category": "command_center",
    "get_active_battle": "current_battle",
    "get_pending_battles_ordered": "queue",
    "get_by_tournament": "list_of_battles",
    "get_with_performers": "one_battle",
}


def play(pull: str, folder: Path, *, changed: Mapping[str, bytes] | None = None) -> Outcome:
    return run_scenario(pull, write_tree(folder, {**load_pull(pull).tree(), **(changed or {})}))


def told(step: Step) -> tuple[str, str, str, str]:
    return step.name, step.error, step.path, step.text


@pytest.mark.parametrize("pull", PULLS)
def test_fails_as_the_post_mortem_says(pull: str, tmp_path: Path) -> None:
    outcome = play(pull, tmp_path)
    assert [told(step) for step in outcome.failures] == FAILURES[pull]


@pytest.mark.parametrize("pull", PULLS)
def test_works_with_the_maintainers_fix(pull: str, tmp_path: Path) -> None:
    outcome = play(pull, tmp_path, changed=fixed_files(pull))
    assert outcome.failures == ()
    assert {name: outcome.step(name).value for name in WORKING[pull]} == WORKING[pull]


def test_options_of_get_do_not_help_for_an_object_of_the_identity_map(tmp_path: Path) -> None:
    path = "digest/digest_api/services/digests.py"
    source = load_pull("000-digest-source").head[path].decode()
    tried = source.replace(
        "self.session.get(Content, entry.content_id)",
        "self.session.get(Content, entry.content_id, options=[selectinload(Content.source)])",
    )
    assert tried != source
    outcome = play("000-digest-source", tmp_path, changed={path: tried.encode()})
    assert [told(step) for step in outcome.failures] == FAILURES["000-digest-source"]


def test_missing_greenlet_is_told_by_the_import(tmp_path: Path) -> None:
    failure = play("001-driver-mismatch", tmp_path).failures[0]
    assert "requires that the Python 'greenlet' library is installed" in failure.message
    assert failure.service == "subscriptions"


@pytest.mark.parametrize("query", STEP_OF_QUERY)
def test_each_query_that_reaches_the_names_needs_its_own_chain(query: str, tmp_path: Path) -> None:
    path = "tournament/battle_app/repositories/battle.py"
    fixed = fixed_files("003-battle-performers")[path].decode()
    start = fixed.index(f"async def {query}(")
    unchained = fixed[:start] + fixed[start:].replace(CHAINED, "selectinload(Battle.performers)", 1)
    outcome = play("003-battle-performers", tmp_path, changed={path: unchained.encode()})
    assert [step.name for step in outcome.failures] == [STEP_OF_QUERY[query]]


def test_fix_chains_the_queries_that_reach_the_names_and_no_others() -> None:
    said = tomllib.loads((FOLDER / "003-battle-performers" / "pull.toml").read_text())
    fixed = fixed_files("003-battle-performers")["tournament/battle_app/repositories/battle.py"].decode()
    functions = re.split(r"\n    async def (\w+)", fixed)
    chained = {name: CHAINED in body for name, body in zip(functions[1::2], functions[2::2], strict=True)}
    loading = {name for name in chained if name.startswith("get_")}
    assert loading == {*said["reaching"], *said["not_reaching"]}
    assert {name for name in loading if chained[name]} == set(said["reaching"]) == set(STEP_OF_QUERY)


def test_all_four_live_in_one_repository() -> None:
    pulls = load_pulls()
    assert tuple(pull.name for pull in pulls) == PULLS
    paths = [path for pull in pulls for path in pull.base]
    assert len(paths) == len(set(paths))
    assert len({pull.branch for pull in pulls}) == len(pulls)


@pytest.mark.parametrize("pull", PULLS)
def test_pull_request_changes_what_is_expected_to_be_found(pull: str) -> None:
    demo = load_pull(pull)
    assert demo.expected
    assert demo.head
    assert all(demo.base.get(path) != data for path, data in demo.head.items())
    assert set(demo.deleted) <= set(demo.base)
    tree = demo.tree()
    assert {place for finding in demo.expected for place in (finding.path, finding.origin)} <= set(tree)
