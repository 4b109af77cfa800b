"""Logs are events: JSON lines for machines, short lines for people; never a person's words or place."""

import logging
import sys
import traceback

import structlog


def configure_logging(*, json: bool, level: str) -> None:
    """Set up structlog once for this process."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer() if json else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=_to_stderr,
        cache_logger_on_first_use=False,
    )


def _to_stderr(*_: object) -> structlog.PrintLogger:
    """Asked for at every use, because whoever embeds us may put another stream in its place."""
    return structlog.PrintLogger(sys.stderr)


def frames(error: BaseException) -> list[str]:
    """Where an error came from, innermost last, without its message, which may hold anybody's words."""
    return [f"{one.filename}:{one.lineno} {one.name}" for one in traceback.extract_tb(error.__traceback__)[-8:]]
