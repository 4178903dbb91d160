"""What is read, at which positions, and the reasons for what is not."""

from __future__ import annotations

import ast
import random
import sysconfig
from itertools import islice
from pathlib import Path

import pytest

from rules.source import newer_syntax
from rules.source.syntax import NotPython, Parsed, TypeParameter, parse


def read(source: str) -> Parsed:
    return parse(source.encode())


def shown(parsed: Parsed) -> str:
    return ast.unparse(parsed.tree)


def reason(data: bytes | str) -> str:
    with pytest.raises(NotPython) as error:
        parse(data.encode() if isinstance(data, str) else data)
    return error.value.reason


def attributes(parsed: Parsed) -> dict[str, list[str]]:
    """Every attribute that is read, with the text of the file at its place."""
    found: dict[str, list[str]] = {}
    for node in ast.walk(parsed.tree):
        if isinstance(node, ast.Attribute):
            place = parsed.location("a.py", node)
            assert place.line == place.end_line
            text = parsed.lines[place.line - 1][place.column - 1 : place.end_column - 1]
            found.setdefault(node.attr, []).append(text)
    return found


def assert_places(parsed: Parsed) -> None:
    """Each attribute and name stands where the tree says."""
    for node in ast.walk(parsed.tree):
        if isinstance(node, ast.Attribute | ast.Name):
            end = parsed.location("a.py", node)
            name = node.attr if isinstance(node, ast.Attribute) else node.id
            assert parsed.lines[end.end_line - 1][: end.end_column - 1].endswith(name)


class TestEncodings:
    def test_columns_count_characters(self) -> None:
        parsed = read("x = 'ä€😀' + user.posts\n")
        (read_,) = [node for node in ast.walk(parsed.tree) if isinstance(node, ast.Attribute)]
        assert (parsed.location("a.py", read_).column, parsed.location("a.py", read_).end_column) == (13, 23)
        assert attributes(parsed) == {"posts": ["user.posts"]}

    @pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
    def test_every_line_end_counts_as_one(self, newline: str) -> None:
        parsed = read(newline.join(["a = 1", "\f", "b = '''", "'''", "c = user.posts", ""]))
        assert [node.lineno for node in parsed.tree.body] == [1, 3, 5]
        assert attributes(parsed) == {"posts": ["user.posts"]}
        assert parsed.text == "a = 1\n\f\nb = '''\n'''\nc = user.posts\n"

    def test_a_byte_order_mark_takes_no_column(self) -> None:
        parsed = parse(b"\xef\xbb\xbfuser.posts")
        assert parsed.text == "user.posts"
        assert attributes(parsed) == {"posts": ["user.posts"]}

    def test_a_declared_encoding_is_followed(self) -> None:
        parsed = parse("# -*- coding: latin-1 -*-\nx = 'é', user.posts\n".encode("latin-1"))
        assert "x = 'é'" in parsed.text
        assert attributes(parsed) == {"posts": ["user.posts"]}

    def test_a_declared_encoding_is_followed_for_newer_syntax_too(self) -> None:
        parsed = parse("# coding: latin-1\ntype É = 'é'\nclass A[T]: x = 'é', user.posts\n".encode("latin-1"))
        assert shown(parsed).startswith("É = 'é'")
        assert attributes(parsed) == {"posts": ["user.posts"]}

    def test_an_empty_file_is_python(self) -> None:
        assert parse(b"").tree.body == []

    @pytest.mark.parametrize(
        ("data", "expected"),
        [
            (b"x = 1\0", "holds null bytes: a binary file, or UTF-16"),
            ("x = 1".encode("utf-16"), "holds null bytes: a binary file, or UTF-16"),
            (b"a = 1\nb = 2\nx = '\xe9'\n", "line 3 is not UTF-8: invalid continuation byte"),
            (b"x = '\xe9'\n", "line 1 is not UTF-8: invalid continuation byte"),
            (b"# coding: utf-9\n", "declares an unknown encoding `utf-9`"),
            (b"# coding: rot13\n", "declares the encoding `rot13`, which is not one of text"),
            (b"# coding: punycode\n", "declares the encoding `punycode`, in which no source is written"),
            (
                b"# coding: ascii\n'\xe9'",
                "line 2 is not `ascii`, the encoding that it declares: ordinal not in range(128)",
            ),
            (b"\xef\xbb\xbf# coding: latin-1\n", "begins with a UTF-8 byte order mark and declares another encoding"),
        ],
    )
    def test_what_cannot_be_decoded_says_why(self, data: bytes, expected: str) -> None:
        assert reason(data) == expected


class TestReasons:
    def test_a_syntax_error_names_its_line(self) -> None:
        assert reason("x = 1\nprint 'old'\n").startswith("no valid Python: Missing parentheses")
        assert reason("x = 1\nprint 'old'\n").endswith("on line 2")

    def test_an_error_behind_newer_syntax_is_the_one_that_is_told(self) -> None:
        assert reason("class A[T]: pass\nx = (\n").endswith("was never closed on line 2")

    @pytest.mark.parametrize(
        ("source", "expected"),
        [
            ("import a\n{% if x %}\nimport b\n{% endif %}\n", "line 2 holds `{% if x %}`"),
            ("class {{ cookiecutter.name }}Model:\n    pass\n", "line 1 holds `{{ cookiecutter.name }}`"),
        ],
    )
    def test_a_template_is_told_as_one(self, source: str, expected: str) -> None:
        assert reason(source) == f"a template, not Python: {expected}"

    def test_braces_in_strings_are_no_template(self) -> None:
        assert reason("x = '{{ name }}'\ny = (\n").startswith("no valid Python")

    def test_a_merge_conflict_is_told_as_one(self) -> None:
        source = "a = 1\n<<<<<<< HEAD\nb = 1\n=======\nb = 2\n>>>>>>> branch\n"
        assert reason(source) == "holds a merge conflict on line 2"

    @pytest.mark.parametrize(
        "source",
        [
            "-" * 50_000 + "x",
            "not " * 50_000 + "x",
            "a" + ".b" * 50_000,
            "a" + "()" * 50_000,
            "1" + " + 1" * 50_000,
            "lambda: " * 20_000 + "x",
            "x if y else " * 20_000 + "z",
            "if x: pass\n" + "elif y: pass\n" * 20_000,
            "(" * 50_000,
            'f"{' * 10_000 + "x" + '}"' * 10_000,
            "class A[\n" * 5_000,
            "".join(" " * depth + "if x:\n" for depth in range(300)),
        ],
        ids=lambda source: source[:8],
    )
    def test_endless_nesting_is_refused(self, source: str) -> None:
        assert reason(source).startswith(("nested too deeply", "no valid Python: "))

    def test_no_damage_makes_it_fail_otherwise(self) -> None:
        """Deletions, doublings and swaps in newer syntax: read or refused, with every place right."""
        chance = random.Random(20)
        source = NEWER.encode()
        for _ in range(300):
            start = chance.randrange(len(source))
            cut = start + chance.randrange(6)
            data = source[:start] + source[cut:] if chance.random() < 0.5 else source[:cut] + source[start:]
            try:
                parsed = parse(data)
            except NotPython:
                continue
            assert len(parsed.text.encode()) == len(data)


NEWER = """\
type Pair[T: (int, str) = int] = tuple[T, T]
class Repository[M: Base](Generic, metaclass=Meta):
    async def get[K](self, key: K) -> M:
        try:
            return f"{self.names["é"]} {key!r:>{self.widths["k"]}}" "ä" f'{self.tail}'
        except KeyError, errors.ValueError, OSError:
            return (self.model, t"{self.template}")
print(f"{'\\n'.join(self.lines)}", user.posts)
"""


class TestNewerSyntax:
    """Each of these fails in a parser of some supported version; the outcome is the same in all."""

    def test_everything_at_once(self) -> None:
        parsed = read(NEWER)
        assert parsed.text == NEWER
        assert_places(parsed)
        assert set(attributes(parsed)) == {
            *("names", "widths", "tail", "ValueError", "model", "template", "join", "lines", "posts"),
        }
        assert parsed.type_parameters == {
            1: (TypeParameter("T", "(int, str)"),),
            2: (TypeParameter("M", "Base"),),
            3: (TypeParameter("K"),),
        }

    @pytest.mark.parametrize(
        ("source", "expected"),
        [
            ("class A[T]: pass", "class A:\n    pass"),
            ("class A[T](B[T]): pass", "class A(B[T]):\n    pass"),
            ("class A[T]():\n    x: T", "class A:\n    x: T"),
            ("def f[T: int, *Ts, **P](x: T) -> T: ...", "def f(x: T) -> T:\n    ..."),
            ("async def f[T=int](x): ...", "async def f(x):\n    ..."),
            ("class A[\n    T,  # one\n\n    S: 'B',\n](\n    Base,\n): ...", "class A(Base):\n    ..."),
            ("type X = int", "X = int"),
            ("if x:\n    type X[T] = list[T]; y = 1", "if x:\n    X = list[T]\n    y = 1"),
            ("type X[\n    T,\n] = list[T]", "X = list[T]"),
            ("type X=int", "X = int"),
            ("type type = int", "type = int"),
            ("try: ...\nexcept A, b.C: ...", "try:\n    ...\nexcept (A, b.C):\n    ..."),
            ("try: ...\nexcept* A, B: ...", "try:\n    ...\nexcept* (A, B):\n    ..."),
            ("try: ...\nexcept A | B, C: ...", "try:\n    ...\nexcept (A | B, C):\n    ..."),
            ("lazy import a.b as c", "import a.b as c"),
            ("if x:\n    lazy from a import b", "if x:\n    from a import b"),
            ("[*x for x in y]", "[x for x in y]"),
        ],
    )
    def test_statements(self, source: str, expected: str) -> None:
        parsed = read(source)
        assert shown(parsed) == expected
        assert_places(parsed)

    @pytest.mark.parametrize(
        ("source", "expected"),
        [
            ('f"{a["b"]}"', ["a['b']"]),
            ('f"{a["b"]}{c}"', ["a['b']", "c"]),
            ("f'{a['b']!r:>{c['d']}.{e}}'", ["a['b']", "c['d']", "e"]),
            ('f"{a["b"] = }"', ["a['b']"]),
            ('f"{a["b"], *c,}"', ["a['b']", "*c"]),
            ("f'{'\\n'.join(a)}'", ["'\\n'.join(a)"]),
            ("f'{a\n  .b  # why\n}'", ["a.b"]),
            ("f'{(yield a['b'])}'", ["(yield a['b'])"]),
            ("f'{await a['b']}'", ["await a['b']"]),
            ("f'{f'{a}'}'", ["f'{a}'"]),
            ("f'{f'{a['b']}'!s}'", ["f'{a['b']}'"]),
            ("t'{a.b} {c}'", ["a.b", "c"]),
            ("rT'{a['b']}'", ["a['b']"]),
            ("'x' f'{a['b']}' \\\n  '''y\n''' rf'{c}'", ["a['b']", "c"]),
        ],
    )
    def test_format_strings(self, source: str, expected: str) -> None:
        value = next(node for node in ast.walk(read(f"x = [{source}]").tree) if isinstance(node, ast.JoinedStr))
        parts = [part for part in value.values if isinstance(part, ast.FormattedValue)]
        formats = [spec for part in parts if part.format_spec for spec in ast.walk(part.format_spec)]
        parts += [part for part in formats if isinstance(part, ast.FormattedValue)]
        assert {ast.unparse(part.value).replace('"', "'") for part in _flat(parts)} == set(expected)

    def test_what_a_format_string_yields_is_read(self) -> None:
        assert attributes(read('f"{yield a.b["c"]}{yield}{(yield from a.d["e"])}"')) == {"b": ["a.b"], "d": ["a.d"]}

    def test_a_call_of_type_is_no_alias(self) -> None:
        assert shown(read("type(a).b = 1\nclass A[T]: ...")).startswith("type(a).b = 1")

    def test_two_aliases_on_one_line_keep_both_their_parameters(self) -> None:
        assert read("type A[T] = T; type B[S] = S").type_parameters == {1: (TypeParameter("T"), TypeParameter("S"))}

    def test_the_name_of_an_alias_is_where_it_is_written(self) -> None:
        (statement,) = read("type  X[T] = T").tree.body
        assert isinstance(statement, ast.Assign)
        assert (statement.col_offset, statement.targets[0].col_offset, statement.targets[0].end_col_offset) == (0, 6, 7)

    def test_what_holds_nothing_newer_is_not_rewritten(self) -> None:
        assert newer_syntax.rewrite("x = 1\nprint 'old'\n") is None
        assert newer_syntax.rewrite('x = f"{a}"\nprint "old"\n') is None


def _flat(parts: list[ast.FormattedValue]) -> list[ast.FormattedValue]:
    """A tuple in an f-string may come as its elements: an interpreter that reads it gives one tuple."""
    return [
        ast.FormattedValue(element, -1)
        for part in parts
        for element in (part.value.elts if isinstance(part.value, ast.Tuple) else [part.value])
    ]


class TestRealSources:
    @pytest.mark.parametrize("library", ["stdlib", "purelib"])
    def test_installed_sources_are_read(self, library: str) -> None:
        """Every 150th file: the same tree as `ast` gives where it reads the file, and no other exception."""
        files = sorted(Path(sysconfig.get_paths()[library]).rglob("*.py"))
        for file in islice(files, 7, None, 150):
            try:
                parsed = parse(file.read_bytes())
            except NotPython:
                with pytest.raises((SyntaxError, ValueError)):
                    compile(file.read_bytes(), str(file), "exec", ast.PyCF_ONLY_AST, dont_inherit=True)
            else:
                assert_places(parsed)
