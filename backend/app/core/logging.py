"""Logs are events: JSON lines for machines, short lines for people; never a person's words or place.

What other libraries log (uvicorn, Celery, ...) goes the same way, in the same form.
"""

import logging
import sys
import traceback
from typing import IO

import structlog
from structlog.typing import EventDict, WrappedLogger

OURS = ("uvicorn", "celery")
"""Whose lines are shown from the level of the settings on; all other libraries are heard when they warn."""
_LONGEST = 500


def configure_logging(*, json: bool, level: str) -> None:
    """Set up logging for this process; whoever has done so before is replaced."""
    number = logging.getLevelNamesMapping()[level.upper()]
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _without_words,
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer() if json else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=_to_stderr,
        cache_logger_on_first_use=False,
    )
    _take_over(structlog.stdlib.ProcessorFormatter(processors=[*_FOREIGN, renderer], foreign_pre_chain=shared), number)


def current_request() -> str | None:
    """The id of the call that is being answered, or that the running job goes back to, as it stands in the log."""
    call = structlog.contextvars.get_contextvars().get("request_id")
    return call if isinstance(call, str) else None


class Handler(logging.StreamHandler[IO[str]]):
    """To standard error as it is when something is said."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> IO[str]:  # type: ignore[override] # theirs is a variable
        return sys.stderr


def _take_over(formatter: logging.Formatter, level: int) -> None:
    root = logging.getLogger()
    for earlier in [one for one in root.handlers if isinstance(one, Handler)]:
        root.removeHandler(earlier)
    handler = Handler()
    handler.setFormatter(formatter)
    root.addHandler(handler)
    for name in OURS:
        logger = logging.getLogger(name)
        logger.setLevel(max(level, logging.INFO))
        logger.handlers, logger.propagate = [], True
    for name in ("uvicorn.error", "uvicorn.asgi"):
        logging.getLogger(name).handlers = []
    # Two lines for each message; what came of the jobs in it is said by our own events and counted.
    for name in ("celery.app.trace", "celery.worker.strategy"):
        logging.getLogger(name).setLevel(logging.WARNING if level > logging.DEBUG else logging.DEBUG)
    # It warns of each of many tries to send a batch, and says at the end that it was lost.
    logging.getLogger("opentelemetry").setLevel(logging.ERROR)
    # It says the address of every call with its query, in which people may be named; `http.answered` says the route.
    access = logging.getLogger("uvicorn.access")
    access.handlers, access.propagate = [], False


def _to_stderr(*_: object) -> structlog.PrintLogger:
    """Asked for at every use, because whoever embeds us may put another stream in its place."""
    return structlog.PrintLogger(sys.stderr)


def _without_words(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """An error by its kind and where it came from: its message may hold anybody's words."""
    error = event.pop("exc_info", None)
    if isinstance(error, tuple):
        error = error[1]
    elif error is True:
        error = sys.exc_info()[1]
    if isinstance(error, BaseException):
        for words in (repr(error), str(error)):
            if words:
                event["event"] = str(event["event"]).replace(words, "…")
        event["error"] = type(error).__name__
        event["frames"] = frames(error)
    return event


def _one_line(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """What a library says, by whom; only the first line, because others are errors' messages and what led there."""
    event["event"] = str(event["event"]).partition("\n")[0][:_LONGEST]
    event["logger"] = event["_record"].name
    return event


_FOREIGN: list[structlog.typing.Processor] = [
    _one_line,
    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
]


def frames(error: BaseException) -> list[str]:
    """Where an error came from, innermost last, without its message, which may hold anybody's words."""
    return [f"{one.filename}:{one.lineno} {one.name}" for one in traceback.extract_tb(error.__traceback__)[-8:]]
