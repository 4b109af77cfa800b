"""How a worker takes it when it cannot say that a message is done."""

from collections.abc import Callable
from functools import partial
from typing import NoReturn

import structlog
from celery.utils.log import get_logger
from celery.worker.request import Request
from kombu.asynchronous import get_event_loop

log = structlog.get_logger(__name__)
_celery = get_logger("celery.worker.request")


class Reconnecting(Request):  # type: ignore[misc] # Celery has no types
    """Connects anew where Redis does not take the word that a message is done.

    Celery itself writes that to the log and goes on. The message then counts as being worked on for ever, and a worker
    that takes one at a time takes no other, with nothing in the log (measured: Celery 5.7, kombu 5.7).
    """

    def acknowledge(self) -> None:
        if not self.acknowledged:
            self._said(partial(self._on_ack, _celery, ()))

    def reject(self, requeue: bool = False) -> None:
        if not self.acknowledged:
            self._said(partial(self._on_reject, _celery, (), requeue))
            self.send_event("task-rejected", requeue=requeue)

    def _said(self, say: Callable[[], None]) -> None:
        try:
            say()
        except self._connection_errors as error:
            log.warning("worker.connects_anew", error=type(error).__name__)
            if (loop := get_event_loop()) is not None:
                loop.call_soon(_lost, error)
        self.acknowledged = True


def _lost(error: BaseException) -> NoReturn:
    """In the worker's own loop, where a lost connection is noticed."""
    raise error
