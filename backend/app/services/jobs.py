"""All worker tasks: a name, one id, one line each."""

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

import structlog

from app.core.metrics import Outcome
from app.core.queue import Handler, Job, Rest
from app.core.tracing import Kind, carried
from app.core.usage import Spent, counting
from app.services.pipeline import REQUEST_JOBS

if TYPE_CHECKING:
    from app.services import Services

log = structlog.get_logger(__name__)


def handlers(services: "Services") -> Mapping[Job, Handler]:
    """What each job rings, each try counted, timed and, where traces are sent, part of the call that rang for it."""
    return {job: _observed(services, job, handler) for job, handler in _handlers(services).items()}


def _handlers(services: "Services") -> Mapping[Job, Handler]:
    return {
        Job.ASSESS: services.assessment.run,
        Job.PLAN: services.planning.run,
        Job.MATCH: services.matchmaking.run,
        Job.DELIVER: services.delivery.run,
        Job.LINK: services.linking.run,
        Job.SCOUT: services.scout.run,
        Job.LAPSE: services.observations.expire,
        Job.DISCARD: services.media.discard_overdue,
        Job.FORGET: services.forgettings.run,
        Job.ANONYMISE: services.anonymising.run,
        Job.TELL: services.sign_ins.run,
        Job.EXPIRE: services.retention.run,
        Job.SCORE: services.verdicts.run,
        Job.BROADCAST: services.broadcasts.run,
    }


def _observed(services: "Services", job: Job, handler: Handler) -> Handler:
    metrics, tracer, span_name = services.metrics, services.tracer, f"job {job}"
    for_a_request = job in REQUEST_JOBS

    async def observed(id: str) -> Rest:
        began, outcome = time.perf_counter(), Outcome.FAILED
        about = id if for_a_request else None
        with counting() as spent:
            try:
                with tracer.span(span_name, kind=Kind.CONSUMER, parent=carried(), about=about):
                    rest = await handler(id)
                outcome = Outcome.DONE
                return rest
            finally:
                metrics.job_ran(job, outcome, time.perf_counter() - began)
                _told(job, id, spent)

    return observed


def _told(job: Job, id: str, spent: Spent) -> None:
    """What models one try of a job took, where it asked any."""
    if spent.calls:
        log.info(
            "job.used_model",
            job=job,
            id=id,
            models=spent.models,
            calls=spent.calls,
            tokens_read=spent.read,
            tokens_written=spent.written,
            usd=round(spent.usd, 6),
        )


async def sweep(services: "Services") -> None:
    """What beat rings for, where the sweeper is no task of the API's own process."""
    await services.sweeper.tick()
