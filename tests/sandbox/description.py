"""Holds every exchange and every webhook against GitHub's own published description.

`Validator` is the observer of a sandbox in tests: give `validator.exchange` to `SandboxServer` and set
`state.webhooks.observer = validator.delivery`; at the end call `assert_clean()`. The descriptions are npm packages,
installed by `make` into node_modules beside this file and never part of the repository.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from graphql import GraphQLSchema, build_schema, graphql_sync, parse, validate
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match
from openapi_core import Config, OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_core.exceptions import OpenAPIError
from referencing import Registry, Resource
from werkzeug.datastructures import Headers, ImmutableMultiDict

from bot.sandbox import graphql
from bot.sandbox.model import Delivery
from bot.sandbox.server import Exchange

PACKAGES = Path(__file__).parent / "node_modules" / "@octokit"
HOST = "https://api.github.com"
_OPEN_ENDED = re.compile(r"(/(?:contents|compare|git/refs?|git/matching-refs)/)(.+)")
"""Paths whose last parameter may hold slashes, which templates of OpenAPI cannot say."""


@dataclass
class Violation:
    what: str
    reason: str

    def __str__(self) -> str:
        return f"{self.what}: {self.reason}"


@dataclass
class Validator:
    """Collects what GitHub would not have said (`violations`) and what a client should not have asked (`refused`)."""

    violations: list[Violation] = field(default_factory=list)
    refused: list[Violation] = field(default_factory=list)
    """Requests outside the description; the sandbox has answered each of them with a 4xx."""
    last: Exchange | None = None
    exchanges: int = 0
    deliveries: int = 0

    def exchange(self, exchange: Exchange) -> None:
        self.exchanges += 1
        self.last = exchange
        what = f"{exchange.method} {exchange.path} -> {exchange.status}"
        wrong = request_problem(exchange)
        if wrong and exchange.status < 400:
            self.violations.append(Violation(what, f"the request should have been refused: {wrong}"))
        elif wrong:
            self.refused.append(Violation(what, wrong))
        if exchange.fault is None and (problem := response_problem(exchange)):
            self.violations.append(Violation(what, f"the response is not GitHub's: {problem}"))

    def delivery(self, delivery: Delivery) -> None:
        self.deliveries += 1
        if problem := payload_problem(delivery):
            self.violations.append(Violation(f"webhook {delivery.event}.{delivery.action}", problem))

    def assert_clean(self, *, refused: bool = False) -> None:
        """Raises AssertionError with every violation; with `refused`, a refused request is one too."""
        found = self.violations + (self.refused if refused else [])
        assert not found, "\n".join(str(violation) for violation in found)


# The REST API


@dataclass
class _Request:
    """An exchange's request in the form that openapi-core reads."""

    host_url: str
    path: str
    method: str
    parameters: RequestParameters
    content_type: str
    body: bytes | None


@dataclass
class _Response:
    status_code: int
    content_type: str
    headers: Headers
    data: bytes | None


def request_problem(exchange: Exchange) -> str | None:
    """What is wrong with the request, or None."""
    if exchange.path == graphql.PATH:
        return document_problem(json.loads(exchange.request_body)["query"])
    try:
        _rest_api().validate_request(_request(exchange))
    except OpenAPIError as error:
        return _told(error)
    return None


def response_problem(exchange: Exchange) -> str | None:
    """What is wrong with the response, or None. Refusals that an operation does not list must be basic errors."""
    response = _Response(
        exchange.status,
        exchange.response_headers.get("Content-Type", "").partition(";")[0],
        Headers(exchange.response_headers),
        exchange.response_body,
    )
    if exchange.status == 204:
        return "a body with 204" if exchange.response_body else None
    if exchange.path == graphql.PATH and exchange.status == 200:
        return _graphql_response_problem(exchange)
    if response.content_type not in ("application/json", ""):
        return None
    try:
        _rest_api().validate_response(_request(exchange), response)
    except OpenAPIError as error:
        if exchange.status >= 400 and _is_basic_error(exchange.response_body):
            return None
        return _told(error)
    return None


def document_problem(document: str) -> str | None:
    """What is wrong with a query or mutation by GitHub's schema, or None."""
    errors = validate(graphql_schema(), parse(document))
    return "; ".join(error.message for error in errors) or None


def _graphql_response_problem(exchange: Exchange) -> str | None:
    """Answers the request from its own answer, by GitHub's schema: what is missing or of another type shows."""
    asked, told = json.loads(exchange.request_body), json.loads(exchange.response_body)
    if "errors" in told:
        return None if all("message" in error for error in told["errors"]) else "an error without a message"
    again = graphql_sync(graphql_schema(), asked["query"], told["data"], variable_values=asked.get("variables"))
    return "; ".join(error.message for error in again.errors or []) or None


@cache
def graphql_schema() -> GraphQLSchema:
    """GitHub's own."""
    return build_schema(_package_file("graphql-schema", "schema.graphql").read_text("utf-8"), assume_valid=True)


def _is_basic_error(body: bytes) -> bool:
    shape = json.loads(body)
    return isinstance(shape, dict) and {"message", "documentation_url"} <= shape.keys()


def _request(exchange: Exchange) -> _Request:
    parameters = RequestParameters(
        query=ImmutableMultiDict(parse_qsl(exchange.query)), header=Headers(exchange.request_headers)
    )
    body = exchange.request_body
    path = _OPEN_ENDED.sub(lambda match: match[1] + match[2].replace("/", "%2F"), exchange.path)
    return _Request(HOST, path, exchange.method.lower(), parameters, "application/json", body or None)


def _told(error: BaseException) -> str:
    """The schema's own words where there are any: which value of which key it does not allow."""
    cause: BaseException | None = error
    while cause is not None:
        problems = getattr(cause, "schema_errors", None)
        if problems:
            return "; ".join(_deepest(problem) for problem in problems)
        cause = cause.__cause__ or cause.__context__
    return str(error)[:300]


def _deepest(error: ValidationError) -> str:
    inner = best_match([error]) or error
    return f"{'/'.join(str(part) for part in inner.absolute_path)}: {_short(inner.message)}"


def _short(message: str) -> str:
    return message if len(message) < 400 else f"{message[:200]} ... {message[-200:]}"


@cache
def _rest_api() -> OpenAPI:
    document = _load("openapi")
    _correct(document)
    return OpenAPI.from_dict(document, config=Config(spec_validator_cls=None))  # type: ignore[arg-type]


def _correct(document: dict[str, Any]) -> None:
    """Where GitHub itself does not keep to its description.

    Enumerations that are nullable do not list null; outdated comments have null for `line` and `position`;
    repositories can be had by id; an account in a list of installations is no user and enterprise at once;
    the discriminator of contents tells a folder by a property that lists have not.
    """
    schemas = document["components"]["schemas"]
    for enumeration in _enumerations(schemas):
        if enumeration.get("nullable") and None not in enumeration["enum"]:
            enumeration["enum"].append(None)
    for name in ("review-comment", "pull-request-review-comment"):
        for key in ("line", "position", "original_line", "start_line"):
            schemas[name]["properties"][key]["nullable"] = True
    listed = document["paths"]["/app/installations"]["get"]["responses"]["200"]["content"]["application/json"]
    listed["schema"]["items"] = {"$ref": "#/components/schemas/installation"}
    contents = document["paths"]["/repos/{owner}/{repo}/contents/{path}"]["get"]["responses"]["200"]["content"]
    del contents["application/json"]["schema"]["discriminator"]
    by_name = document["paths"]["/repos/{owner}/{repo}"]["get"]
    parameter = {"name": "repository_id", "in": "path", "required": True, "schema": {"type": "integer"}}
    document["paths"]["/repositories/{repository_id}"] = {"get": {**by_name, "parameters": [parameter]}}


# Webhooks


def payload_problem(delivery: Delivery) -> str | None:
    """What is wrong with the payload or the headers of a delivery, or None."""
    names = [delivery.event, *([delivery.action] if delivery.action else [])]
    key = "-".join(names).replace("_", "-")
    if key not in _webhooks()["webhooks"]:
        return "GitHub knows no such event"
    missing = _HEADERS - {name.lower() for name in delivery.headers}
    if missing:
        return f"without the headers {sorted(missing)}"
    for error in _payload_validator(key).iter_errors(json.loads(delivery.body)):
        return f"{'/'.join(str(part) for part in error.absolute_path)}: {_short(error.message)}"
    return None


_HEADERS = {
    "user-agent",
    "x-github-delivery",
    "x-github-event",
    "x-github-hook-id",
    "x-github-hook-installation-target-id",
    "x-github-hook-installation-target-type",
    "x-hub-signature-256",
}


@cache
def _payload_validator(key: str) -> Draft202012Validator:
    (content,) = _webhooks()["webhooks"][key]["post"]["requestBody"]["content"].values()
    pointer = content["schema"]["$ref"]
    return Draft202012Validator({"$ref": f"webhooks:{pointer}"}, registry=_registry())


@cache
def _registry() -> Registry[Any]:
    resource = Resource.from_contents({"$schema": "https://json-schema.org/draft/2020-12/schema", **_webhooks()})
    registry: Registry[Any] = Registry().with_resource("webhooks:", resource)
    return registry


@cache
def _webhooks() -> dict[str, Any]:
    """The lists of an app's events in it are older than merge queues: corrected here."""
    document = _load("openapi-webhooks")
    for enumeration in _enumerations(document["components"]["schemas"]):
        if {"check_suite", "push"} <= set(enumeration["enum"]):
            enumeration["enum"].append("merge_group")
    return document


def published_examples() -> Iterator[tuple[str, dict[str, Any]]]:
    """Payloads of real webhooks, with the names of their events, as people contributed them."""
    for event in json.loads((PACKAGES / "webhooks-examples" / "api.github.com" / "index.json").read_bytes()):
        yield from ((event["name"], example) for example in event["examples"])


def poorer_examples() -> Iterator[tuple[str, dict[str, Any], str]]:
    """Each example once without each field that its schema lets be absent, and with null where that may be.

    With it, what was taken away.
    """
    for event, example in published_examples():
        names = [event, *([example["action"]] if example.get("action") else [])]
        hook = _webhooks()["webhooks"].get("-".join(names).replace("_", "-"))
        if hook is None:
            continue
        (content,) = hook["post"]["requestBody"]["content"].values()
        for path, what in dict.fromkeys(_optional(content["schema"], example)):
            poorer = deepcopy(example)
            holder = poorer
            for key in path[:-1]:
                holder = holder[key]
            if what == "null":
                holder[path[-1]] = None
            else:
                del holder[path[-1]]
            yield event, poorer, f"{'.'.join(map(str, path))} {what}"


def _optional(schema: Any, value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], str]]:
    """The fields of a value that its schema lets be absent or null."""
    for one in _alternatives(schema):
        if isinstance(value, dict):
            for key, inner in value.items():
                told = one.get("properties", {}).get(key)
                if told is None:
                    continue
                if key not in one.get("required", []):
                    yield (*path, key), "absent"
                if any("null" in _types(each) or each.get("nullable") for each in _alternatives(told)):
                    yield (*path, key), "null"
                yield from _optional(told, inner, (*path, key))
        elif isinstance(value, list) and value and "items" in one:
            yield from _optional(one["items"], value[0], (*path, 0))


def _alternatives(schema: Any) -> list[Any]:
    while "$ref" in schema:
        found: Any = _webhooks()
        for key in schema["$ref"].removeprefix("#/").split("/"):
            found = found[key]
        schema = found
    inner = [each for key in ("oneOf", "anyOf", "allOf") for one in schema.get(key, []) for each in _alternatives(one)]
    return [schema, *inner]


def _types(schema: Any) -> list[str]:
    told = schema.get("type", [])
    return [told] if isinstance(told, str) else told


def _enumerations(schema: Any) -> Iterator[dict[str, Any]]:
    """Every schema at or below this one that lists its values."""
    if isinstance(schema, dict):
        if isinstance(schema.get("enum"), list):
            yield schema
        for each in schema.values():
            yield from _enumerations(each)
    elif isinstance(schema, list):
        for each in schema:
            yield from _enumerations(each)


def _load(package: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(_package_file(package, "generated/api.github.com.json").read_bytes())
    return document


def _package_file(package: str, name: str) -> Path:
    path = PACKAGES / package / name
    if not path.exists():
        raise FileNotFoundError(f"GitHub's description is missing: run `make descriptions` ({path} does not exist)")
    return path
