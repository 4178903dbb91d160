"""Code that has nothing to do with a database, as most code of a project has: helpers, conversions, clients."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

_WORDS = """total current previous buffer items result value limit offset margin chunk source target index window ratio
state reason prefix suffix payload header weights bounds pairs entries pending matched""".split()


class Filler:
    """Draws functions of every shape; what it writes parses and means nothing."""

    verbs = tuple(
        """apply balance check collect compare convert describe estimate filter format group merge normalise order parse
predict prepare rank reduce render resolve round sample select shift split summarise trim update validate""".split()
    )

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng

    def module(self, title: str, functions: int) -> str:
        text = f'"""{title.replace("_", " ")}."""\n\nimport json\nimport math\nimport re\nfrom dataclasses import dataclass, field\n'
        text += f"\n{self._word().upper()}_{self.rng.randint(1, 99)} = {self._literal()}\n"
        names = [f"{verb}_{self._word()}_{number}" for number, verb in enumerate(self._verbs(functions))]
        for name in names:
            text += f"\n\n{self._class(name)}" if self.rng.random() < 0.2 else f"\n\n{self.function(name)}"
        return text

    def tests(self, count: int) -> str:
        text = "import json\nimport math\n"
        for number, verb in enumerate(self._verbs(count)):
            body = "".join(self._statement(1, 2) for _ in range(self.rng.randint(2, 5)))
            text += f"\n\ndef test_{verb}_{number}(value, items):\n{body}    assert {self._expression(2)} is not None\n"
        return text

    def function(self, name: str, indent: str = "", first: str = "") -> str:
        given = ", ".join(self.rng.sample(_WORDS, self.rng.randint(1, 4)))
        docs = f'{indent}    """{self.rng.choice(self.verbs).title()} the {self._word()} of the {self._word()}."""\n'
        lines = [self._statement(1, 3) for _ in range(self.rng.randint(3, 9))]
        body = "".join(f"{indent}{line}\n" for text in lines for line in text.splitlines())
        word = "async def" if self.rng.random() < 0.15 else "def"
        return f"{indent}{word} {name}({first}{given}):\n{docs}{body}{indent}    return {self._expression(2)}\n"

    def method(self, name: str) -> str:
        return "\n" + self.function(name, "    ", "self, ")

    def value(self, python: str) -> str:
        number = self.rng.randint(1, 9999)
        match python:
            case "str":
                return f'"{self._word()} {number}"'
            case "bool":
                return str(number % 2 == 0)
            case "datetime":
                return f"datetime(20{number % 30:02}, {number % 12 + 1}, {number % 28 + 1})"
        return str(number)

    def _class(self, name: str) -> str:
        title = "".join(part.title() for part in name.split("_"))
        fields = "".join(f"    {word}: int = {self.rng.randint(0, 500)}\n" for word in self.rng.sample(_WORDS, 4))
        methods = "".join(self.method(verb) for verb in self._verbs(self.rng.randint(1, 4)))
        return f"@dataclass\nclass {title}:\n{fields}{methods}"

    def _statement(self, depth: int, most: int) -> str:
        pad = "    " * depth
        kinds: list[Callable[[str, int, int], str]] = [
            self._assign,
            self._assign,
            self._assign,
            self._call,
            self._append,
        ]
        if depth < most:
            kinds += [self._if, self._for, self._with_try]
        return self.rng.choice(kinds)(pad, depth, most)

    def _block(self, depth: int, most: int) -> str:
        return "".join(self._statement(depth + 1, most) for _ in range(self.rng.randint(1, 3)))

    def _assign(self, pad: str, *_: int) -> str:
        return f"{pad}{self._word()} = {self._expression(3)}\n"

    def _call(self, pad: str, *_: int) -> str:
        return f"{pad}{self._word()}.{self.rng.choice(self.verbs)}({self._expression(1)}, {self._word()}={self._expression(1)})\n"

    def _append(self, pad: str, *_: int) -> str:
        return f"{pad}{self._word()}.append({self._expression(2)})\n"

    def _if(self, pad: str, depth: int, most: int) -> str:
        text = f"{pad}if {self._expression(2)}:\n{self._block(depth, most)}"
        if self.rng.random() < 0.4:
            text += f"{pad}elif {self._expression(1)}:\n{self._block(depth, most)}"
        if self.rng.random() < 0.4:
            text += f"{pad}else:\n{self._block(depth, most)}"
        return text

    def _for(self, pad: str, depth: int, most: int) -> str:
        return f"{pad}for {self._word()}, {self._word()} in {self._expression(1)}:\n{self._block(depth, most)}"

    def _with_try(self, pad: str, depth: int, most: int) -> str:
        raised = f'{pad}    raise ValueError(f"{self._word()} {{{self._word()}!r}}") from error\n'
        return f"{pad}try:\n{self._block(depth, most)}{pad}except (KeyError, TypeError) as error:\n{raised}"

    def _expression(self, depth: int) -> str:
        if depth == 0:
            return self.rng.choice([self._word, self._literal])()
        inner = self._parts(depth - 1)
        word = self._word()
        shape = self.rng.randrange(10)
        if shape < 3:
            return f"{next(inner)} {self.rng.choice(['+', '-', '*', '//', '>', '<=', '==', 'and', 'or'])} {next(inner)}"
        if shape == 3:
            return f"{word}.{self._word()}[{next(inner)}]"
        if shape == 4:
            return f"[{word} for {word} in {self._word()} if {next(inner)}]"
        if shape == 5:
            return f'{{"{self._word()}": {next(inner)}, "{self._word()}": {next(inner)}}}'
        if shape == 6:
            return f"{self.rng.choice(['min', 'max', 'sorted', 'sum', 'len', 'str', 'math.floor', 'json.dumps'])}({next(inner)})"
        if shape == 7:
            return f'f"{self._word()} {{{word}}} {self.rng.randint(1, 99)}"'
        if shape == 8:
            return f"({next(inner)} if {word} else {next(inner)})"
        return f"{word}.{self.rng.choice(self.verbs)}({next(inner)})"

    def _parts(self, depth: int) -> Iterator[str]:
        while True:
            yield self._expression(depth)

    def _word(self) -> str:
        return self.rng.choice(_WORDS)

    def _literal(self) -> str:
        return self.rng.choice([str(self.rng.randint(0, 10_000)), f'"{self._word()}"', "None", "0.5", "[]", "True"])

    def _verbs(self, count: int) -> list[str]:
        return self.rng.sample(self.verbs, min(count, len(self.verbs)))
