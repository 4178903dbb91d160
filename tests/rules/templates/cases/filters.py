"""Filters that read attributes of each member, by name."""

# prelude

# file: templates/names.html
{{ posts|map(attribute="title")|join(", ") }}{# expect: ok #}
{{ posts|sort(attribute="title")|first }}{# expect: ok #}
{{ posts|sum(attribute="author_id") }}{# expect: ok #}

# file: templates/map.html
{{ posts|map(attribute="author.name")|unique|list }}{# expect: BR-ASYNC-001 #}

# file: templates/select.html
{% for post in posts|selectattr("comments") %}{# expect: BR-ASYNC-001 #}
{{ post.title }}{# expect: ok #}
{% endfor %}

# file: templates/reject.html
{{ posts|rejectattr("author.name", "equalto", "Ann")|list|length }}{# expect: BR-ASYNC-001 #}

# file: templates/group.html
{% for name, group in posts|groupby("author.name") %}{# expect: BR-ASYNC-001 #}
{{ name }}: {% for post in group %}{{ post.title }}{% endfor %}{# expect: ok #}
{% endfor %}
{% for group in posts|groupby("author_id") %}{# expect: ok #}
{% for post in group.list %}
{{ post.comments|length }}{# expect: BR-ASYNC-001 #}
{% endfor %}
{% endfor %}

# file: templates/sort.html
{{ (posts|sort(attribute="title,author.name", reverse=true)|last).title }}{# expect: BR-ASYNC-001 #}

# file: templates/join.html
{{ posts|join(", ", attribute="author.name") }}{# expect: BR-ASYNC-001 #}

# file: templates/first.html
{{ (posts|reverse|first).author.name|upper }}{# expect: BR-ASYNC-001 #}

# file: templates/slice.html
{% for post in posts[:3] %}{{ post.title }}{# expect: ok #}
{{ post.author.name }}{{ ", " if not loop.last }}{# expect: BR-ASYNC-001 #}
{% endfor %}

# file: templates/batch.html
{% for row in posts|batch(2) %}{% for post in row %}{{ post.title }}{# expect: ok #}
{{ post.author.name|default("nobody") }}{# expect: BR-ASYNC-001 #}
{% endfor %}{% endfor %}

# file: templates/attr.html
{% set newest = posts|max(attribute="id") %}
{{ newest|attr("author") }}{# expect: BR-ASYNC-001 #}

# file: views.py
from jinja2 import Environment, FileSystemLoader
from models import Post
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

environment = Environment(loader=FileSystemLoader("templates"))


async def read(session: AsyncSession) -> list[Post]:
    return list(await session.scalars(select(Post)))


async def read_with_authors(session: AsyncSession) -> list[Post]:
    return list(await session.scalars(select(Post).options(joinedload(Post.author))))


async def names(session: AsyncSession) -> str:
    return environment.get_template("names.html").render(posts=await read(session))


async def mapped(session: AsyncSession) -> str:
    return environment.get_template("map.html").render(posts=await read(session))


async def selected(session: AsyncSession) -> str:
    return environment.get_template("select.html").render(posts=await read(session))


async def rejected(session: AsyncSession) -> str:
    return environment.get_template("reject.html").render(posts=await read(session))


async def grouped(session: AsyncSession) -> str:
    return environment.get_template("group.html").render(posts=await read(session))


async def grouped_with_authors(session: AsyncSession) -> str:
    return environment.get_template("group.html").render(posts=await read_with_authors(session))


async def ordered(session: AsyncSession) -> str:
    return environment.get_template("sort.html").render(posts=await read(session))


async def joined(session: AsyncSession) -> str:
    return environment.get_template("join.html").render(posts=await read(session))


async def first(session: AsyncSession) -> str:
    return environment.get_template("first.html").render(posts=await read(session))


async def some(session: AsyncSession) -> str:
    return environment.get_template("slice.html").render(posts=await read(session))


async def in_rows(session: AsyncSession) -> str:
    return environment.get_template("batch.html").render(posts=await read(session))


async def newest(session: AsyncSession) -> str:
    return environment.get_template("attr.html").render(posts=await read(session))


async def loaded(session: AsyncSession) -> str:
    posts = await read_with_authors(session)
    for name in ("map.html", "reject.html", "sort.html", "join.html", "first.html", "slice.html", "batch.html", "attr.html"):
        environment.get_template(name).render(posts=posts)
    return environment.get_template("map.html").render(posts=posts)

# use
from models import Comment
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload
from models import Post
from views import environment


async def selected_loaded(session: AsyncSession) -> None:
    posts = (await session.scalars(select(Post).options(selectinload(Post.comments)))).all()
    environment.get_template("select.html").render(posts=posts)
