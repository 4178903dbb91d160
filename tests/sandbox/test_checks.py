"""Check runs within GitHub's limits, and the buttons of people."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.world import World


def create(hub: World, **more: Any) -> Any:
    return hub.repo("POST", "/check-runs", {"name": "Greenlatch", "head_sha": hub.pull.head_sha, **more})


def annotation(**more: Any) -> dict[str, Any]:
    place = {"path": "app/service.py", "start_line": 1, "end_line": 1}
    return {**place, "annotation_level": "failure", "message": "It fails.", **more}


def output(*annotations: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"title": "One finding", "summary": "It fails.", "annotations": list(annotations), **more}


def test_a_run_goes_from_queued_to_completed(hub: World) -> None:
    created = create(hub, external_id="scan-1", details_url="http://127.0.0.1/scans/1")
    assert created.status == 201
    assert (created.body["status"], created.body["conclusion"]) == ("queued", None)
    path = f"/check-runs/{created.body['id']}"

    hub.repo("PATCH", path, {"status": "in_progress"})
    done = hub.repo("PATCH", path, {"conclusion": "failure", "output": output(annotation())}).body

    assert (done["status"], done["conclusion"], done["external_id"]) == ("completed", "failure", "scan-1")
    assert done["completed_at"] is not None
    assert done["pull_requests"][0]["number"] == 1
    listed = hub.repo("GET", f"/commits/{hub.pull.head_sha}/check-runs?check_name=Greenlatch").body
    assert [run["id"] for run in listed["check_runs"]] == [done["id"]]
    (suite,) = hub.repo("GET", f"/commits/{hub.pull.head_sha}/check-suites").body["check_suites"]
    assert (suite["status"], suite["conclusion"]) == ("completed", "failure")


def test_annotations_accumulate_over_requests(hub: World) -> None:
    run = create(hub, output=output(*[annotation(start_line=n, end_line=n) for n in range(1, 51)])).body
    hub.repo("PATCH", f"/check-runs/{run['id']}", {"output": output(annotation(start_line=51, end_line=51))})

    assert hub.repo("GET", f"/check-runs/{run['id']}").body["output"]["annotations_count"] == 51
    page = hub.repo("GET", f"/check-runs/{run['id']}/annotations?per_page=50&page=2").body
    assert [each["start_line"] for each in page] == [51]


def test_more_than_fifty_annotations_at_once_are_refused(hub: World) -> None:
    answer = create(hub, output=output(*[annotation()] * 51))

    assert answer.status == 422
    assert "No more than 50 items are allowed; 51 were supplied." in answer.body["message"]


def test_summary_and_text_have_a_limit(hub: World) -> None:
    for length, status in ((65_535, 201), (65_536, 422)):
        assert create(hub, output=output(summary="x" * length)).status == status
        assert create(hub, output=output(text="x" * length)).status == status


def test_columns_are_for_annotations_on_one_line(hub: World) -> None:
    columns = {"start_column": 3, "end_column": 9}

    assert create(hub, output=output(annotation(**columns))).status == 201
    assert create(hub, output=output(annotation(end_line=2, **columns))).status == 422
    assert create(hub, output=output(annotation(start_line=3, end_line=2))).status == 422


def test_buttons_have_limits(hub: World) -> None:
    def pressed(count: int = 1, **more: str) -> int:
        action = {"label": "l" * 20, "description": "d" * 40, "identifier": "i" * 20, **more}
        status: int = create(hub, actions=[action] * count).status
        return status

    assert pressed(3) == 201
    assert pressed(4) == 422
    assert pressed(label="l" * 21) == 422
    assert pressed(description="d" * 41) == 422
    assert pressed(identifier="i" * 21) == 422


def test_a_run_needs_a_commit(hub: World) -> None:
    for sha in ("0" * 40, "main", hub.pull.head_sha[:12]):
        answer = create(hub, head_sha=sha)
        assert answer.status == 422
        assert f"No commit found for SHA: {sha}" in answer.body["message"]


def test_a_completed_run_has_a_conclusion_from_the_list(hub: World) -> None:
    assert create(hub, status="completed").status == 422
    assert create(hub, conclusion="stale").status == 422
    assert create(hub, conclusion="fine").status == 422
    assert create(hub, conclusion="neutral").body["status"] == "completed"


def test_only_its_app_changes_a_run(hub: World) -> None:
    run = create(hub).body
    other = hub.state.add_app("other")
    installation = hub.scenario.install(other, "acme", [hub.repository])
    hub.app, hub.installation = other, installation

    answer = hub.repo("PATCH", f"/check-runs/{run['id']}", {"status": "in_progress"}, token=hub.new_token())

    assert answer.status == 403


def test_the_newest_run_of_a_name_is_the_one_that_counts(hub: World) -> None:
    create(hub, conclusion="failure")
    second = create(hub, conclusion="success").body
    path = f"/commits/{hub.pull.head_sha}/check-runs"

    assert [run["id"] for run in hub.repo("GET", path).body["check_runs"]] == [second["id"]]
    assert hub.repo("GET", f"{path}?filter=all").body["total_count"] == 2


def test_rerun_asks_the_app_and_leaves_the_run_alone(hub: World) -> None:
    body = create(hub, conclusion="failure").body
    run = hub.state.check_runs[body["id"]]
    hub.told()

    hub.scenario.press_rerun(run, actor="ann")

    assert hub.told() == ["check_run.rerequested"]
    assert hub.repo("GET", f"/check-runs/{run.id}").body["conclusion"] == "failure"
    assert hub.repo("GET", f"/check-suites/{run.suite.id}").body["status"] == "queued"


def test_a_button_is_there_once_the_run_is_completed(hub: World) -> None:
    action = {"label": "Apply fixes", "description": "Commit the safe fixes", "identifier": "fix"}
    run = hub.state.check_runs[create(hub, actions=[action]).body["id"]]
    with pytest.raises(LookupError):
        hub.scenario.press_button(run, "fix")

    hub.repo("PATCH", f"/check-runs/{run.id}", {"conclusion": "failure"})
    hub.scenario.press_button(run, "fix", actor="ann")

    assert hub.state.webhooks.wait_idle()
    (received,) = hub.hooks.named("check_run.requested_action")
    assert received.payload["requested_action"] == {"identifier": "fix"}
    assert received.payload["sender"]["login"] == "ann"


def test_the_api_asks_again_too(hub: World) -> None:
    run = create(hub, conclusion="failure").body
    hub.told()

    assert hub.repo("POST", f"/check-runs/{run['id']}/rerequest").status == 201
    assert hub.repo("POST", f"/check-suites/{run['check_suite']['id']}/rerequest").status == 201
    assert hub.told() == ["check_run.rerequested", "check_suite.rerequested"]
