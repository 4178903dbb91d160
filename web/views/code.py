"""Source code in colours: Pygments says what a token is, the style sheet how it looks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import PurePosixPath

from markupsafe import Markup, escape
from pygments import lex
from pygments.lexer import Lexer
from pygments.lexers import HtmlLexer, IniLexer, JsonLexer, PythonLexer, TextLexer, TOMLLexer, YamlLexer
from pygments.lexers.templates import HtmlDjangoLexer
from pygments.token import Comment, Keyword, Name, Number, Operator, String, _TokenType, is_token_subtype

LEXERS = {
    ".py": PythonLexer,
    ".toml": TOMLLexer,
    ".cfg": IniLexer,
    ".ini": IniLexer,
    ".json": JsonLexer,
    ".yml": YamlLexer,
    ".yaml": YamlLexer,
    ".html": HtmlDjangoLexer,
    ".jinja": HtmlDjangoLexer,
    ".j2": HtmlDjangoLexer,
    ".xml": HtmlLexer,
}
LANGUAGES = {"python": PythonLexer, "toml": TOMLLexer, "html": HtmlDjangoLexer, "yaml": YamlLexer}
CLASSES: Sequence[tuple[_TokenType, str]] = (
    (Comment, "tc"),
    (Keyword, "tk"),
    (String, "ts"),
    (Number, "tn"),
    (Name.Decorator, "td"),
    (Name.Function, "tf"),
    (Name.Class, "tf"),
    (Name.Builtin, "tb"),
    (Name.Tag, "tk"),
    (Operator.Word, "tk"),
)


def lines(path: str, text: Sequence[str]) -> list[Markup]:
    """Lines of a file, one for one."""
    parts: list[list[Markup]] = [[]]
    for kind, value in lex("\n".join(text) + "\n", _lexer(PurePosixPath(path).suffix)):
        for number, piece in enumerate(value.split("\n")):
            if number:
                parts.append([])
            if piece:
                parts[-1].append(_token(kind, piece))
    made = [Markup().join(pieces) for pieces in parts]
    return [*made, *[Markup()] * len(text)][: len(text)]


def highlight(code: str, language: str) -> str:
    """A block of a Markdown page; for a language that is not known, '' leaves it as it is."""
    lexer = LANGUAGES.get(language)
    if lexer is None:
        return ""
    return str(Markup().join(_token(kind, value) for kind, value in lex(code, _made(lexer))))


def _token(kind: _TokenType, text: str) -> Markup:
    name = next((name for token, name in CLASSES if is_token_subtype(kind, token)), "")
    return Markup('<span class="{}">{}</span>').format(name, text) if name else escape(text)


def _lexer(suffix: str) -> Lexer:
    return _made(LEXERS.get(suffix.lower(), TextLexer))


@lru_cache(maxsize=16)
def _made(lexer: type[Lexer]) -> Lexer:
    return lexer(stripnl=False, ensurenl=True)


def patch_lines(patch: str) -> Iterator[tuple[str, str]]:
    """Each line of a patch with what it is: `file`, `hunk`, `added`, `removed`, `same` or `note`."""
    for line in patch.splitlines():
        match line[:1]:
            case "+" if not line.startswith("+++ "):
                yield "added", line
            case "-" if not line.startswith("--- "):
                yield "removed", line
            case "@":
                yield "hunk", line
            case "+" | "-":
                yield "file", line
            case "\\":
                yield "note", line
            case _:
                yield "same", line
