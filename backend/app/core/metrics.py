"""What is counted in one process, in a registry of its own, in the words that operators watch (docs/operations.md)."""

import os
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
    values,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.multiprocess import MultiProcessCollector

MEDIA_TYPE = CONTENT_TYPE_PLAIN_0_0_4
RULES = "rules"

_CALL_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_JOB_SECONDS = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 240)
_CLASSES = ("none", "1xx", "2xx", "3xx", "4xx", "5xx")


class Outcome(StrEnum):
    """What came of one try of a job; a failed try is also counted as retried or as given up."""

    DONE = "done"
    FAILED = "failed"
    RETRIED = "retried"
    GAVE_UP = "gave_up"


class Pushed(StrEnum):
    """What became of a notification on a device; the last two, of a notification as a whole."""

    SENT = "sent"
    FAILED = "failed"
    """Not taken this time; it is tried again."""
    STALE = "stale"
    """The device is none any more."""
    REFUSED = "refused"
    """It will never be taken for this device."""
    RECORDED = "recorded"
    """Kept for the inbox in the app: there is no push service, no device, or the person wants no push of it."""
    DEAD = "dead"
    """Given up: no device was reached."""


class Strain(StrEnum):
    """Why the store had to do something again, or gave it up."""

    CONTENDED = "contended"
    """A transaction met another writer and ran again."""
    UNANSWERED = "unanswered"
    """The database did not answer, and was asked again."""
    GAVE_UP = "gave_up"
    """The caller was told that it cannot be done now."""


class ModelMeter(Protocol):
    """Where whoever calls a model says what it used."""

    def model_used(self, model: str, purpose: str, *, read: int, written: int, usd: float) -> None:
        """Count the tokens read and written, and their price. Both names are ours, never a caller's."""

    def model_asked(self, model: str, purpose: str, outcome: str, seconds: float) -> None:
        """Count one call with all its tries: `answered`, or why there was no answer."""


class Metrics:
    """Counters that cost a microsecond, and gauges that `services/watch.py` sets before somebody looks."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # a second line for each counter, which nobody watches
        self.registry = registry = CollectorRegistry()
        self._calls: dict[tuple[str, str, int], tuple[Callable[[], None], Callable[[float], None]]] = {}
        self._requests = Counter(
            "resq_http_requests_total", "Calls answered.", ["method", "route", "status"], registry=registry
        )
        self._seconds = Histogram(
            "resq_http_request_seconds",
            "From the head of a call to the end of its answer.",
            ["method", "route", "status"],
            buckets=_CALL_SECONDS,
            registry=registry,
        )
        self.in_flight = Gauge(
            "resq_http_requests_in_flight", "Calls being answered.", registry=registry, multiprocess_mode="livesum"
        )
        self._limited = Counter(
            "resq_rate_limited_total", "Calls refused as too many.", ["budget", "per"], registry=registry
        )
        self._jobs = Counter("resq_jobs_total", "Tries of jobs by result.", ["job", "outcome"], registry=registry)
        self._job_seconds = Histogram(
            "resq_job_seconds", "One try of a job.", ["job"], buckets=_JOB_SECONDS, registry=registry
        )
        self._plans = Counter("resq_plans_total", "Plans made by the machine.", ["planner"], registry=registry)
        self._pushes = Counter("resq_pushes_total", "Notifications brought to devices.", ["outcome"], registry=registry)
        self._tokens = Counter(
            "resq_model_tokens_total", "Tokens of models.", ["model", "purpose", "direction"], registry=registry
        )
        self._cost = Counter(
            "resq_model_cost_usd_total", "Price of models in US dollars.", ["model", "purpose"], registry=registry
        )
        self._asked = Counter(
            "resq_model_calls_total", "Calls of models by result.", ["model", "purpose", "outcome"], registry=registry
        )
        self._asked_seconds = Histogram(
            "resq_model_seconds",
            "One call of a model, with all its tries.",
            ["model", "purpose"],
            buckets=_JOB_SECONDS,
            registry=registry,
        )
        self._strain = Counter(
            "resq_store_strain_total", "What the store did again, or gave up.", ["kind"], registry=registry
        )
        self._traces_lost = Counter(
            "resq_trace_parts_lost_total", "Parts of traces that were dropped.", ["to"], registry=registry
        )
        for planner in (RULES, "model"):
            self._plans.labels(planner)
        for pushed in Pushed:
            self._pushes.labels(pushed.value)
        for strain in Strain:
            self._strain.labels(strain.value)

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """One call: `route` is a template, `status` 0 where the caller had gone before there was an answer."""
        key = (method, route, status // 100)
        found = self._calls.get(key)
        if found is None:
            labels = (method, route, _CLASSES[key[2]])
            found = (self._requests.labels(*labels).inc, self._seconds.labels(*labels).observe)
            self._calls[key] = found
        found[0]()
        found[1](seconds)

    def refused(self, budget: str, per: str) -> None:
        self._limited.labels(budget, per).inc()

    def job(self, job: str, outcome: Outcome) -> None:
        self._jobs.labels(job, outcome.value).inc()

    def job_ran(self, job: str, outcome: Outcome, seconds: float) -> None:
        self.job(job, outcome)
        self._job_seconds.labels(job).observe(seconds)

    def planned(self, planner: str) -> None:
        """`planner` as plans have it: `rules`, or the name of a model."""
        self._plans.labels(RULES if planner == RULES else "model").inc()

    def pushed(self, outcome: Pushed) -> None:
        self._pushes.labels(outcome.value).inc()

    def strained(self, strain: Strain) -> None:
        self._strain.labels(strain.value).inc()

    def trace_lost(self, to: str, parts: int) -> None:
        self._traces_lost.labels(to).inc(parts)

    def model_used(self, model: str, purpose: str, *, read: int, written: int, usd: float) -> None:
        self._tokens.labels(model, purpose, "read").inc(read)
        self._tokens.labels(model, purpose, "written").inc(written)
        self._cost.labels(model, purpose).inc(usd)

    def model_asked(self, model: str, purpose: str, outcome: str, seconds: float) -> None:
        self._asked.labels(model, purpose, outcome).inc()
        self._asked_seconds.labels(model, purpose).observe(seconds)


class Gauges:
    """What is so right now in the store and the queue: everything here is forgotten and set anew by each look."""

    def __init__(self, metrics: Metrics) -> None:
        self.registry = registry = metrics.registry
        self.queue_depth = Gauge("resq_queue_depth", "Jobs that wait.", ["lane"], registry=registry)
        self.queue_oldest = Gauge(
            "resq_queue_oldest_seconds", "How long the job has waited that waits longest.", registry=registry
        )
        self.stage_requests = Gauge("resq_stage_requests", "Requests in a stage.", ["stage"], registry=registry)
        self.stage_oldest = Gauge(
            "resq_stage_oldest_seconds", "How long the first has been in a stage.", ["stage"], registry=registry
        )
        self.part_works = Gauge("resq_part_works", "Whether a part does its work.", ["part"], registry=registry)
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        GCCollector(registry=registry)

    def text(self) -> bytes:
        """All of it as Prometheus reads it."""
        return generate_latest(self.registry)


def shared_between_processes(folder: Path) -> None:
    """From now on what is counted, here and in processes forked from this one, lies in files of this folder."""
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
    # The library asks the environment once, when it is imported, and this process has imported it long ago.
    values.ValueClass = values.MultiProcessValue()  # type: ignore[no-untyped-call]


def counted_in(folder: Path) -> bytes:
    """The sum over all processes that count in this folder, also those that have ended; and this process' own state."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=str(folder))  # type: ignore[no-untyped-call]
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)
    return generate_latest(registry)
