"""A repository that wants to do harm costs itself at most a scan, which says why; the next pull request is reviewed."""

from __future__ import annotations

import re

from bot.sandbox.model import Pull, Repository
from tests.system.stack import LAZY, SERVICE, Stack
from workers.models import ScanState

DEEP = 100_000
NESTED = {
    "attributes.py": "x = a" + ".b" * DEEP,
    "calls.py": "x = a" + "()" * DEEP,
    "digits.py": "x = " + "9" * DEEP,
    "lambdas.py": "x = " + "lambda: " * DEEP + "1",
    "minus.py": "x = " + "-" * DEEP + "1",
    "parentheses.py": "x = " + "(" * DEEP + "1" + ")" * DEEP,
    "sum.py": "x = " + "+".join("1" * DEEP),
    "branches.py": "if a:\n    pass\n" + "elif a:\n    pass\n" * 20_000,
    "huge.py": "# " + "x" * 6 * 1024**2,
    "pyproject.toml": "x = " + "[" * DEEP + "]" * DEEP,
    "uv.lock": "version = " + "9" * DEEP,
    "pdm.lock": "a." * DEEP + "b = 1",
}
STILL_READ = {
    "long.py": f"x = {LAZY!r}\n" + "async def f(a):\n    return a" + ".b" * 900 + "\n",
    "decorated.py": "@a\n" * 20_000 + "def f(): pass\n",
    "strings.py": "x = getattr(a, '\\ud800', '\\x00')\n",
    "templates/page.html": "{% if a %}" * 5_000,
    "templates/itself.html": "{% include 'itself.html' %}{{ user.posts }}",
    "requirements.txt": "sqlalchemy[asyncio]\naiosqlite\n-r requirements.txt\n-r ../../../../etc/passwd\n",
}
WHO = ("-c", "user.name=w", "-c", "user.email=w@example.com")
MANY = {f"many/part_{number}.py": f"ANSWER = {number % 7}\n" for number in range(2000)}
LINKS = {"service/escape.py": "/etc/passwd", "loop": ".", "outside": "../../../.."}

HARM = "a`](www.evil.example) @everyone #1 <!-- greenlatch:1 fixed x --> ![x](y)\n\n# big | </details>.py"
CODE = re.compile(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", re.DOTALL)
BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


def test_what_is_made_to_do_harm_costs_itself_alone(stack: Stack) -> None:
    nested = opened(stack, {"service.py": SERVICE + LAZY, **NESTED, **STILL_READ, **MANY}, links=LINKS)
    named = opened(stack, {HARM: SERVICE + LAZY, ".github/greenlatch.yml": BOMB})
    configured = stack.lazy_pull(stack.repository({".github/greenlatch.yml": BOMB}))
    endless = stack.lazy_pull(grown(stack))
    good = stack.lazy_pull()

    check = stack.concluded(nested)
    assert check.conclusion == "failure"
    assert all(name in (check.summary or "") for name in NESTED)
    assert [annotation["path"] for annotation in check.annotations] == ["service.py"]

    check = stack.concluded(named)
    assert check.conclusion == "failure"
    assert ".github/greenlatch.yml" in {annotation["path"] for annotation in check.annotations}
    stack.wait_quiet()
    (comment,) = stack.comments(named)
    assert comment.thread.path == HARM
    for text in (comment.body, check.summary or ""):
        outside = CODE.sub("", text)
        assert re.findall(r"<!-- (?!greenlatch:1 open )|@everyone|<details|!\[|\n# ", outside) == []

    check = stack.concluded(configured)
    assert check.conclusion == "action_required"
    check = stack.concluded(endless)
    assert (check.conclusion, "too large" in (check.summary or "")) == ("neutral", True)
    assert stack.concluded(good).conclusion == "failure"

    stack.wait_quiet()
    ends = [
        (scan.state, scan.attempt) for pull in (nested, named, configured, endless, good) for scan in stack.scans(pull)
    ]
    assert ends == [(ScanState.FAILED if at == 3 else ScanState.DONE, 1) for at in range(5)]


def opened(stack: Stack, files: dict[str, str], *, links: dict[str, str] | None = None) -> Pull:
    repository = stack.repository()
    stack.scenario.commit(repository, "feature", files, parent="main")
    link(repository, links or {})
    return stack.scenario.open_pull(repository, "feature", title="Harm", author="wendy")


def link(repository: Repository, links: dict[str, str]) -> None:
    """Symbolic links, as one more commit on the branch."""
    if links:
        lines = [
            "commit refs/heads/feature",
            "committer w <w@example.com> 0 +0000",
            "data 0",
            "from refs/heads/feature^0",
        ]
        lines += [f"M 120000 inline {path}\ndata {len(target)}\n{target}" for path, target in links.items()]
        repository.git.run("fast-import", "--quiet", data="\n".join([*lines, ""]).encode())


def grown(stack: Stack) -> Repository:
    """Its base branch has a tree of a few objects that is 10**8 files for whoever lists them."""
    repository = stack.repository()
    git = repository.git
    entry = "100644 blob " + git.run("hash-object", "-w", "--stdin", data=b"x = 1").decode().strip()
    for _ in range(8):
        listed = "".join(f"{entry}\td{name}\0" for name in range(10))
        entry = "040000 tree " + git.run("mktree", "-z", data=listed.encode()).decode().strip()
    files = git.run("ls-tree", "main").decode() + f"{entry}\tgrown\n"
    tree = git.run("mktree", data=files.encode()).decode().strip()
    commit = git.run(*WHO, "commit-tree", tree, "-p", "main", "-m", "Grow", data=b"").decode().strip()
    git.set_ref("refs/heads/main", commit)
    return repository
