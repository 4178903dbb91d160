"""Manifests that nobody should have written: each ends in a reason, none in an exception."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules.cli.target import Target
from rules.dependencies import check_dependencies, collect
from rules.dependencies.read import kind_of, read_manifest
from rules.fixes.line_width import line_width
from rules.project import DirectoryProject, MemoryProject

NAMES = [
    "pyproject.toml",
    "requirements.txt",
    "setup.cfg",
    "setup.py",
    "Pipfile",
    "environment.yml",
    "uv.lock",
    "poetry.lock",
    "pdm.lock",
    "pylock.toml",
    "Pipfile.lock",
]
DEEP = 100_000
ENGINE = 'from sqlalchemy.ext.asyncio import create_async_engine\ncreate_async_engine("sqlite+aiosqlite://")\n'


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("pyproject.toml", b"x = " + b"[" * DEEP + b"]" * DEEP),
        ("uv.lock", b"x = " + b"{a = " * DEEP + b"1" + b"}" * DEEP),
        ("Pipfile.lock", b'{"a": ' * DEEP + b"1" + b"}" * DEEP),
        ("environment.yml", b"dependencies: " + b"[" * DEEP),
        ("setup.py", b"setup(install_requires=" + b"[" * DEEP + b"]" * DEEP + b")"),
    ],
)
def test_nested_too_deeply(name: str, data: bytes) -> None:
    (problem,) = read_manifest(name, data).problems
    assert "nested too deeply" in problem or "is no" in problem or "no valid Python" in problem


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("pyproject.toml", b"x = " + b"9" * 5000, "is no TOML"),
        ("uv.lock", b"version = " + b"9" * 5000, "is no TOML"),
        ("Pipfile.lock", b'{"default": ' + b"9" * 5000 + b"}", "is no JSON"),
        ("pyproject.toml", b"a." * DEEP + b"b = 1\n", "nested too deeply"),
        ("pyproject.toml", b"[" + b'"a" . ' * DEEP + b"b]\n", "nested too deeply"),
        ("pyproject.toml", b"x = {" + b"a." * DEEP + b"b = 1}\n", "nested too deeply"),
    ],
)
def test_numbers_and_keys_that_no_reader_takes(name: str, data: bytes, reason: str) -> None:
    """Python reads no longer numbers, and the time for a key grows with the square of its parts."""
    (problem,) = read_manifest(name, data).problems
    assert reason in problem


def test_a_fix_beside_a_configuration_that_cannot_be_read() -> None:
    """The width of a line is looked up in files that the finding has nothing to do with."""
    for text in ("x = " + "[" * DEEP, "x = " + "9" * 5000, "a." * DEEP + "b = 1\n"):
        assert line_width(MemoryProject({"pyproject.toml": text, "app/x.py": ""}), "app/x.py", "") == 88


@pytest.mark.parametrize("name", NAMES)
def test_not_utf8(name: str) -> None:
    (problem,) = read_manifest(name, b"# \xff\xfe\n").problems
    assert "UTF-8" in problem or "null bytes" in problem


@pytest.mark.parametrize("name", ["pyproject.toml", "requirements.txt", "setup.cfg", "setup.py", "environment.yml"])
def test_huge(name: str) -> None:
    (problem,) = read_manifest(name, b"#" * (2 * 1024 * 1024)).problems
    assert "larger than" in problem


def test_more_requirements_than_anybody_has() -> None:
    lines = "\n".join(f"package-{number}" for number in range(6000))
    (problem,) = read_manifest("requirements.txt", lines.encode()).problems
    assert problem == "declares more than 5000 requirements"


def test_long_line() -> None:
    (problem,) = read_manifest("requirements.txt", b"a" + b",>1" * 300_000).problems
    assert "longer than 2000 characters" in problem


def test_dependency_groups_that_include_each_other_are_told() -> None:
    groups = "[dependency-groups]\n" + "".join(
        f'{name} = [{{include-group = "{other}"}}, "asyncpg"]\n'
        for name, other in {"a": "B", "b": "c", "c": "b"}.items()
    )
    (reason,) = read_manifest("pyproject.toml", groups.encode()).problems
    assert reason == "dependency groups include each other: `b` -> `c` -> `b`"


def test_dependency_groups_that_all_include_all_are_told_in_short() -> None:
    names = [f"g{number}" for number in range(100)]
    every = ", ".join(f'{{include-group = "{name}"}}' for name in names)
    groups = "[dependency-groups]\n" + "".join(f"{name} = [{every}]\n" for name in names)
    assert len(read_manifest("pyproject.toml", groups.encode()).problems) == 3


def test_long_chain_of_includes() -> None:
    files = {f"requirements/{n}.txt": f"-r {n + 1}.txt\n" for n in range(300)}
    files |= {"requirements/300.txt": "sqlalchemy>=2.1\n", "app/db.py": ENGINE}
    result = check_dependencies(MemoryProject(files), collect(MemoryProject(files)))
    assert result.skipped == ()


def test_the_tree_is_the_limit() -> None:
    """Every path that is read is one of the tree, whatever the manifests name."""

    asked: list[str] = []

    class Watched(MemoryProject):
        def read(self, path: str) -> bytes:
            asked.append(path)
            return super().read(path)

    files = {
        "service/requirements.txt": "-r ../../secret.txt\n-r /etc/passwd\n-e ../../other\n-c file:///etc/hosts\nfile:x",
        "service/pyproject.toml": '[project]\ndynamic=["dependencies"]\n[tool.setuptools.dynamic]\n'
        'dependencies={file="../../secret.txt"}\n[tool.uv.sources]\nx={path="../../y"}\n',
        "service/environment.yml": "dependencies: [{pip: ['-r ../../../secret.txt']}]",
        "service/setup.cfg": "[options]\ninstall_requires = file: ../../secret.txt\n",
        "service/db.py": ENGINE,
    }
    project = Watched(files)
    result = check_dependencies(project, collect(project))
    assert set(asked) <= set(files)
    assert {skipped.path for skipped in result.skipped} == {name for name in files if not name.endswith("db.py")}


# fmt: off
_WORDS = st.sampled_from(
    [
        "sqlalchemy", "sqlalchemy[asyncio]", "greenlet", "asyncpg", ">=", "~=", "==", "^", "2.0", "2.1.9", "*",
        ",", ";", "python_version", "sys_platform", '"linux"', "'3.14'", "and", "or", "(", ")", "[", "]", "{",
        "}", "=", "#", "-r", "-c", "-e", "--hash=", "../", "requirements.txt", ".", "git+https://x#egg=y",
        "[project]", "[tool.poetry.dependencies]", "[[package]]", "dependencies", "name", "version",
        '"sqlalchemy"', '"greenlet"', "extras", "install_requires", "setup(", "-", ":", "markers", "optional",
        "[packages]", "[options]", "include-group", "@", "file:", "import", "\n", "\n\n", "\\\n"
    ]
)
# fmt: on
_TEXTS = st.lists(_WORDS, max_size=40).map(" ".join)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(NAMES), st.one_of(_TEXTS.map(str.encode), st.binary(max_size=60)), max_size=4))
def test_anything_ends_in_a_result(files: dict[str, bytes]) -> None:
    project = MemoryProject({**files, "app/db.py": ENGINE})
    result = check_dependencies(project, collect(project))
    for name, data in files.items():
        assert kind_of(name) is not None
        unreadable = bool(read_manifest(name, data).problems)
        assert not unreadable or any(skipped.path == name for skipped in result.skipped)


@pytest.mark.parametrize("name", ["README.md", "main.py", "notes/requirements.md", "lock", "notes.txt"])
def test_what_is_no_manifest(name: str) -> None:
    assert kind_of(name) is None


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-8-sig"])
def test_requirements_are_read_by_their_byte_order_mark(encoding: str) -> None:
    """As pip reads them: PowerShell writes UTF-16. No fix is offered for what is no UTF-8."""
    text = "# für alle\r\nfastapi\r\nsqlalchemy>=2.1\r\n"
    project = MemoryProject({"requirements.txt": text.encode(encoding), "db.py": ENGINE})
    result = check_dependencies(project, collect(project))
    assert result.skipped == ()
    assert ("requirements.txt", 3, "BR-DEP-001") in {
        (f.location.path, f.location.line, f.rule) for f in result.findings
    }
    assert encoding == "utf-8-sig" or not [fix for found in result.findings for fix in found.fixes]


def test_a_byte_order_mark_that_lies_is_told() -> None:
    project = MemoryProject({"requirements.txt": b"\xff\xfesqlalchem", "db.py": ENGINE})
    (skipped,) = check_dependencies(project, collect(project)).skipped
    assert (skipped.path, skipped.reason) == ("requirements.txt", "begins as UTF-16 and is none")


def test_lists_that_double_under_names_end_in_a_reason() -> None:
    names = "".join(f"a{number} = a{number - 1} + a{number - 1}\n" for number in range(1, 60))
    source = f"from setuptools import setup\na0 = ['x']\n{names}setup(install_requires=a59)\n"
    assert "computed" in read_manifest("setup.py", source.encode()).problems[0]


def test_symbolic_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("greenlet\n")
    tree = tmp_path / "tree"
    (tree / "app").mkdir(parents=True)
    (tree / "base.txt").symlink_to(tmp_path / "secret.txt")
    (tree / "shared").symlink_to(tmp_path, target_is_directory=True)
    (tree / "requirements.txt").write_text("-r base.txt\n-r shared/secret.txt\n-e ./shared\nsqlalchemy>=2.1\n")
    (tree / "app" / "db.py").write_text(ENGINE)
    project = DirectoryProject(tree)
    result = check_dependencies(project, collect(project))
    assert [skipped.path for skipped in result.skipped] == ["requirements.txt"] * 3
    assert "base.txt" in result.skipped[0].reason
    assert "symbolic link" in result.skipped[0].reason
    assert result.findings == ()


def test_a_manifest_that_is_a_symbolic_link_is_told(tmp_path: Path) -> None:
    (tmp_path / "tree" / "app").mkdir(parents=True)
    (tmp_path / "tree" / "requirements.txt").symlink_to(tmp_path / "nothing.txt")
    (tmp_path / "tree" / "app" / "pyproject.toml").symlink_to("../other.toml")
    (tmp_path / "tree" / "README.md").symlink_to("../readme.md")
    project = Target([tmp_path / "tree"])
    told = [(one.path, one.reason) for one in check_dependencies(project, collect(project)).skipped]
    reason = "a symbolic link, which is not followed"
    assert sorted(told) == [("app/pyproject.toml", reason), ("requirements.txt", reason)]
