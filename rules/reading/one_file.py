"""What one file gives to the later stages, read from its bytes."""

from __future__ import annotations

from dataclasses import dataclass

from rules.dependencies import FileUsage, is_used, usage_of
from rules.source.comments import Suppression, suppressions
from rules.source.factories import session_settings
from rules.source.facts import FileFacts
from rules.source.layout import layout_of
from rules.source.lower import lower_module
from rules.source.syntax import TOO_DEEP, NotPython, parse
from rules.source.templates import NotATemplate, lower_template

PYTHON = (".py", ".pyi")
MARK = b"greenlatch:"
"""What a comment to us begins with."""


@dataclass(frozen=True, slots=True)
class OneFile:
    """What one file gave; it depends on nothing but its path and bytes."""

    facts: FileFacts | None
    suppressions: tuple[Suppression, ...] = ()
    usage: FileUsage | None = None
    reason: str = ""


def read_file(path: str, data: bytes, *, outline: bool = False) -> OneFile:
    """What a Python file says, or a place where database URLs stand.

    An outline is of a file whose code does not matter: its comments, its usage and its length.
    """
    if not path.endswith(PYTHON):
        return OneFile(None, usage=usage_of(path, data))
    if outline and MARK not in data:
        return OneFile(FileFacts(path, lines=data.count(b"\n")), usage=usage_of(path, data) if is_used(path) else None)
    comments: tuple[Suppression, ...] = ()
    usage: FileUsage | None = None
    try:
        parsed = parse(data)
        comments = suppressions(parsed.text, parsed.tree)
        usage = usage_of(path, data, parsed) if is_used(path) else None
        if outline:
            return OneFile(FileFacts(path, lines=data.count(b"\n")), comments, usage)
        names = {line: tuple(one.name for one in found) for line, found in parsed.type_parameters.items()}
        facts = lower_module(path, parsed.tree, names)
        facts.sessions = session_settings(facts)
        facts.layout = layout_of(parsed.tree, parsed.text, facts)
        return OneFile(facts, comments, usage)
    except NotPython as error:
        return OneFile(None, comments, usage, error.reason)
    except RecursionError:
        return OneFile(None, comments, usage, TOO_DEEP)


def read_template(path: str, data: bytes) -> OneFile:
    try:
        text = data.decode("utf-8-sig")
        return OneFile(lower_template(path, text), suppressions(text, None))
    except UnicodeDecodeError as error:
        return OneFile(None, reason=f"no Jinja template: line {data.count(10, 0, error.start) + 1} is not UTF-8")
    except NotATemplate as error:
        return OneFile(None, reason=error.reason)
