"""`python -m bot.sandbox`: Greenlatch and a local GitHub on this machine, reviewing four pull requests (`make run`)."""

from __future__ import annotations

import argparse
import fcntl
import os
import shutil
import signal
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from rich.console import Console

from bot.errors import UserError
from bot.sandbox.run_children import ChildDied, Children
from bot.sandbox.run_demo import OPERATOR, DemoPull, Outcome, look, open_pulls
from bot.sandbox.run_progress import Progress, result_table
from bot.sandbox.run_stack import Plan, environment, start_stack
from bot.sandbox.server import SandboxServer
from bot.sandbox.state import SandboxState
from bot.settings import ENV_FILE, has_app

REVIEW_SECONDS = 180
PLAIN_WIDTH = 140
WRONG, CANNOT = 1, 2


class Stopped(Exception):
    """Somebody asked us to end."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bot.sandbox", description=__doc__)
    parser.add_argument("--once", action="store_true", help="end after the reviews; status 0 if all are as expected")
    parser.add_argument("--port", type=int, default=8420, help="of Greenlatch (default: %(default)s)")
    parser.add_argument("--sandbox-port", type=int, default=8421, help="of the local GitHub (default: %(default)s)")
    parser.add_argument("--var", type=Path, default=Path("var"), help="folder for data and logs (default: %(default)s)")
    options = parser.parse_args(arguments)
    console = Console(highlight=False, width=None if sys.stdout.isatty() else PLAIN_WIDTH)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, _stop)
    try:
        return _run(console, options)
    except Stopped:
        return 0
    except (UserError, ChildDied) as error:
        print(f"greenlatch: {error}", file=sys.stderr)
        return CANNOT


def _run(console: Console, options: argparse.Namespace) -> int:
    require_tools()
    require_ports(options.port, options.sandbox_port)
    with fresh_folder(options.var) as folder:
        state = SandboxState(folder / "repositories")
        app = state.add_app("greenlatch")
        plan = Plan(
            app,
            f"http://127.0.0.1:{options.sandbox_port}",
            folder / "data",
            options.port,
            operators=(OPERATOR,),
            setup_file=ENV_FILE.absolute(),
        )
        app.webhook_url, app.callback_urls = plan.webhook_url, [plan.callback_url]
        with (
            SandboxServer(state, port=options.sandbox_port) as server,
            Children(options.var / "log", environment(plan)) as children,
        ):
            console.print(f"Starting Greenlatch on {plan.url} and a local GitHub on {server.url} …", soft_wrap=True)
            start_stack(plan, children)
            demos = open_pulls(state, app)
            progress = Progress(console, demos, lambda demo: look(state, demo), children.require_alive)
            outcomes = progress.follow(REVIEW_SECONDS)
            console.print(result_table(demos, outcomes, server.url))
            status = _judge(demos, outcomes)
            if not options.once:
                _serve(console, plan, children)
    return status


def _judge(demos: Sequence[DemoPull], outcomes: Sequence[Outcome]) -> int:
    """Tells what is not as expected."""
    status = 0
    for demo, outcome in zip(demos, outcomes, strict=True):
        for problem in outcome.problems or (() if outcome.conclusion else ("it has no conclusion yet",)):
            print(f"greenlatch: #{demo.pull.number} {demo.pull.title}: {problem}", file=sys.stderr)
            status = WRONG
    return status


def _serve(console: Console, plan: Plan, children: Children) -> None:
    """Until Ctrl-C, or until a part dies."""
    console.print(f"\nOpen {plan.sandbox_url} to read the reviews,")
    console.print(f"and {plan.url} for what Greenlatch tells about them: sign in as {OPERATOR}.")
    if not has_app(ENV_FILE):
        console.print(f"No GitHub App is configured: {plan.url}/setup/ creates one for your own repositories.")
    else:
        console.print(f"Your own GitHub App in {ENV_FILE} is left alone; docs/install.md tells how to start it.")
    console.print("Ctrl-C ends everything.")
    while True:
        children.require_alive()
        time.sleep(1)


def require_tools() -> None:
    if shutil.which("git") is None:
        raise UserError("no-git", "there is no `git` on PATH", hint="install it (Debian: apt install git)")


def require_ports(*ports: int) -> None:
    if len(set(ports)) < len(ports):
        raise UserError("same-port", "the two ports must differ", hint="give `--port` and `--sandbox-port`")
    for port in ports:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except (OSError, OverflowError) as error:
                raise UserError(
                    "busy-port",
                    f"port {port} of 127.0.0.1 cannot be used: {error}",
                    hint="end what uses it, or give others: `--port` and `--sandbox-port`",
                ) from error


@contextmanager
def fresh_folder(var: Path) -> Iterator[Path]:
    """An empty folder for this run alone; what an earlier run left behind is removed."""
    try:
        var.mkdir(parents=True, exist_ok=True)
        lock = (var / "sandbox.lock").open("a")
    except OSError as error:
        raise UserError(
            "unwritable-folder",
            f"cannot write to this folder: {error.strerror}",
            where=str(var),
            hint="give another one: `--var`",
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UserError(
                "already-running", "a sandbox runs in this folder", where=str(var), hint="end it, or give `--var`"
            ) from error
        folder = var / "sandbox"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        os.chmod(folder, 0o700)
        yield folder


def _stop(_number: int, _frame: FrameType | None) -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # stopping is not interrupted
    raise Stopped


if __name__ == "__main__":
    sys.exit(main())
