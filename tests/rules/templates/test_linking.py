"""Which templates are read, what is said of those that cannot be, and how comments and wrappers fit in."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from rules.analyze import analyze
from rules.index.program import Program
from rules.index.templates import Templates
from rules.project import MemoryProject
from rules.report import Report, Skipped
from rules.source.templates import lower_template
from tests.rules.casefile import PRELUDE, load

MODELS = load(PRELUDE).files["models.py"]
VIEWS = """
from jinja2 import Environment, FileSystemLoader
from models import User
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

environment = Environment(loader=FileSystemLoader("templates"))


async def page(session: AsyncSession) -> str:
    users = (await session.scalars(select(User))).all()
    return environment.get_template("page.html").render(users=users)
"""
READ = "{% for user in users %}{{ user.posts|length }}{% endfor %}"


def report(files: Mapping[str, str | bytes]) -> Report:
    return analyze(MemoryProject({"models.py": MODELS, "views.py": VIEWS, **files}), fixes=False)


def places(found: Report) -> set[str]:
    return {read.location.path for finding in found.findings for read in finding.reads}


def test_the_read_is_told_with_the_way_to_it() -> None:
    (finding,) = report({"templates/page.html": READ}).findings
    assert finding.reads[0].expression == "user.posts"
    assert [(step.path, step.line) for step in finding.reads[0].trace] == [
        ("views.py", 11),
        ("views.py", 11),
        ("views.py", 12),
        ("templates/page.html", 1),
    ]
    assert "page.html" in finding.reads[0].trace[2].note


def test_a_rendered_template_that_cannot_be_read_is_skipped_with_its_reason() -> None:
    found = report({"templates/page.html": "{% load static %}\n{% for user in users %}"})
    assert found.skipped == (
        Skipped("templates/page.html", "no Jinja template: Encountered unknown tag 'load'. on line 1"),
    )


def test_a_rendered_template_that_is_not_utf8_is_skipped_with_its_line() -> None:
    found = report({"templates/page.html": b"<p>\n{{ gr\xfc\xdfe }}"})
    assert found.skipped == (Skipped("templates/page.html", "no Jinja template: line 2 is not UTF-8"),)


def test_files_that_no_code_renders_are_not_read() -> None:
    vue = {"web/App.html": '<p v-if="a">{{ a.b! }}</p>', "docs/note.md": "{% load %}", "templates/other.html": READ}
    found = report({"templates/page.html": "{{ users|length }}", **vue})
    assert (found.skipped, found.findings) == ((), ())


def test_a_template_in_code_that_cannot_be_read_is_skipped_with_its_line() -> None:
    mail = "from views import environment\n\n\nasync def mail(session):\n"
    mail += '    environment.from_string("{% oops %}").render()\n'
    found = report({"templates/page.html": "", "mails.py": mail})
    assert [(one.path, one.reason.partition(":")[0]) for one in found.skipped] == [
        ("mails.py", "the template on line 5")
    ]


@pytest.mark.parametrize(
    ("name", "near", "roots", "expected"),
    [
        ("page.html", "shop/views.py", (), "shop/templates/page.html"),
        ("page.html", "admin/views.py", (), "admin/templates/page.html"),
        ("page.html", "mails/send.py", (), "admin/templates/page.html"),
        ("page.html", "shop/views.py", ("mails",), "mails/page.html"),
        ("page.html", "shop/views.py", ("nowhere", "admin/templates"), "admin/templates/page.html"),
        ("/page.html", "mails/send.py", ("mails",), "mails/page.html"),
        ("extra/page.html", "shop/views.py", (), ""),
    ],
)
def test_a_name_means_the_template_in_the_folder_that_is_named_or_else_the_nearest(
    name: str, near: str, roots: tuple[str, ...], expected: str
) -> None:
    paths = ["mails/page.html", "shop/templates/page.html", "admin/templates/page.html"]
    templates = Templates(Program([]), paths, lambda path: lower_template(path, ""))
    assert templates.find(name, near, roots) == expected


def test_a_comment_in_the_template_silences_its_line() -> None:
    found = report({"templates/page.html": f"{READ}{{# greenlatch: ignore[BR-ASYNC-001] shown to nobody #}}"})
    assert (found.findings, len(found.suppressed)) == ((), 1)


def test_a_wrapper_that_many_pages_share_renders_each_of_them() -> None:
    wrapper = "from views import environment\n\n\ndef show(name, **context):\n"
    wrapper += "    return environment.get_template(name).render(**context)\n"
    head = "from models import User\nfrom sqlalchemy import select\nfrom sqlalchemy.ext.asyncio import AsyncSession\n"
    pages = "".join(
        f"\n\nasync def page{number}(session: AsyncSession) -> str:\n"
        f"    users = (await session.scalars(select(User))).all()\n"
        f'    return show("page{number}.html", users=users)\n'
        for number in range(15)
    )
    templates = {
        f"templates/page{number}.html": '{% extends "base.html" %}{% block main %}' + READ + "{% endblock %}"
        for number in range(15)
    }
    base = {"templates/base.html": "<main>{% block main %}{% endblock %}</main>", "templates/page.html": ""}
    found = report({"show.py": wrapper, "pages.py": f"{head}from show import show\n{pages}", **templates, **base})
    assert places(found) == set(templates)
