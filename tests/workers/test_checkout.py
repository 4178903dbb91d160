"""The source of a pull request comes through git alone, and nothing of it is run, followed or left lying about."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.errors import CredentialsRefused, GitHubRefused, GitHubUnavailable, UserError
from bot.sandbox.faults import Fault, cut_body
from bot.sandbox.model import Pull, Repository
from bot.sandbox.scenario import Scenario
from bot.sandbox.server import SandboxServer
from bot.sandbox.state import SandboxState
from bot.sandbox.tokens import issue_token
from rules.project import MAX_FILE_BYTES
from workers import checkout, git
from workers.checkout import Cache, GitTree, Snapshot
from workers.git import CommitGone, Remote

BASE = {"app.py": "x = 1\n", "README.md": "Hello\n", ".github/greenlatch.yml": "a: 1\n", ".hidden/x.py": "x\n"}


class GitWorld:
    """A sandbox with one repository and a pull request."""

    def __init__(self, folder: Path, state: SandboxState) -> None:
        self.state = state
        self.scenario = Scenario(state)
        self.app = state.add_app("greenlatch")
        self.repository: Repository = self.scenario.create_repository("octo/app", BASE)
        self.installation = self.scenario.install(self.app, "octo", [self.repository])
        self.pull: Pull = self.scenario.open_pull(self.repository, "feature", title="t", files={"new.py": "y = 2\n"})
        self.data_dir = folder / "data"
        self.cache = Cache(self.data_dir, self.repository.id)

    def token(self) -> str:
        permissions = {"contents": "read"}
        return issue_token(self.state, self.installation, permissions, frozenset({self.repository.id})).value

    def remote(self, **more: str) -> Remote:
        given = {"url": f"{self.state.url}/octo/app.git", "token": self.token(), **more}
        return Remote(**given)

    def push_raw(self, *entries: tuple[str, bytes, bytes]) -> None:
        """Makes a head of entries (mode, name, content) of any kind: symbolic links, submodules, odd names."""
        tree = b"".join(self._entry(*entry) for entry in entries)
        self.move_head(self.git("mktree", "-z", "--missing", data=tree))

    def move_head(self, tree: str, *more_parents: str) -> None:
        parents = [word for sha in (self.pull.head_sha, *more_parents) for word in ("-p", sha)]
        self.pull.head_sha = self.git("commit-tree", tree, *parents, "-m", "odd")
        self.git("update-ref", "refs/heads/feature", self.pull.head_sha)

    def git(self, *arguments: str, data: bytes = b"") -> str:
        identity = ("-c", "user.name=wendy", "-c", "user.email=wendy@example.com")
        return self.repository.git.run(*identity, *arguments, data=data).decode().strip()

    def _entry(self, mode: str, name: bytes, content: bytes) -> bytes:
        if mode == "160000":
            return f"{mode} commit {'1' * 40}\t".encode() + name + b"\0"
        return f"{mode} blob {self.git('hash-object', '-w', '--stdin', data=content)}\t".encode() + name + b"\0"

    def snapshot(self, remote: Remote | None = None, **more: object) -> Snapshot:
        given = {"number": 1, "base_ref": "main", "head_sha": self.pull.head_sha, **more}
        with self.cache.snapshot(remote or self.remote(), **given) as snapshot:  # type: ignore[arg-type]
            return snapshot


@pytest.fixture
def world(tmp_path: Path) -> Iterator[GitWorld]:
    state = SandboxState(tmp_path / "github")
    with SandboxServer(state):
        yield GitWorld(tmp_path, state)


def tree(snapshot: Snapshot) -> dict[str, bytes]:
    with GitTree(snapshot.cache, snapshot.head) as found:
        return {path: found.read(path) for path in found.paths()}


def test_base_and_head_are_read_without_a_checkout(world: GitWorld) -> None:
    snapshot = world.snapshot()
    with snapshot.base_tree() as base, snapshot.head_tree() as head:
        assert base.paths() == [".github/greenlatch.yml", "README.md", "app.py"]
        assert head.paths() == [".github/greenlatch.yml", "README.md", "app.py", "new.py"]
        assert head.read("new.py") == b"y = 2\n"
        assert head.blob_id("app.py") == base.blob_id("app.py")
        with pytest.raises(KeyError):
            head.read(".hidden/x.py")
    assert not list(world.data_dir.rglob("*.py"))


def test_the_diff_is_the_one_that_github_shows(world: GitWorld) -> None:
    world.scenario.commit(world.repository, "main", {"README.md": "Moved on\n"})
    snapshot = world.snapshot()
    assert b"+y = 2" in snapshot.diff
    assert b"Moved on" not in snapshot.diff


def test_the_merge_base_follows_the_base_branch(world: GitWorld) -> None:
    """When the base was merged into the pull request, what it brought is not the pull request's doing."""
    world.scenario.commit(world.repository, "main", {"other.py": "z = 3\n"})
    main = world.git("rev-parse", "refs/heads/main")
    world.move_head(world.git("merge-tree", "--write-tree", main, "refs/heads/feature"), main)
    snapshot = world.snapshot()
    assert snapshot.merge_base == main
    assert b"other.py" not in snapshot.diff


def test_unrelated_histories_are_compared_with_the_base_branch(world: GitWorld) -> None:
    world.scenario.commit(world.repository, "orphan", {"alone.py": "q = 1\n"})
    head = world.repository.git.resolve("refs/heads/orphan")
    assert world.snapshot(head_sha=head).merge_base == world.repository.git.resolve("refs/heads/main")


def test_a_second_look_needs_no_more_files(world: GitWorld) -> None:
    first = world.snapshot()
    packs = sorted(first.cache.glob("objects/pack/*.pack"))
    assert world.snapshot() == first
    assert sorted(first.cache.glob("objects/pack/*.pack")) == packs


def test_what_is_no_regular_file_is_left_out(world: GitWorld) -> None:
    world.push_raw(
        ("120000", b"link.py", b"/etc/passwd"),
        ("160000", b"module", b""),
        ("100755", b"run.py", b"ok = 1\n"),
        ("100644", b"caf\xe9.py", b"odd = 1\n"),
    )
    snapshot = world.snapshot()
    assert tree(snapshot) == {"run.py": b"ok = 1\n"}
    with snapshot.head_tree() as head:
        assert [(one.path, one.reason) for one in head.skipped] == [("caf\\xe9.py", "the file's name is not UTF-8")]
        assert head.links == ("link.py",)


def test_a_file_that_is_too_large_is_skipped_and_not_fetched(world: GitWorld) -> None:
    world.scenario.push(world.pull, {"huge.py": b"#" * (MAX_FILE_BYTES + 2)})
    snapshot = world.snapshot()
    with snapshot.head_tree() as head:
        assert "huge.py" not in head.paths()
        assert [(one.path, one.reason) for one in head.skipped] == [("huge.py", "larger than 5 MiB")]
    assert b"+y = 2" in snapshot.diff
    assert b"huge.py" not in snapshot.diff


def test_hooks_and_filters_of_the_machine_do_not_run(
    world: GitWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    proof = tmp_path / "proof"
    hook = tmp_path / "hooks" / "reference-transaction"
    hook.parent.mkdir()
    hook.write_text(f"#!/bin/sh\ntouch {proof}\n")
    hook.chmod(0o755)
    (tmp_path / ".gitconfig").write_text(f"[core]\n\thooksPath = {hook.parent}\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    planted = world.snapshot().cache / "hooks" / hook.name
    planted.parent.mkdir()
    planted.symlink_to(hook)
    world.scenario.push(world.pull, {"newer.py": "z = 3\n"})
    world.snapshot()
    assert not proof.exists()


def test_the_token_is_written_nowhere(world: GitWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_TRACE_CURL", str(world.data_dir.parent / "trace"))
    remote = world.remote()
    world.snapshot(remote)
    assert not (world.data_dir.parent / "trace").exists()
    assert remote.token not in repr(remote)
    files = [file for file in world.data_dir.rglob("*") if file.is_file()]
    assert files
    assert not [file for file in files if remote.token.encode() in file.read_bytes()]


def test_a_commit_that_is_gone_is_told_apart(world: GitWorld) -> None:
    with pytest.raises(CommitGone):
        world.snapshot(head_sha="1" * 40)
    with pytest.raises(CommitGone):
        world.snapshot(base_ref="deleted")


@pytest.mark.parametrize("name", ["--upload-pack=touch", "a b", "../x", "x:refs/heads/y", "-"])
def test_a_name_that_is_no_branch_does_not_reach_git(world: GitWorld, name: str) -> None:
    with pytest.raises(CommitGone):
        world.snapshot(base_ref=name)


def test_a_token_that_is_refused_is_told_apart(world: GitWorld) -> None:
    with pytest.raises(CredentialsRefused):
        world.snapshot(world.remote(token="ghs_wrong"))


def test_a_repository_that_vanished_is_told_apart(world: GitWorld) -> None:
    with pytest.raises(GitHubRefused) as error:
        world.snapshot(world.remote(url=f"{world.state.url}/octo/gone.git"))
    assert error.value.gone


def test_a_server_that_is_down_is_worth_another_attempt(world: GitWorld) -> None:
    with pytest.raises(GitHubUnavailable):
        world.snapshot(world.remote(url="http://127.0.0.1:9/octo/app.git"))


def test_other_protocols_are_refused(world: GitWorld) -> None:
    with pytest.raises(GitHubUnavailable):
        world.snapshot(world.remote(url=f"file://{world.repository.git.path}"))


def test_a_damaged_cache_is_thrown_away_on_demand(world: GitWorld) -> None:
    snapshot = world.snapshot()
    for pack in snapshot.cache.glob("objects/pack/*"):
        pack.unlink()
    with pytest.raises((GitHubUnavailable, subprocess.CalledProcessError)):
        world.snapshot()
    assert b"+y = 2" in world.snapshot(fresh=True).diff


def bomb(world: GitWorld, levels: int = 8) -> str:
    """A tree of ten folders of ten folders of …: a few objects for the server, 10**8 files for whoever lists them."""
    entry = f"100644 blob {world.git('hash-object', '-w', '--stdin', data=b'x = 1')}"
    for _ in range(levels):
        tree = world.git("mktree", "-z", data=b"".join(f"{entry}\td{name}\0".encode() for name in range(10)))
        entry = f"040000 tree {tree}"
    return tree


def test_a_tree_that_grows_when_it_is_listed_is_refused(world: GitWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(git, "MAX_MEMORY_BYTES", 100 * 1024**2)
    world.move_head(bomb(world))
    with pytest.raises(UserError, match="needs more than 100 MiB of memory"):
        world.snapshot()


def test_git_that_takes_too_long_to_read_is_the_repositorys_fault(
    world: GitWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = world.snapshot()
    monkeypatch.setattr(checkout, "READ_SECONDS", 0)
    with pytest.raises(UserError, match="seconds to read it"):
        snapshot.head_tree()


def test_too_much_source_code_is_refused(world: GitWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkout, "MAX_SOURCE_BYTES", 1024**2)
    world.scenario.push(world.pull, {"image.png": b"\0" * 2 * 1024**2})
    world.snapshot().head_tree().__exit__()
    world.scenario.push(world.pull, {f"part_{number}.py": b"#" * 700_000 for number in range(2)})
    with pytest.raises(UserError, match="1 MiB of source code"):
        world.snapshot().head_tree()


def test_a_change_of_countless_large_files_is_refused(world: GitWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of them would be an argument of git."""
    monkeypatch.setattr(checkout, "MAX_LARGE_FILES", 1)
    world.scenario.push(world.pull, {f"huge_{number}.py": b"#" * (MAX_FILE_BYTES + 2) for number in range(2)})
    with pytest.raises(UserError, match="too large, or not there"):
        world.snapshot()


def test_no_cache_grows_for_ever(world: GitWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkout, "MAX_PACKS", 2)
    counts = []
    for number in range(5):
        world.scenario.push(world.pull, {"new.py": f"y = {number}\n"})
        folder = world.snapshot().cache.parent
        counts += [len(list((folder / name).glob("objects/pack/*.pack"))) for name in ("commits.git", "files.git")]
    assert 0 < max(counts) <= 3


def test_git_that_is_not_served_now_is_worth_another_attempt(world: GitWorld) -> None:
    """The token may read: it is a limit, or a bad day."""
    for status in (403, 429, 500):
        world.state.faults.add(Fault(status, "no"), path=r"\.git/")
        with pytest.raises(GitHubUnavailable):
            world.snapshot()


def test_half_a_pack_is_no_snapshot(world: GitWorld) -> None:
    world.state.faults.add(cut_body(), method="POST", path="git-upload-pack$")
    with pytest.raises(GitHubUnavailable):
        world.snapshot()
    assert b"+y = 2" in world.snapshot().diff


def test_the_names_since_the_former_head_are_told(world: GitWorld) -> None:
    text = "".join(f"x{number} = {number}\n" for number in range(20))
    world.scenario.push(world.pull, {"one.py": text, "line\nfeed `x`.py": text.replace("x", "y")})
    former = world.pull.head_sha
    world.snapshot()
    files = {"one.py": None, "two.py": text + "z = 1\n", "line\nfeed `x`.py": None, "b.py": text.replace("x", "y")}
    world.scenario.push(world.pull, files)
    assert world.snapshot(former_sha=former).renamed == {"two.py": "one.py", "b.py": "line\nfeed `x`.py"}
    assert world.snapshot().renamed == {}


def test_a_former_head_that_is_gone_tells_no_names(world: GitWorld) -> None:
    assert world.snapshot(former_sha="1" * 40).renamed == {}
