"""The first stage over a whole project: the facts of every file, from the cache or from its bytes."""

from rules.reading.files import Memory, Read, read_files
from rules.reading.one_file import OneFile, read_file, read_template

__all__ = ["Memory", "OneFile", "Read", "read_file", "read_files", "read_template"]
