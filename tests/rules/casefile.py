"""The format of a test case: several files on one screen, each expectation where it happens.

    '''The situation in a sentence.'''

    # prelude

    # file: service.py
    async def show(session: AsyncSession, user_id: int) -> list[str]:
        user = await session.get(User, user_id)  # cause
        return [post.title for post in user.posts]  # expect: BR-ASYNC-001 high

    # fixed: service.py
    ...

`# prelude` adds the files of `_prelude.py`. Text before the first section is `main.py`. In a template the marks are
`{# expect: ... #}`. Lines of the section count from 1. `# expect: BR-ASYNC-001 x3` is a read of three findings;
`# expect: BR-ASYNC-001 response` fails when the framework reads what the line returned.
`# cause` marks lines, if there are any, on which all findings have their origin.

`# fixed: FILE` is the file after all safe fixes; a line `...` stands for any lines.

`# seed` is a list of rows: it makes the case runnable (see `playcase.py`), as `# prelude` does, which has rows of its
own. `# use` is a module which the engine does not see, for what else is needed to run it; `# not run: REASON` says why
it is not run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

CASES = Path(__file__).resolve().parent / "cases"
PRELUDE = CASES / "_prelude.py"

HEADING = re.compile(r"# (?P<kind>file|fixed|seed|use|prelude|not run)(?::[ ]*(?P<rest>.*))?")
EXPECT = re.compile(
    r"[ ]*(?:#|\{#) expect: (?P<rule>BR-[A-Z]+-\d{3})"
    r"(?: (?P<confidence>high|medium|low))?(?: x(?P<count>\d+))?(?P<response> response)?(?: #\})?$"
)
CAUSE = re.compile(r"[ ]*(?:#|\{#) cause(?: #\})?$")
DOCSTRING = re.compile(r'"""(?P<text>.+?)"""\n', re.DOTALL)
PLAIN = frozenset({"prelude", "seed", "use"})
"""Sections without anything after the colon."""


class CaseError(Exception):
    """The case file itself is wrong; says where and what."""

    def __init__(self, path: Path, line: int, message: str) -> None:
        super().__init__(f"{path}:{line}: {message}")


@dataclass(frozen=True, slots=True)
class Expectation:
    """A read of `count` findings. `confidence` is empty where the case does not care."""

    path: str
    line: int
    rule: str
    confidence: str = ""
    count: int = 1
    response: bool = False
    """Whether the framework fails, after the line returned the instance to it."""


@dataclass(frozen=True, slots=True)
class CaseFile:
    name: str
    """`<rule>/<situation>`."""
    situation: str
    files: Mapping[str, str]
    """By path, without the marks."""
    expectations: tuple[Expectation, ...] = ()
    causes: frozenset[tuple[str, int]] = frozenset()
    fixed: Mapping[str, str] = field(default_factory=dict)
    seed: str = ""
    use: str = ""
    not_run: str = ""
    """Why SQLAlchemy is not asked."""

    def played(self) -> dict[str, str]:
        """The files with which the case is run."""
        return {**self.files, **({"use.py": self.use} if self.use else {})}


@dataclass(frozen=True, slots=True)
class Section:
    kind: str
    rest: str
    line: int
    """Of its first line below the heading, in the case file."""
    text: str


def load_cases(folder: Path = CASES) -> tuple[CaseFile, ...]:
    return tuple(load(file) for file in sorted(folder.glob("*/*.py")))


def load(path: Path) -> CaseFile:
    return parse(path, path.read_text(encoding="utf-8"))


def parse(path: Path, text: str) -> CaseFile:
    docstring = DOCSTRING.match(text)
    if docstring is None:
        raise CaseError(path, 1, "a case opens with a docstring which tells the situation")
    sections = list(_sections(path, text[docstring.end() :], text[: docstring.end()].count("\n") + 1))
    files = _unique(path, sections, "file")
    seed, use, not_run = (_only(path, sections, kind) for kind in ("seed", "use", "not run"))
    prelude = load(PRELUDE) if _only(path, sections, "prelude") else None
    return CaseFile(
        name=f"{path.parent.name}/{path.stem}",
        situation=" ".join(docstring["text"].split()),
        files={**(prelude.files if prelude else {}), **{name: _unmarked(one.text) for name, one in files.items()}},
        expectations=tuple(_expectations(path, files)),
        causes=frozenset(_causes(files)),
        fixed=_fixed(path, sections, files),
        seed=seed.text if seed else prelude.seed if prelude else "",
        use=use.text if use else "",
        not_run=not_run.rest if not_run else "",
    )


def matches(pattern: str, text: str) -> bool:
    """Whether `text` is `pattern`, in which a line of `...` stands for any lines."""
    parts = re.split(r"^[ ]*\.\.\.\n?", pattern.strip("\n") + "\n", flags=re.MULTILINE)
    return re.fullmatch(r"(?:.*\n)*".join(map(re.escape, parts)), text.strip("\n") + "\n") is not None


def _sections(path: Path, text: str, start: int) -> Iterator[Section]:
    """`start` is the number of the text's first line in the case file."""
    kind, rest, begin, lines = "file", "main.py", start, list[str]()
    for number, line in enumerate(text.splitlines(keepends=True), start):
        heading = HEADING.fullmatch(line.rstrip("\n"))
        if heading is None:
            lines.append(line)
            continue
        yield from _section(path, kind, rest, begin, lines)
        kind, rest, begin, lines = heading["kind"], (heading["rest"] or "").strip(), number + 1, []
        if bool(rest) == (kind in PLAIN):
            raise CaseError(path, number, f"`# {kind}` takes nothing more" if rest else f"`# {kind}:` needs a text")
    yield from _section(path, kind, rest, begin, lines)


def _section(path: Path, kind: str, rest: str, line: int, lines: list[str]) -> Iterator[Section]:
    text = "".join(lines)
    blank = not text.strip()
    if kind in {"prelude", "not run"}:
        yield Section(kind, rest, line, "")
        kind, rest = "file", "main.py"
    elif blank and rest != "main.py":
        raise CaseError(path, line, f"nothing below `# {kind}: {rest}`" if rest else f"nothing below `# {kind}`")
    if not blank:
        skipped = len(text) - len(text.lstrip("\n"))
        yield Section(kind, rest, line + skipped, text.strip("\n") + "\n")


def _unique(path: Path, sections: list[Section], kind: str) -> dict[str, Section]:
    found: dict[str, Section] = {}
    for section in sections:
        if section.kind == kind:
            if section.rest in found:
                raise CaseError(path, section.line - 1, f"a second `# {kind}: {section.rest}`")
            found[section.rest] = section
    return found


def _only(path: Path, sections: list[Section], kind: str) -> Section | None:
    found = [section for section in sections if section.kind == kind]
    if len(found) > 1:
        raise CaseError(path, found[1].line - 1, f"a second `# {kind}`")
    return found[0] if found else None


def _fixed(path: Path, sections: list[Section], files: Mapping[str, Section]) -> dict[str, str]:
    fixed = _unique(path, sections, "fixed")
    for name, section in fixed.items():
        if name not in files:
            raise CaseError(path, section.line - 1, f"`{name}` is fixed, but there is no `# file: {name}`")
        for number, line in enumerate(section.text.splitlines(), section.line):
            if "expect:" in line or CAUSE.search(line):
                raise CaseError(path, number, "a fixed file expects nothing")
    return {name: section.text for name, section in fixed.items()}


def _expectations(path: Path, files: Mapping[str, Section]) -> Iterator[Expectation]:
    for name, section in files.items():
        for number, line in enumerate(section.text.splitlines(), 1):
            if "expect:" not in line:
                continue
            mark = EXPECT.search(line)
            if mark is None:
                where = section.line + number - 1
                raise CaseError(
                    path,
                    where,
                    "a mark is `# expect: BR-ASYNC-001 [high|medium|low] [x2] [response]`, at the line's end",
                )
            yield Expectation(
                path=name,
                line=number,
                rule=mark["rule"],
                confidence=mark["confidence"] or "",
                count=int(mark["count"] or 1),
                response=bool(mark["response"]),
            )


def _causes(files: Mapping[str, Section]) -> Iterator[tuple[str, int]]:
    for name, section in files.items():
        for number, line in enumerate(section.text.splitlines(), 1):
            if CAUSE.search(EXPECT.sub("", line)):
                yield name, number


def _unmarked(text: str) -> str:
    return "".join(CAUSE.sub("", EXPECT.sub("", line)) + "\n" for line in text.splitlines())
