"""Templates as functions: where their reads stand, which names they take, what no template is."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import pytest

from rules.source import ir
from rules.source.facts import FileFacts, Function
from rules.source.templates import BODY, CHAIN, CONTEXT, NotATemplate, block_name, lower_template


def reads(facts: FileFacts, text: str) -> list[str]:
    """The text of every attribute read, in the order of its place."""
    lines = text.replace("\r\n", "\n").encode().split(b"\n")
    places = sorted({node[1] for node in nodes(tuple(facts.functions.values())) if node[0] == ir.ATTR})
    return [lines[line - 1][start:end].decode() for line, start, last, end in places if line == last]


def nodes(found: Any) -> Iterator[ir.Node]:
    if isinstance(found, Function):
        yield from nodes(found.body)
    elif isinstance(found, tuple):
        if len(found) > 2 and isinstance(found[0], str) and isinstance(found[1], tuple) and len(found[1]) == 4:
            yield found
        for part in found:
            yield from nodes(part)


def names(function: Function) -> list[str]:
    return [one.name for one in function.parameters if one.name not in (CHAIN, CONTEXT)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<p>{{ user.posts }}</p>", ["user.posts"]),
        ("{{ a.b }}{{ a.b }}", ["a.b", "a.b"]),
        ("äöü {{ ü.name }} – {{ b . c }}", ["ü.name", "b . c"]),
        ("{%- if x.y -%}\n   {{- z.w -}}\n{%- endif -%}", ["x.y", "z.w"]),
        ("{{ (a or b).c }}", ["(a or b).c"]),
        ("{{ f(a, ')').b[0].c }}", ["f(a, ')').b", "f(a, ')').b[0].c"]),
        ('{{ rows|map(attribute="author.name")|list }}', ["author.name"]),
        ("{{ rows | sort(attribute='n') | first }}\r\n{{ x.y }}", ["n", "x.y"]),
        ("{# {{ no.comment }} #}{% raw %}{{ no.raw }}{% endraw %}{{ y.es }}", ["y.es"]),
        ("{{ {'k': [a.b]}['k'] }} {{ c.d if e.f }}", ["a.b", "c.d", "e.f"]),
        ("\ufeff{{ a.b }}", ["a.b"]),
    ],
)
def test_reads_stand_where_they_are_written(text: str, expected: list[str]) -> None:
    found = reads(lower_template("page.html", text), text.removeprefix("\ufeff"))
    assert sorted(set(found)) == sorted(set(expected))


def test_a_call_ends_behind_its_brackets() -> None:
    facts = lower_template("page.html", "{{ show(a, (b), [c])[0] }}")
    places = {node[0]: node[1] for node in nodes(facts.functions[BODY])}
    assert (places[ir.CALL], places[ir.SUB]) == ((1, 3, 1, 20), (1, 3, 1, 23))


def test_several_reads_of_one_text_have_places_of_their_own() -> None:
    facts = lower_template("page.html", "{{ a.b }} {{ a.b }}\n{{ a.b }}")
    assert [node[1] for node in nodes(facts.functions[BODY]) if node[0] == ir.ATTR] == [
        (1, 3, 1, 6),
        (1, 13, 1, 16),
        (2, 3, 2, 6),
    ]


def test_parameters_are_the_names_that_are_read() -> None:
    facts = lower_template(
        "page.html",
        "{% for user in users %}{{ user.name }}{{ loop.index }}{% endfor %}"
        "{% macro m(a) %}{{ a }}{{ outer }}{% endmacro %}{{ range(3) }}"
        "{% with w = start %}{{ w }}{% endwith %}{% block main %}{{ inner }}{% endblock %}",
    )
    assert set(names(facts.functions[BODY])) == {"users", "outer", "start"}
    assert names(facts.functions[block_name("main")]) == ["inner"]


def test_a_loop_leaves_the_name_outside_alone() -> None:
    facts = lower_template("page.html", "{% for user in users %}{{ user.a }}{% endfor %}{{ user.b }}")
    owners = {node[3]: node[2][2] for node in nodes(facts.functions[BODY]) if node[0] == ir.ATTR}
    assert owners["b"] == "user"
    assert owners["a"] != "user"


def test_traces_call_a_template_by_its_name_and_a_block_by_its_own() -> None:
    facts = lower_template("app/templates/users/show.html", "{% block main %}{{ a.b }}{% endblock %}")
    assert facts.functions[BODY].name == "users/show.html"
    assert {one.qualname for one in facts.functions.values()} == {"<template>", "<template>.main"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{% load static %}{{ a }}", "Encountered unknown tag 'load'"),
        ("{{#each items}}{{this}}{{/each}}", "unexpected"),
        ("{{ a }}\n{% if x %}", "on line 2"),
        ("{{ a.b( }}", "unexpected '}'"),
        ("{% for x in y %}" * 400, "nested too deeply"),
        ("{{ " + "(" * 3000 + ")" * 3000 + " }}", "nested too deeply"),
        ("{{ " + "9" * 5000 + " }}", "no Jinja template"),
    ],
    ids=["django", "handlebars", "unclosed", "bracket", "deep", "deeper", "number"],
)
def test_what_is_no_template_says_why(text: str, reason: str) -> None:
    with pytest.raises(NotATemplate) as caught:
        lower_template("page.html", text)
    assert reason in caught.value.reason


def test_a_file_without_tags_shows_nothing() -> None:
    facts = lower_template("notes.txt", "plain { text }\n")
    assert facts.functions[BODY].body == ()


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('x = from_string("{{ user.posts }}")', "user.posts"),
        ('x = from_string(r"{{ user.posts }}")', "user.posts"),
        ('x = from_string("""\n  {{ user.posts }}\n""")', "user.posts"),
        ('x = from_string("""{{ user.posts }}\n""")', "user.posts"),
        ('x = from_string("\\t{{ user.posts }}")', '"\\t{{ user.posts }}"'),
        ('x = from_string("{{ user.posts }}\\n" "!")', '"{{ user.posts }}\\n" "!"'),
    ],
)
def test_a_template_in_code_has_its_places_there(source: str, expected: str) -> None:
    literal = next(node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant))
    position = (literal.lineno, literal.col_offset, literal.end_lineno or 0, literal.end_col_offset or 0)
    facts = lower_template("views.py", str(literal.value), position)
    assert reads(facts, source) == [expected]
