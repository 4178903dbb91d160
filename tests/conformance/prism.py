"""Prism, which serves GitHub's own description and refuses what it does not allow, behind a proxy of ours.

The proxy does what GitHub's host would: it knows the API below /api/v3, PyGithub's old media types, and its own address
in links and bodies, where Prism answers with the examples of the description as they are. What goes to GraphQL, which
Prism does not speak, is executed by GitHub's own schema.
"""

from __future__ import annotations

import json
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import urllib3
from graphql import GraphQLList, GraphQLNonNull, GraphQLResolveInfo, graphql_sync, is_leaf_type

from tests.sandbox.description import graphql_schema

HERE = Path(__file__).parent
PRISM = HERE / "node_modules" / ".bin" / "prism"
DESCRIPTION = HERE.parent / "sandbox" / "node_modules" / "@octokit" / "openapi" / "generated" / "api.github.com.json"
PREFIX = "/api/v3"
GRAPHQL = "/api/graphql"
GITHUB = b"https://api.github.com"
STARTING_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Call:
    method: str
    path: str
    status: int
    answer: bytes


class Proxy:
    """`calls` are those that went through, with Prism's verdict."""

    def __init__(self, prism_port: int) -> None:
        self.calls: list[Call] = []
        pool, calls = urllib3.PoolManager(), self.calls

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_any(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                path = self.path.removeprefix(PREFIX)
                if path == GRAPHQL:
                    self.answer(path, *executed(body))
                    return
                headers = {"Accept": "application/json", "Authorization": self.headers.get("Authorization", "")}
                if body:
                    headers["Content-Type"] = "application/json"
                answer = pool.request(
                    self.command, f"http://127.0.0.1:{prism_port}{path}", body=body or None, headers=headers
                )
                here = f"http://{self.headers['Host']}{PREFIX}".encode()
                self.answer(path, answer.status, answer.data.replace(GITHUB, here))

            def answer(self, path: str, status: int, data: bytes) -> None:
                calls.append(Call(self.command, path, status, data))
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = do_any

            def log_message(self, format: str, *args: object) -> None:
                """Says nothing: `calls` tells."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@contextmanager
def running_prism() -> Iterator[Proxy]:
    port = _free_port()
    command = [str(PRISM), "mock", "-h", "127.0.0.1", "-p", str(port), str(DESCRIPTION)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _wait(port, process)
            proxy = Proxy(port)
            threading.Thread(target=proxy.server.serve_forever, daemon=True).start()
            yield proxy
            proxy.server.shutdown()
            proxy.server.server_close()
        finally:
            process.terminate()


def refusal(call: Call) -> str:
    """Why Prism refused it, '' where it did not."""
    if call.status < 400:
        return ""
    told = json.loads(call.answer)
    return f"{call.method} {call.path}: {told.get('title')} {told.get('detail')} {told.get('validation')}"


def executed(body: bytes) -> tuple[int, bytes]:
    """The answer to a GraphQL request, with any value of the right type; 422 where the schema does not allow it."""
    asked = json.loads(body)
    done = graphql_sync(graphql_schema(), asked["query"], variable_values=asked["variables"], field_resolver=_any_value)
    if done.errors:
        told = {"title": "GraphQL", "detail": "; ".join(error.message for error in done.errors)}
        return 422, json.dumps(told).encode()
    return 200, json.dumps({"data": done.data}).encode()


def _any_value(_source: object, info: GraphQLResolveInfo[Any], **_arguments: object) -> object:
    kind: Any = info.return_type
    many = False
    while isinstance(kind, GraphQLNonNull | GraphQLList):
        many = many or isinstance(kind, GraphQLList)
        kind = kind.of_type
    values: dict[str, object] = {"Int": 1, "Boolean": False}
    value = values.get(kind.name, "example") if is_leaf_type(kind) else {}
    return [value] if many else value


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + STARTING_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, "prism ended"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    raise AssertionError("prism does not listen")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
