"""Markdown as a person sees it at GitHub: safe HTML, suggestions as a diff of what they replace."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererProtocol
from markdown_it.token import Token
from markupsafe import Markup, escape

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_ALLOWED = (
    "b|blockquote|br|code|dd|del|details|details open|dl|dt|em|hr|i|ins|kbd|li|ol|p|pre|s|strong|sub|summary|sup|ul"
)
_ALLOWED_TAG = re.compile(rf"</?(?:{_ALLOWED})\s*/?>", re.IGNORECASE)


def render(text: str, replaced: Sequence[str] | None = None) -> Markup:
    """HTML of a comment. `replaced`: the lines that a suggestion in it would replace, without their newlines."""
    html: str = _PARSER.render(text, {"replaced": replaced})
    return Markup(html)  # the parser escapes text, the rules below whatever HTML was written


def _html(renderer: RendererProtocol, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    """Comments vanish, a few plain tags stay, everything else is shown as it was typed."""
    source = _COMMENT.sub("", tokens[index].content)
    kept, position = [], 0
    for match in _ALLOWED_TAG.finditer(source):
        kept += [str(escape(source[position : match.start()])), match.group()]
        position = match.end()
    return "".join([*kept, str(escape(source[position:]))])


def _fence(renderer: RendererProtocol, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    token = tokens[index]
    language = token.info.strip().split(" ")[0]
    lines = token.content.split("\n")[:-1]
    if language == "suggestion":
        removed = [f"-{line}" for line in env.get("replaced") or ()]
        return _diff([*removed, *(f"+{line}" for line in lines)], "suggestion", "Suggested change")
    if language == "diff":
        return _diff(lines, "patch", "")
    title = f'<span class="caption">{escape(language)}</span>' if language == "mermaid" else ""
    return f"<figure>{title}<pre><code>{escape(token.content)}</code></pre></figure>"


def _diff(lines: Sequence[str], kind: str, caption: str) -> str:
    names = {"+": "added", "-": "removed"}
    rows = "".join(f'<span class="{names.get(line[:1], "same")}">{escape(line)}\n</span>' for line in lines)
    title = f'<span class="caption">{caption}</span>' if caption else ""
    return f'<figure class="{kind}">{title}<pre><code>{rows}</code></pre></figure>'


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    for name, rule in (("html_block", _html), ("html_inline", _html), ("fence", _fence)):
        parser.add_render_rule(name, rule)
    return parser


_PARSER = _parser()
