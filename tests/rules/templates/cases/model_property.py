"""The template reads a property; the property reads the relationship."""

# file: models.py
from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Committee(Base):
    __tablename__ = "committees"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    projects: Mapped[list["Project"]] = relationship(back_populates="committee")


class Project(Base):
    __tablename__ = "projects"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    committee_id: Mapped[int | None] = mapped_column(ForeignKey("committees.id"))
    committee: Mapped[Committee | None] = relationship(back_populates="projects")

    @property
    def label(self) -> str:
        return f"Project {self.name}"

    @property
    def display_name(self) -> str:
        return f"{self.committee.name} {self.name}" if self.committee else self.name  # expect: BR-ASYNC-001

    def __str__(self) -> str:
        return self.display_name

# file: templates/projects.html
{% for project in projects %}
{{ project.label }}{# expect: ok #}
{{ project["display_name"] }}{# expect: ok #}
{% endfor %}

# file: templates/text.html
{{ projects|first }}{# expect: ok #}

# file: views.py
from jinja2 import Environment, FileSystemLoader
from models import Project
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

environment = Environment(loader=FileSystemLoader("templates"))


async def page(session: AsyncSession) -> str:
    projects = (await session.scalars(select(Project))).all()  # cause
    return environment.get_template("projects.html").render(projects=projects)


async def text(session: AsyncSession) -> str:
    projects = (await session.scalars(select(Project))).all()  # cause
    return environment.get_template("text.html").render(projects=projects)


async def page_with_committees(session: AsyncSession) -> str:
    projects = (await session.scalars(select(Project).options(joinedload(Project.committee)))).all()
    environment.get_template("text.html").render(projects=projects)
    return environment.get_template("projects.html").render(projects=projects)

# seed
[Committee(id=1, name="Boards", projects=[Project(id=1, name="North"), Project(id=2, name="South")])]
