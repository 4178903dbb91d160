"""Reads a case: several files on one screen, each expectation on the line where it comes true.

The first line says the situation. Then come sections: `# file: PATH` begins a file of the checked tree, and
`# fixed: PATH` says how one looks after the first fix of every finding was applied. `# expect: RULE severity` at the
end of a line is taken away from it and says what is found there (several with commas); `# skipped: PATH: words` and
`# policy: NAME` stand before the first section.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from rules.dependencies import Policy

CASES = Path(__file__).parent / "cases"
_SECTION = re.compile(r"^# (file|fixed): (\S+)$")
_EXPECT = re.compile(r"\s*# expect: ([\w, -]+)$")


@dataclass
class Case:
    """One situation."""

    title: str
    files: dict[str, str] = field(default_factory=dict)
    fixed: dict[str, str] = field(default_factory=dict)
    expected: list[tuple[str, int, str, str]] = field(default_factory=list)
    """Path, line, rule, severity."""
    skipped: list[tuple[str, str]] = field(default_factory=list)
    policy: Policy = field(default_factory=Policy)


def case_paths() -> list[Path]:
    return sorted(CASES.rglob("*.txt"))


def read_case(path: Path) -> Case:
    lines = path.read_text(encoding="utf-8").split("\n")
    case = Case(lines[0].removeprefix("# "))
    target: tuple[str, str] | None = None
    for line in lines[1:]:
        if section := _SECTION.match(line):
            target = (section[1], section[2])
            (case.files if target[0] == "file" else case.fixed)[target[1]] = ""
        elif target is None:
            _directive(case, line)
        elif target[0] == "fixed":
            case.fixed[target[1]] += f"{line}\n"
        else:
            _line(case, target[1], line)
    case.files = {name: text.rstrip("\n") + "\n" for name, text in case.files.items()}
    case.fixed = {name: text.rstrip("\n") + "\n" for name, text in case.fixed.items()}
    return case


def _directive(case: Case, line: str) -> None:
    if line.startswith("# skipped: "):
        name, _, words = line.removeprefix("# skipped: ").partition(": ")
        case.skipped.append((name, words))
    elif line == "# policy: require-explicit-greenlet":
        case.policy = Policy(require_explicit_greenlet=True)
    elif line and not line.startswith("#"):
        raise ValueError(f"neither a directive nor a section: {line!r}")


def _line(case: Case, name: str, line: str) -> None:
    found = _EXPECT.search(line)
    number = case.files[name].count("\n") + 1
    for expectation in found[1].split(",") if found else ():
        rule, severity = expectation.split()
        case.expected.append((name, number, rule, severity))
    case.files[name] += f"{line[: found.start()] if found else line}\n"
