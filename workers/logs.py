"""Logs: fixed event names with ids as fields; JSON where no terminal reads them, and never a secret."""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog

from bot.redaction import quiet_github_logging, redact

QUIET = ("alembic", "rq.scheduler", "urllib3", "werkzeug")
"""Libraries whose everyday messages tell an operator nothing."""


def configure_logging(level: int = logging.INFO) -> None:
    """One line for an event on stderr; the libraries' own messages go the same way."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    on_terminal = sys.stderr.isatty()
    last: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer() if on_terminal else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                last,
                _redact_line,
            ],
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    quiet_github_logging()
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    logger: structlog.stdlib.BoundLogger = structlog.get_logger(name)
    return logger


def _redact_line(_logger: object, _name: str, line: Any) -> str:
    return redact(str(line))
