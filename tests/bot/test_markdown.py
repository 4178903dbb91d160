"""Text from code, paths and names does nothing in our comments: it is rendered, and looked at."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot import markdown

RENDER = MarkdownIt("commonmark").enable("table")
MARKUP = ["`", "``", "```", "*", "_", "|", "\\", "<b>", "<!-- x -->", "</details>", "&amp;", "$x$", "~a~", "_a_"]
LINKS = ["[x](http://e.com)", "![i](http://e.com/x)", "https://e.com", "www.e.com", "#1", "@me", "&#64;me", "a/b#7"]
STARTS = ["~~~", "---", "===", "- ", "1. ", "1) ", "> ", "# ", "+ ", "= ", "    x", "\n", "\r\n", " ", "\t", "a"]
TRICKS = st.lists(st.sampled_from([*MARKUP, *LINKS, *STARTS]), max_size=8).map("".join)
TEXTS = TRICKS | st.text(max_size=30)


def rendered(text: str) -> str:
    return str(RENDER.render(text))


def words(text: str) -> str:
    """What can be read of a text: without white space, and without what `visible` replaces."""
    return "".join(character for character in text if character.isprintable() and character not in " \ufffd")


@given(TEXTS)
@example("1. x")
@example("+ x")
@example("a\n===")
@example("a\n---")
@example("<http://e.com>")
@example("    code")
def test_plain_text_is_shown_as_it_is(text: str) -> None:
    shown = rendered(markdown.plain(text))
    content = shown.strip().removeprefix("<p>").removesuffix("</p>")
    assert "<" not in content
    assert words(html.unescape(content)) == words(text)
    assert not re.search(r"[@#]\w|\w://\w|www\.\w", html.unescape(content))


@given(TEXTS)
@example("`")
@example(" ")
@example("``a`")
def test_a_code_span_is_one_code_element(text: str) -> None:
    shown = rendered(markdown.code_span(text)).strip()
    match = re.fullmatch(r"<p><code>([^<]*)</code></p>", shown)
    assert match, shown
    assert words(html.unescape(match[1])) == words(text)


@given(TEXTS)
@example("```\n</pre>\n<!-- greenlatch -->")
@example("~~~\n````")
def test_a_fence_holds_everything(text: str) -> None:
    code = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    shown = rendered(markdown.fence(code, "suggestion") + "\n\nafter")
    match = re.fullmatch(r'<pre><code class="language-suggestion">([^<]*)</code></pre>\n<p>after</p>\n', shown)
    assert match, shown
    assert html.unescape(match[1]).rstrip("\n") == code.rstrip("\n")


@pytest.mark.parametrize("code", ["", "\n", "a", "a\n", "\ta\r\n", "a\r\nb\r\n"])
def test_a_fence_keeps_every_byte_of_the_code(code: str) -> None:
    body = markdown.fence(code, "suggestion")
    assert body.removeprefix("```suggestion\n").removesuffix("```").rstrip("\n") == code.rstrip("\n")
    assert body.count("\n") == 1 + (code.count("\n") or bool(code))


@given(TEXTS, TEXTS)
def test_a_table_has_as_many_cells_as_it_was_given(one: str, two: str) -> None:
    shown = rendered(markdown.table(("A", "B"), [(markdown.plain(one), markdown.code_span(two))]))
    cells = [html.unescape(re.sub(r"</?code>", "", cell)) for cell in re.findall(r"<td>(.*)</td>", shown)]
    assert [words(cell) for cell in cells] == [words(one), words(two)]
    assert shown.count("<tr>") == 2


@given(TEXTS)
def test_text_in_html_makes_no_tag(text: str) -> None:
    shown = rendered(markdown.details(markdown.html_text(text), "body"))
    assert re.sub(r"</?(details|summary|p)>", "", shown).count("<") == 0


def test_names_in_a_message_become_code() -> None:
    message = "`User.posts` was not loaded with `User`; reading it here fails, @dev <b>"
    assert markdown.prose(message) == (
        "`User.posts` was not loaded with `User`; reading it here fails, @\u200bdev &lt;b&gt;"
    )


@given(TEXTS)
def test_a_message_is_words_and_code(message: str) -> None:
    shown = rendered(f"**x** {markdown.prose(message)}")
    assert re.fullmatch(r"<p><strong>x</strong>[^<]*(<code>[^<]*</code>[^<]*)*</p>\n", shown), shown
    outside = html.unescape(re.sub(r"<[a-z]+>[^<]*</[a-z]+>", "", shown))
    assert not re.search(r"[@#]\w|\w://\w|www\.\w", outside)


@pytest.mark.parametrize("message", ["a ` b", "`` ` ``", "`a", "`a``b`", "x`@me`y"])
def test_messages_with_odd_backticks_are_inert(message: str) -> None:
    shown = re.sub(r"<code>[^<]*</code>", "", rendered(markdown.prose(message)))
    assert re.fullmatch(r"<p>[^<]*</p>\n", shown)
    assert "@me" not in shown


def test_what_reorders_a_line_is_made_visible() -> None:
    assert markdown.visible("a\u202eb\x00c\u200bd") == "a\ufffdb\ufffdc\ufffdd"
    assert markdown.visible("👩\u200d💻\té") == "👩\u200d💻\té"


def test_a_short_body_is_not_cut() -> None:
    assert markdown.cut("text", 10, keep="mark") == "textmark"


@pytest.mark.parametrize("limit", range(150, 420, 7))
def test_a_cut_body_is_closed_and_keeps_its_marker(limit: int) -> None:
    code = markdown.fence("\n".join(f"line {number} ```" for number in range(40)), "diff")
    body = markdown.details("more", markdown.details("and more", code)) + "\n\n" + "word " * 200
    marker = "\n\n<!-- mark -->"
    short = markdown.cut(body, limit, keep=marker)
    assert len(short) <= limit
    assert short.endswith(marker)
    shown = rendered(short)
    assert "<p><em>Cut here: the text is too long for GitHub.</em></p>" in shown
    assert shown.count("<details>") == shown.count("</details>")
