"""Two templates of one name: the folder that the environment names decides, or the nearest one."""

# prelude

# file: shop/templates/page.html
{% include "part.html" %}{# expect: ok #}

# file: shop/templates/part.html
{{ user.name }}{# expect: ok #}

# file: admin/templates/page.html
{% include "part.html" %}{# expect: ok #}

# file: admin/templates/part.html
{{ user.posts|length }}{# expect: BR-ASYNC-001 #}

# file: mails/texts/page.html
{{ user.posts[0].title }}{# expect: BR-ASYNC-001 #}

# file: shop/views.py
from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from models import User
from sqlalchemy.ext.asyncio import AsyncSession

environment = Environment(loader=FileSystemLoader(Path(__file__).parent / "templates"))


async def shop(session: AsyncSession) -> str:
    return environment.get_template("page.html").render(user=await session.get(User, 1))

# file: admin/views.py
from jinja2 import Environment, PackageLoader
from models import User
from sqlalchemy.ext.asyncio import AsyncSession

environment = Environment(loader=PackageLoader("admin", "templates"))


async def admin(session: AsyncSession) -> str:
    return environment.get_template("page.html").render(user=await session.get(User, 1))

# file: admin/__init__.py
"""The pages of the staff."""

# file: admin/mails.py
import os

from jinja2 import Environment, FileSystemLoader
from models import User
from sqlalchemy.ext.asyncio import AsyncSession

FOLDER = os.path.join("mails", "texts")
environment = Environment(loader=FileSystemLoader([FOLDER]))


async def mail(session: AsyncSession) -> str:
    return environment.get_template("page.html").render(user=await session.get(User, 1))
