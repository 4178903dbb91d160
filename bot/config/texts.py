"""What is said on GitHub about a configuration: its mistakes, remarks in a check, and the answer to `config`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.config.choice import Choice
from bot.config.effective import Config
from bot.config.problems import Layer, Place, Problem
from bot.links import Links
from bot.markdown import code_span, plain, prose, table

Sites = Mapping[Layer, Links]
"""Where the files of each layer can be seen; a layer that is not in it gets no links."""

MAX_PROBLEMS = 50
WRONG_TITLE = "The configuration is wrong"
ANNOTATION_TITLE = "Wrong configuration"


def problem_list(problems: Sequence[Problem], sites: Sites) -> str:
    """Each mistake with a link to its line."""
    rows = [f"- {_place(problem.place, sites)}: {prose(problem.sentence)}" for problem in problems[:MAX_PROBLEMS]]
    rest = [f"- … and {len(problems) - MAX_PROBLEMS} more"] if len(problems) > MAX_PROBLEMS else []
    return "\n".join([*rows, *rest])


def wrong_on_base(problems: Sequence[Problem], sites: Sites) -> str:
    """Why nothing was checked, for the summary of a check run."""
    rescan = code_span("/greenlatch rescan")
    if any(problem.place.layer is Layer.ORGANISATION for problem in problems):
        how = f"The organisation's defaults stand in its {code_span('.github')} repository; once they are repaired,"
    else:
        how = "A pull request that repairs the file is checked with the defaults and can be merged; after that,"
    return f"{problem_list(problems, sites)}\n\nNothing was checked. {how} {rescan} checks this one."


def remarks(choice: Choice, links: Links) -> Iterator[str]:
    """What a check run has to say about the configuration; `links` are those of the head."""
    if choice.head_problems:
        yield "**The configuration in this pull request is wrong:**\n\n" + problem_list(
            choice.head_problems, {Layer.REPOSITORY: links}
        )
        yield (
            "Merged like this, it keeps every pull request from being checked."
            " This one was checked with the configuration of the base branch."
        )
    elif choice.is_repair:
        yield "The base branch has no valid configuration and this pull request brings one: checked with the defaults."
    elif choice.changed:
        yield "Checked with the configuration of the base branch; the changed one takes effect when it is merged."


def in_use(config: Config, sites: Sites) -> str:
    """The answer to `/greenlatch config`: every setting and where it comes from; commands only where they differ."""
    rows = [
        (code_span(".".join(map(str, key))), _value(value), _place(place, sites) if place else "default")
        for key, value, place in config.values()
        if place or key[0] != "commands"
    ]
    return (
        table(("Setting", "Value", "From"), rows)
        + "\n\nRead from the base branch. Rules that are not listed have their own severity;"
        f" {code_span('/greenlatch help')} tells who may give which command."
    )


def _value(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(code_span(str(item)) for item in value) or plain("nothing")
    return code_span(str(value).lower() if isinstance(value, bool) else str(value))


def _place(place: Place, sites: Sites) -> str:
    of = "organisation, " if place.layer is Layer.ORGANISATION else ""
    site = sites.get(place.layer)
    return of + (site.place(place.path, place.line) if site else code_span(f"{place.path}:{place.line}"))
