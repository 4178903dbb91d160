"""The pages of the rules, their modules' docstrings, as Markdown."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from itertools import groupby
from textwrap import dedent

INDENT = "    "


def markdown(page: str) -> str:
    """The page with a heading, and with fences around its code instead of four blanks before each line."""
    title, _, body = page.strip().partition("\n")
    return "\n".join([f"# {title}", *_blocks(body.strip("\n"))]).rstrip() + "\n"


def summary(page: str) -> str:
    """The first paragraph below the title, on one line."""
    _, _, body = page.strip().partition("\n")
    return " ".join(body.strip().partition("\n\n")[0].split())


def _blocks(body: str) -> Iterator[str]:
    yield ""
    for is_code, lines in groupby(_paragraphs(body), key=lambda paragraph: paragraph.startswith(INDENT)):
        text = "\n\n".join(lines)
        if is_code:
            code = dedent(text).strip("\n")
            yield from (f"```{language(code)}", code, "```", "")
        else:
            yield from (text, "")


def _paragraphs(body: str) -> Iterator[str]:
    yield from (paragraph for paragraph in body.split("\n\n") if paragraph.strip())


def language(code: str) -> str:
    """What a highlighter is to take the example for: `toml`, `python`, or `text`, such as a list of requirements."""
    if code.startswith("[") and _is_toml(code):
        return "toml"
    try:
        statements = ast.parse(code).body
    except SyntaxError:
        return "text"
    return "text" if all(_is_requirement(statement) for statement in statements) else "python"


def _is_requirement(statement: ast.stmt) -> bool:
    """`greenlet>=3` and `greenlet` are expressions of Python that no example would consist of."""
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Compare | ast.Name | ast.Subscript)


def _is_toml(code: str) -> bool:
    try:
        tomllib.loads(code)
    except tomllib.TOMLDecodeError:
        return False
    return True
