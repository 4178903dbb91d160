"""The case format: what it reads, and how it tells what is wrong with a case."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rules.casefile import CaseError, Expectation, matches, parse

PATH = Path("cases/BR-ASYNC-001/situation.py")
HEAD = '"""A situation."""\n'


def test_sections_become_files_without_marks() -> None:
    case = parse(
        PATH,
        HEAD
        + """
# file: models.py
class User: ...

# file: pages/user.html
{{ user.posts }}{# expect: BR-ASYNC-002 medium #}

# file: service.py

def show(user):
    query()  # cause
    return user.posts  # expect: BR-ASYNC-001 high x2

# fixed: service.py
...

# seed
[User()]

# use
import service
""",
    )
    assert case.name == "BR-ASYNC-001/situation"
    assert case.situation == "A situation."
    assert case.files == {
        "models.py": "class User: ...\n",
        "pages/user.html": "{{ user.posts }}\n",
        "service.py": "def show(user):\n    query()\n    return user.posts\n",
    }
    assert case.expectations == (
        Expectation("pages/user.html", 1, "BR-ASYNC-002", "medium"),
        Expectation("service.py", 3, "BR-ASYNC-001", "high", 2),
    )
    assert case.causes == {("service.py", 2)}
    assert case.fixed == {"service.py": "...\n"}
    assert case.seed == "[User()]\n"
    assert case.not_run == ""
    assert case.played() == {**case.files, "use.py": "import service\n"}


def test_text_before_the_first_section_is_main() -> None:
    case = parse(PATH, HEAD + "\nx.y  # cause  # expect: BR-ASYNC-001 response\n\n# file: other.py\npass\n")
    assert case.files == {"main.py": "x.y\n", "other.py": "pass\n"}
    assert case.expectations == (Expectation("main.py", 1, "BR-ASYNC-001", response=True),)
    assert case.causes == {("main.py", 1)}


def test_prelude_adds_its_files_and_rows() -> None:
    case = parse(PATH, HEAD + "# prelude\n# not run: no database\npass\n")
    assert "class User(Base):" in case.files["models.py"]
    assert case.files["main.py"] == "pass\n"
    assert "User(id=1" in case.seed
    assert case.not_run == "no database"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1\n", "1: a case opens with a docstring which tells the situation"),
        (HEAD + "x.y  # expect: 001\n", "2: a mark is `# expect: BR-ASYNC-001 [high|medium|low] [x2] [response]`"),
        (HEAD + "x.y  # expect: BR-ASYNC-001 certain\n", "2: a mark is"),
        (HEAD + "# file: a.py\n\n\nx.y  # expect: BR-1\n", "5: a mark is"),
        (HEAD + "# file: a.py\n1\n# file: a.py\n2\n", "4: a second `# file: a.py`"),
        (HEAD + "# file:\n1\n", "2: `# file:` needs a text"),
        (HEAD + "# file: a.py\n# file: b.py\n1\n", "3: nothing below `# file: a.py`"),
        (HEAD + "1\n# fixed: a.py\n2\n", "3: `a.py` is fixed, but there is no `# file: a.py`"),
        (HEAD + "1\n# fixed: main.py\nx  # expect: BR-ASYNC-001\n", "4: a fixed file expects nothing"),
        (HEAD + "# prelude: models\n", "2: `# prelude` takes nothing more"),
        (HEAD + "# not run:\n1\n", "2: `# not run:` needs a text"),
        (HEAD + "# prelude\n# prelude\n1\n", "3: a second `# prelude`"),
    ],
)
def test_error_tells_line_and_reason(text: str, message: str) -> None:
    with pytest.raises(CaseError) as error:
        parse(PATH, text)
    assert str(error.value).startswith(f"{PATH}:{message}")


@pytest.mark.parametrize(
    ("pattern", "matching"),
    [
        ("a\nb\n", True),
        ("a\n", False),
        ("...\nb\n", True),
        ("a\n...\n", True),
        ("...\na\n...\n", True),
        ("    ...\na\nb\n", True),
        ("...\nc\n...\n", False),
        ("a.\nb\n", False),
    ],
)
def test_dots_stand_for_any_lines(pattern: str, *, matching: bool) -> None:
    assert matches(pattern, "a\nb\n") is matching
