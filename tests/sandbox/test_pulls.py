"""Pull requests as the API tells them: files with real patches, pages, limits, commits, contents, comparisons."""

from __future__ import annotations

import base64

from tests.sandbox.world import World


def test_a_pull_request_knows_its_ends(hub: World) -> None:
    body = hub.repo("GET", "/pulls/1").body

    assert (body["state"], body["draft"], body["merged"]) == ("open", False, False)
    assert body["head"]["sha"] == hub.pull.head_sha
    assert body["base"] | {"repo": None, "user": None} == {
        "label": "acme:main",
        "ref": "main",
        "sha": hub.pull.base_sha,
        "repo": None,
        "user": None,
    }
    assert (body["changed_files"], body["commits"]) == (3, 1)


def test_lists_are_filtered(hub: World) -> None:
    second = hub.scenario.open_pull(hub.repository, "other", title="Other", author="ann", files={"x.py": "x = 1\n"})
    hub.scenario.close(second)

    assert [each["number"] for each in hub.repo("GET", "/pulls").body] == [1]
    assert [each["number"] for each in hub.repo("GET", "/pulls?state=all").body] == [2, 1]
    assert [each["number"] for each in hub.repo("GET", "/pulls?state=all&head=acme:other").body] == [2]
    assert hub.repo("GET", "/pulls/3").status == 404


def test_files_carry_the_patch_of_git(hub: World) -> None:
    files = {file["filename"]: file for file in hub.repo("GET", "/pulls/1/files").body}

    assert {name: file["status"] for name, file in files.items()} == {
        "app/service.py": "modified",
        "app/new.py": "added",
        "app/old.py": "removed",
    }
    assert files["app/new.py"]["patch"] == "@@ -0,0 +1,2 @@\n+one = 1\n+two = 2"
    assert files["app/service.py"]["patch"].count("@@ -") == 2
    assert (files["app/service.py"]["additions"], files["app/service.py"]["deletions"]) == (3, 2)


def test_some_files_have_no_patch(hub: World) -> None:
    big = "".join(f"value_{number} = {number}\n" for number in range(25_000))
    hub.scenario.push(hub.pull, {"logo.png": b"\x89PNG\x00\x01", "big.py": big, "app/no_newline.py": "a = 1"})

    files = {file["filename"]: file for file in hub.repo("GET", "/pulls/1/files").body}

    assert "patch" not in files["logo.png"]
    assert "patch" not in files["big.py"]
    assert files["big.py"]["additions"] == 25_000
    assert files["app/no_newline.py"]["patch"].endswith("+a = 1\n\\ No newline at end of file")
    comment = {"path": "big.py", "line": 1, "body": "No."}
    assert hub.repo("POST", "/pulls/1/reviews", {"event": "COMMENT", "comments": [comment]}).status == 422


def test_a_rename_keeps_its_old_name(hub: World) -> None:
    content = hub.repository.git.file("main", "README.md")
    hub.scenario.push(hub.pull, {"README.md": None, "docs/über.md": content})

    files = {file["filename"]: file for file in hub.repo("GET", "/pulls/1/files").body}

    assert files["docs/über.md"]["status"] == "renamed"
    assert files["docs/über.md"]["previous_filename"] == "README.md"
    assert "patch" not in files["docs/über.md"]


def test_carriage_returns_stay_in_the_patch(hub: World) -> None:
    hub.scenario.push(hub.pull, {"dos.py": "a = 1\r\nb = 2\r\n"})

    files = {file["filename"]: file for file in hub.repo("GET", "/pulls/1/files").body}

    assert files["dos.py"]["patch"] == "@@ -0,0 +1,2 @@\n+a = 1\r\n+b = 2\r"


def test_pages_are_linked(hub: World) -> None:
    hub.scenario.push(hub.pull, {f"many/{number}.py": f"n = {number}\n" for number in range(40)})

    first = hub.repo("GET", "/pulls/1/files")
    assert len(first.body) == 30
    assert f'{hub.state.api_url}/repos/acme/shop/pulls/1/files?page=2>; rel="next"' in first.headers["Link"]
    second = hub.repo("GET", "/pulls/1/files?per_page=30&page=2")
    assert len(second.body) == 13
    assert 'rel="prev"' in second.headers["Link"]
    assert 'rel="next"' not in second.headers["Link"]
    assert hub.repo("GET", "/pulls/1/files?per_page=1000&page=1").status == 200
    assert len(hub.repo("GET", "/pulls/1/files?per_page=100").body) == 43


def test_the_diff_media_type_has_limits(hub: World) -> None:
    headers = {"Accept": "application/vnd.github.v3.diff"}
    small = hub.repo("GET", "/pulls/1", headers=headers)
    assert small.body.startswith(b"diff --git ")

    hub.scenario.push(hub.pull, {f"many/{number}.py": "" for number in range(301)})
    large = hub.repo("GET", "/pulls/1", headers=headers)
    assert large.status == 406
    assert "maximum number of files (300)" in large.body["message"]

    hub.scenario.force_push(hub.pull, {"long.py": "x\n" * 20_001})
    assert "maximum number of lines (20000)" in hub.repo("GET", "/pulls/1", headers=headers).body["message"]


def test_the_diff_starts_at_the_merge_base(hub: World) -> None:
    hub.scenario.commit(hub.repository, "main", {"README.md": "# Another shop\n"})
    hub.scenario.push(hub.pull, {"app/new.py": "one = 11\n"})

    assert "README.md" not in [file["filename"] for file in hub.repo("GET", "/pulls/1/files").body]
    comparison = hub.repo("GET", f"/compare/main...{hub.pull.head_sha}").body
    assert (comparison["status"], comparison["ahead_by"], comparison["behind_by"]) == ("diverged", 2, 1)
    assert "README.md" not in [file["filename"] for file in comparison["files"]]


def test_commits_and_what_they_belong_to(hub: World) -> None:
    (commit,) = hub.repo("GET", "/pulls/1/commits").body
    assert commit["sha"] == hub.pull.head_sha
    assert commit["author"]["login"] == "ann"

    assert [pull["number"] for pull in hub.repo("GET", f"/commits/{hub.pull.head_sha}/pulls").body] == [1]
    assert hub.repo("GET", f"/commits/{hub.pull.base_sha}/pulls").body == []
    assert hub.repo("GET", "/commits/feature").body["sha"] == hub.pull.head_sha
    assert hub.repo("GET", f"/git/commits/{hub.pull.head_sha}").body["message"] == "Change the service"
    assert hub.repo("GET", "/commits/nowhere").status == 422


def test_files_folders_and_trees(hub: World) -> None:
    file = hub.repo("GET", f"/contents/app/new.py?ref={hub.pull.head_sha}").body
    assert base64.b64decode(file["content"]) == b"one = 1\ntwo = 2\n"
    assert hub.repo("GET", "/contents/app/new.py").status == 404
    folder = hub.repo("GET", "/contents/app?ref=feature").body
    assert [each["path"] for each in folder] == ["app/new.py", "app/service.py"]
    raw = hub.repo("GET", "/contents/README.md", headers={"Accept": "application/vnd.github.raw+json"})
    assert raw.body == b"# Shop\n"
    tree = hub.repo("GET", "/git/trees/feature?recursive=1").body
    assert [each["path"] for each in tree["tree"] if each["type"] == "blob"] == [
        "README.md",
        "app/new.py",
        "app/service.py",
    ]
    assert hub.repo("GET", "/git/trees/nowhere").status == 404


def test_references_move_forward_only(hub: World) -> None:
    sha = hub.pull.head_sha
    assert hub.repo("GET", "/git/ref/heads/feature").body["object"]["sha"] == sha
    assert hub.repo("GET", "/git/ref/pull/1/head").body["object"]["sha"] == sha
    assert hub.repo("GET", "/git/ref/heads/nowhere").status == 404
    assert hub.repo("PATCH", "/git/refs/heads/feature", {"sha": hub.pull.base_sha}).status == 422
    assert hub.repo("POST", "/git/refs", {"ref": "refs/heads/copy", "sha": sha}).status == 201
    assert hub.repo("POST", "/git/refs", {"ref": "refs/heads/copy", "sha": sha}).status == 422
    forced = hub.repo("PATCH", "/git/refs/heads/copy", {"sha": hub.pull.base_sha, "force": True})
    assert forced.body["object"]["sha"] == hub.pull.base_sha


def test_a_repository_is_found_by_name_and_id(hub: World) -> None:
    assert hub.repo("GET", "").body["default_branch"] == "main"
    assert hub.call("GET", f"/repositories/{hub.repository.id}").body["full_name"] == "acme/shop"
    hub.scenario.delete_repository(hub.repository)
    assert hub.repo("GET", "").status == 404
    assert hub.call("GET", f"/repositories/{hub.repository.id}").status == 404
