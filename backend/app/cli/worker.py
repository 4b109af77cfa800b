"""`resq worker` and `resq beat`: working on what the API has passed on to Redis."""

import time
from typing import Annotated

import structlog
import typer

from app.cli.console import checked, err, fail
from app.core.metrics_server import served
from app.core.queue import Lane

log = structlog.get_logger(__name__)

AGAIN_SECONDS = (1.0, 2.0, 5.0)
_ALL = ",".join(lane.word for lane in Lane)


def worker(
    concurrency: Annotated[int, typer.Option(min=1, max=64, help="Processes.")] = 1,
    queues: Annotated[str, typer.Option(help="Which ones, with commas.")] = _ALL,
) -> None:
    """Work on what waits in Redis; the most urgent of the queues first."""
    from app.core.celery_app import queue_name  # Celery is loaded where it is used only
    from app.worker import app, worker_settings

    settings = checked(worker_settings())
    lanes = _lanes(queues)
    err.print(f"ResQConnect worker, {concurrency} processes, {', '.join(lane.word for lane in lanes)}")
    names = ",".join(queue_name(lane) for lane in lanes)
    app.worker_main(
        [
            "--quiet",
            "worker",
            f"--concurrency={concurrency}",
            f"--queues={names}",
            f"--loglevel={settings.log_level}",
            "--without-gossip",
            "--without-mingle",
            "--without-heartbeat",
        ]
    )


def beat() -> None:
    """Have workers look for what waits, now and then; of several of these only one does."""
    from app.worker import app, worker_settings

    settings = checked(worker_settings())
    err.print(f"ResQConnect beat, every {settings.sweep_seconds:g} seconds")
    served(settings)
    failed = 0
    while True:
        began = time.monotonic()
        try:
            app.Beat(loglevel=settings.log_level, quiet=True, redirect_stdouts=False).run()
            return
        except Exception as error:
            # The edge of this process: Redis may be away or have forgotten all, and beat must outlive that.
            failed = 0 if time.monotonic() - began > 60 else failed + 1
            log.warning("beat.failed", error=type(error).__name__)
            time.sleep(AGAIN_SECONDS[min(failed, len(AGAIN_SECONDS) - 1)])


def _lanes(queues: str) -> list[Lane]:
    words = {word.strip() for word in queues.split(",")}
    known = {lane.word: lane for lane in Lane}
    if unknown := sorted(words - known.keys()):
        fail(f"There is no queue {', '.join(unknown)}; there are {_ALL}.", code=2)
    return [lane for lane in Lane if lane.word in words]
