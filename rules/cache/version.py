"""What entries depend on besides their input: the engine, and the Python whose grammar reads the code."""

from __future__ import annotations

import hashlib
import marshal
import sys
from functools import cache
from pathlib import Path


@cache
def engine_digest() -> bytes:
    """Changes with every file of the engine, so that a checkout that is worked on never meets its own past."""
    root = Path(__file__).parents[1]
    digest = hashlib.blake2b(
        f"{sys.implementation.cache_tag} {sys.hexversion} {marshal.version}".encode(), digest_size=20
    )
    for file in sorted(one for one in root.rglob("*") if one.suffix in {".py", ".toml"}):
        digest.update(f"\0{file.relative_to(root).as_posix()}\0".encode())
        digest.update(file.read_bytes())
    return digest.digest()
