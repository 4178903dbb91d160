"""A fragment that a loop includes sees the loop's variable."""

# prelude

# file: templates/posts.html
{% for post in posts %}
{% include "_post.html" %}{# expect: ok #}
{% endfor %}
{% for post in posts %}{% include "_nothing.html" ignore missing %}{% endfor %}
{% with post = posts|first %}{% include ["_nothing.html", "_title.html"] %}{% endwith %}
{% include "_alone.html" without context %}{# expect: ok #}

# file: templates/_post.html
<h2>{{ post.title }}</h2>{# expect: ok #}
<p>by {{ post.author.name }}</p>{# expect: BR-ASYNC-001 #}

# file: templates/_title.html
{{ post.title }}{# expect: ok #}

# file: templates/_alone.html
{% for post in posts %}{{ post.author.name }}{% endfor %}{# expect: ok #}

# file: views.py
from jinja2 import Environment, FileSystemLoader
from models import Post
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

environment = Environment(loader=FileSystemLoader("templates"))


async def page(session: AsyncSession) -> str:
    posts = (await session.scalars(select(Post))).all()  # cause
    return environment.get_template("posts.html").render(posts=posts)


async def page_with_authors(session: AsyncSession) -> str:
    posts = (await session.scalars(select(Post).options(joinedload(Post.author)))).all()
    return environment.get_template("posts.html").render(posts=posts)
