"""Prism, which serves GitHub's own description and refuses what it does not allow, behind a proxy of ours.

The proxy does what GitHub's host would: it knows the API below /api/v3, PyGithub's old media types, and its own address
in links and bodies, where Prism answers with the examples of the description as they are.
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

import urllib3

HERE = Path(__file__).parent
PRISM = HERE / "node_modules" / ".bin" / "prism"
DESCRIPTION = HERE.parent / "sandbox" / "node_modules" / "@octokit" / "openapi" / "generated" / "api.github.com.json"
PREFIX = "/api/v3"
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
                headers = {"Accept": "application/json", "Authorization": self.headers.get("Authorization", "")}
                if body:
                    headers["Content-Type"] = "application/json"
                answer = pool.request(
                    self.command, f"http://127.0.0.1:{prism_port}{path}", body=body or None, headers=headers
                )
                here = f"http://{self.headers['Host']}{PREFIX}".encode()
                data = answer.data.replace(GITHUB, here)
                calls.append(Call(self.command, path, answer.status, data))
                self.send_response(answer.status)
                self.send_header("Content-Type", answer.headers.get("Content-Type", "application/json"))
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
