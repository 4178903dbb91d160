"""`--base` in real git checkouts."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from rules.errors import UserError
from rules.project import MAX_FILE_BYTES, MemoryProject, Project
from rules.report import Report
from tests.rules.cli.command import SERVICE, Command
from tests.rules.cli.engine import analyze

PERSON = {f"GIT_{role}_{what}": "a@example.org" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


def git(folder: Path, *arguments: str) -> str:
    environment = {**os.environ, **PERSON, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout.strip()


@pytest.fixture
def repository(command: Command) -> Command:
    """`old.py` has a problem on `main`; the current branch is `topic`."""
    git(command.folder, "init", "-q", "-b", "main")
    command.write("app/old.py", SERVICE)
    command.write("app/good.py", "a = 1\n")
    commit(command, "Begin")
    git(command.folder, "checkout", "-q", "-b", "topic")
    return command


def commit(repository: Command, message: str) -> str:
    git(repository.folder, "add", "-A")
    git(repository.folder, "commit", "-q", "-m", message)
    return git(repository.folder, "rev-parse", "HEAD")


def new(repository: Command, *arguments: str) -> list[str]:
    printed = repository(*arguments, "--base", "main", "--format", "json").out
    return [finding["path"] for finding in json.loads(printed)["findings"]]


def test_only_new_findings_are_reported(repository: Command) -> None:
    repository.write("app/new.py", SERVICE)
    commit(repository, "Add a problem")
    ran = repository("--base", "main")
    assert ran.status == 1
    assert ran.out.startswith("app/new.py:7:36 BR-ASYNC-001")
    assert ran.out.endswith(
        "Found 1 new problem (1 error) in 1 file; 1 can be fixed with `--fix`\n"
        "1 older problem is not shown: the merge base with `main` has it.\n"
    )


def test_nothing_new_is_success(repository: Command) -> None:
    repository.write("app/old.py", f"# moved down\n\n\n{SERVICE}")
    ran = repository("--base", "main")
    assert ran.status == 0
    assert (
        ran.out
        == "No new problems found in 2 files.\n1 older problem is not shown: the merge base with `main` has it.\n"
    )


@pytest.mark.parametrize("committed", [True, False])
def test_problem_in_a_renamed_file_is_an_older_one(repository: Command, *, committed: bool) -> None:
    git(repository.folder, "mv", "app/old.py", "app/moved.py")
    if committed:
        commit(repository, "Rename")
    assert new(repository) == []
    repository.write("app/new.py", SERVICE)
    assert new(repository) == ["app/new.py"]


def test_second_problem_in_a_renamed_file_is_new(repository: Command) -> None:
    git(repository.folder, "mv", "app/old.py", "app/moved.py")
    repository.write("app/moved.py", f"{SERVICE}\n\ndef more(user):\n    return user.posts\n")
    assert new(repository) == ["app/moved.py"]


def test_renamed_file_below_the_checked_folder(repository: Command) -> None:
    git(repository.folder, "mv", "app/old.py", "app/moved.py")
    assert new(repository, "app") == []


def test_detached_head(repository: Command) -> None:
    git(repository.folder, "checkout", "-q", "--detach")
    repository.write("app/new.py", SERVICE)
    assert new(repository) == ["app/new.py"]


def test_uncommitted_and_untracked_files_count(repository: Command) -> None:
    repository.write("app/good.py", SERVICE)
    repository.write("untracked.py", SERVICE)
    assert new(repository) == ["app/good.py", "untracked.py"]


def test_finding_is_new_when_one_of_its_reads_is(repository: Command) -> None:
    repository.write("app/old.py", f"{SERVICE}\n\ndef count(user):\n    return len(user.posts)\n")
    assert new(repository) == ["app/old.py"]


def test_compared_is_the_merge_base_not_the_tip(repository: Command) -> None:
    git(repository.folder, "checkout", "-q", "main")
    repository.write("app/good.py", SERVICE)
    commit(repository, "The problem comes to main, later")
    git(repository.folder, "checkout", "-q", "topic")
    repository.write("app/good.py", SERVICE)
    commit(repository, "The same problem")
    assert new(repository) == ["app/good.py"]


def test_checked_folder_below_the_root(repository: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    repository.write("app/new.py", SERVICE)
    assert new(repository, "app") == ["new.py"]
    assert new(repository, "app/old.py") == []
    monkeypatch.chdir(repository.folder / "app")
    assert new(repository, ".") == ["new.py"]
    assert new(repository, "new.py", "old.py") == ["new.py"]


def test_folder_that_the_base_does_not_have(repository: Command) -> None:
    repository.write("fresh/new.py", SERVICE)
    assert new(repository, "fresh") == ["new.py"]


def test_base_holds_what_a_checkout_of_it_would_show(repository: Command) -> None:
    """No links, no installed or hidden folders, nothing outside the given paths; names of every kind."""
    repository.write("node_modules/a.py", "")
    repository.write(".hidden/a.py", "")
    repository.write(".github/a.py", "")
    repository.write("lib/environment/pyvenv.cfg", "")
    repository.write("lib/environment/a.py", "")
    repository.write("ä \n.py", b"\xff\x00")
    repository.write("big.py", b"#" * (MAX_FILE_BYTES + 1))
    (repository.folder / "link.py").symlink_to("app/old.py")
    commit(repository, "Add all kinds")
    seen: list[dict[str, bytes]] = []

    def look(project: Project, *, fixes: bool = True) -> Report:
        assert [one.path for one in project.skipped] == ["big.py"]
        assert fixes == (not seen), "the base needs no fixes"
        seen.append({path: project.read(path) for path in project.paths()})
        blobs = {path: project.blob_id(path) for path in project.paths()}
        memory = MemoryProject(seen[-1])
        assert blobs == {path: memory.blob_id(path) for path in memory.paths()}
        return analyze(MemoryProject({path: data for path, data in seen[-1].items() if path.startswith("app/")}))

    repository("--base", "HEAD", engine=look)
    here, base = seen
    assert base == here
    assert sorted(base) == [".github/a.py", "app/good.py", "app/old.py", "ä \n.py"]


def test_runs_inside_a_git_hook(repository: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", "/nowhere/.git")
    monkeypatch.setenv("GIT_INDEX_FILE", "/nowhere/index")
    assert new(repository) == []


def reference(command: Command, base: str = "main") -> tuple[str, str]:
    with pytest.raises(UserError) as raised:
        command(f"--base={base}")
    return raised.value.reference, str(raised.value)


def test_no_checkout(command: Command) -> None:
    assert reference(command)[0] == "not-a-checkout"


def test_no_git(repository: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(repository.folder))
    assert reference(repository)[0] == "no-git"


def test_no_commit(command: Command) -> None:
    git(command.folder, "init", "-q")
    assert reference(command, "HEAD")[0] == "no-commit"


@pytest.mark.parametrize("revision", ["nowhere", "--all", "-x", "", "HEAD:app"])
def test_unknown_revision(repository: Command, revision: str) -> None:
    name, message = reference(repository, revision)
    assert name == "unknown-revision"
    assert f"`{revision}`" in message


def test_no_common_ancestor(repository: Command) -> None:
    git(repository.folder, "checkout", "-q", "--orphan", "other")
    commit(repository, "Begin again")
    assert reference(repository)[0] == "no-merge-base"


def test_shallow_clone(repository: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    start = git(repository.folder, "rev-parse", "main")
    for name in ("main", "topic"):
        git(repository.folder, "checkout", "-q", name)
        repository.write(f"{name}.py", "")
        commit(repository, "Go on")
    clone = repository.folder.parent / f"{repository.folder.name}-clone"
    git(repository.folder, "clone", "-q", "--depth=1", "--no-single-branch", f"file://{repository.folder}", str(clone))
    monkeypatch.chdir(clone)
    name, message = reference(repository, "origin/main")
    assert name == "shallow-clone"
    assert "fetch-depth: 0" in message
    assert "fetch-depth: 0" in reference(repository, start)[1]
