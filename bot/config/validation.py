"""Checks what a file says against what can be configured, and tells each mistake in one sentence."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from bot.commands import CommandName
from bot.config.model import KNOWN_RULES, Document
from bot.config.parsed import Key, Parsed, Unreadable
from bot.config.problems import Place, Problem, listed, quoted

KEY = "[key]"
"""With this pydantic ends the way to a name in a mapping."""
TAKES = {
    "bool_type": "`true` or `false`",
    "int_type": "a whole number",
    "string_type": "text",
    "tuple_type": "a list",
    "dict_type": "settings of its own",
    "model_type": "settings of its own",
}
YES_AND_NO = {"yes": "true", "on": "true", "no": "false", "off": "false"}


def validate(parsed: Parsed, known_rules: Collection[str]) -> Document:
    """The settings of a file. Raises Unreadable with all its mistakes, in the order of the file."""
    problems = list(parsed.problems)
    try:
        document = Document.model_validate(dict(parsed.values), context={KNOWN_RULES: known_rules})
    except ValidationError as error:
        document = Document()
        problems += [_problem(detail, parsed, known_rules) for detail in error.errors(include_url=False)]
    if problems:
        raise Unreadable(*sorted(problems, key=_order))
    return document


def _order(problem: Problem) -> tuple[int, int]:
    return problem.place.line, problem.place.column


def _problem(detail: ErrorDetails, parsed: Parsed, known_rules: Collection[str]) -> Problem:
    is_name = detail["loc"][-1] == KEY
    key: Key = detail["loc"][:-1] if is_name else detail["loc"]
    spot = parsed.spot(key)
    match detail["type"]:
        case "extra_forbidden":
            return _unknown_setting(key, spot.name)
        case "unknown_rule":
            message = f"{quoted(key[-1])} is no rule"
            return Problem("unknown-rule", spot.name, message, _did_you_mean(str(key[-1]), known_rules))
        case _ if is_name:
            message = f"{quoted(key[-1])} is no command"
            return Problem("unknown-command", spot.name, message, _did_you_mean(str(key[-1]), list(CommandName)))
        case "glob":
            return Problem("wrong-pattern", spot.value, f"the pattern {quoted(detail['input'])} {detail['msg']}")
    takes = _takes(detail)
    value = detail["input"]
    written = value if isinstance(value, str) or key not in parsed.spots else spot.text
    message = f"{quoted(_dotted(key))} takes {takes}" + _not(value, str(written))
    return Problem("wrong-value", spot.value, message, _meant(detail, str(written)))


def _takes(detail: ErrorDetails) -> str:
    context = detail.get("ctx", {})
    match detail["type"]:
        case "enum":
            return str(context["expected"]).replace("'", "`")
        case "greater_than_equal":
            return f"a whole number, {context['ge']} or more"
        case "less_than_equal":
            return f"a whole number, {context['le']} at most"
        case "too_short":
            return "one item or more"
        case "too_long":
            return f"{context['max_length']} items at most"
        case kind:
            return TAKES.get(kind, detail["msg"])


def _not(value: object, written: str) -> str:
    """What is there instead, where that can be shown in a few words."""
    if isinstance(value, dict):
        return ", not settings of its own"
    if isinstance(value, list | tuple):
        return ", not a list" if value else ", not an empty list"
    return f", not {quoted(written)}"


def _meant(detail: ErrorDetails, written: str) -> str:
    word = written.lower()
    if detail["type"] == "bool_type":
        return f"write `{YES_AND_NO[word]}`" if word in YES_AND_NO else ""
    if detail["type"] == "enum":
        names = [name.strip("'") for name in detail["ctx"]["expected"].replace(" or ", ", ").split(", ")]
        close = difflib.get_close_matches(word, names, n=1)
        return f"did you mean `{close[0]}`?" if close else ""
    return ""


def _unknown_setting(key: Key, place: Place) -> Problem:
    name = str(key[-1])
    section = _model_at(key[:-1])
    siblings = [field.alias or "" for field in section.model_fields.values()]
    where = f" of {quoted(_dotted(key[:-1]))}" if len(key) > 1 else ""
    close = _close(name, siblings)
    elsewhere = [] if close else [other for other in _all_settings(Document) if _close(name, [other.split(".")[-1]])]
    suggested = close or (elsewhere[0] if elsewhere else "")
    hint = f"did you mean `{suggested}`?" if suggested else f"there {_are(siblings)}"
    return Problem("unknown-setting", place, f"{quoted(name)} is no setting{where}", hint)


def _are(siblings: list[str]) -> str:
    return f"is only {listed(siblings)}" if len(siblings) == 1 else "are " + listed(siblings).replace(" or ", " and ")


def _model_at(key: Key) -> type[BaseModel]:
    """The model that validates the settings below `key`."""
    model: type[BaseModel] = Document
    for name in key:
        field = next((field for field in model.model_fields.values() if field.alias == name), None)
        if field is not None:
            model = section_of(field.annotation) or model
    return model


def section_of(annotation: Any) -> type[BaseModel] | None:
    """The model of a section, or of the values of a mapping."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    arguments = getattr(annotation, "__args__", ())
    return section_of(arguments[-1]) if arguments else None


def _all_settings(model: type[BaseModel], above: str = "") -> Iterator[str]:
    for field in model.model_fields.values():
        yield f"{above}{field.alias}"
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _all_settings(field.annotation, f"{field.alias}.")


def _did_you_mean(name: str, names: Collection[str]) -> str:
    close = _close(name, names)
    return f"did you mean `{close}`?" if close else f"there are {listed(sorted(names)).replace(' or ', ' and ')}"


def _close(name: str, names: Collection[str]) -> str:
    """The name that was meant, whatever its case and hyphens; '' for none."""
    by_word = {_word(known): known for known in names}
    close = difflib.get_close_matches(_word(name), list(by_word), n=1, cutoff=0.7)
    return by_word[close[0]] if close else ""


def _word(name: str) -> str:
    return name.lower().replace("_", "-")


def _dotted(key: Key) -> str:
    return ".".join(str(part) if isinstance(part, str) else f"{part + 1}" for part in key)
