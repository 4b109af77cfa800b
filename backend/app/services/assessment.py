"""Turning a free-text call for help into something that can be planned."""

import asyncio
import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

import structlog

from app.agent_v2.assess import RulesAssessor
from app.agent_v2.caption import noted
from app.core.clock import Clock
from app.core.errors import Conflict, NotFound
from app.crud.requests import RequestRepository
from app.schemas.assessment import Finding
from app.schemas.audit import Act
from app.schemas.request import Request
from app.schemas.request_states import Stage
from app.schemas.vocabulary import Severity
from app.services.captions import Captions, NoCaptions
from app.services.pipeline import Pipeline, in_time

log = structlog.get_logger(__name__)


class Assessor(Protocol):
    async def read(self, text: str, *, title: str = "", type_of_need: str = "") -> Finding: ...


@dataclass(frozen=True)
class Assessment:
    requests: RequestRepository
    pipeline: Pipeline
    assessor: Assessor
    clock: Clock
    captions: Captions = field(default_factory=NoCaptions)
    rules: Assessor = field(default_factory=RulesAssessor)
    """Who reads, without anybody outside, what the assessor does not get read in time or what has waited too long."""
    seconds: float = 30.0
    backlog: timedelta = timedelta(seconds=30)
    """What has waited longer is read by the rules at once."""
    urgent_seconds: float = 5.0
    """So long, from its beginning, whoever is in danger by their words waits for what their photos show."""

    async def run(self, id: str) -> None:
        """Assess one request; nothing where that is done, or the request is gone."""
        request = await self.requests.find(id)
        if request is None or request.stage is not Stage.RECEIVED:
            return
        words = request.words
        finding = await self._read(request)
        try:
            request = await self.requests.change(
                id,
                # Edited while it was being read: the newer words are read next.
                lambda latest: latest.assessed(finding, self.clock()) if latest.words == words else latest,
                Act(event="request.assessed", why=f"read by {finding.assessor}"),
                seen=request,
            )
        except (Conflict, NotFound):
            return
        log.info("request.assessed", id=id, stage=request.stage, severity=finding.severity, assessor=finding.assessor)
        await self.pipeline.ring(request)

    async def _read(self, request: Request) -> Finding:
        """Its words, and at the same time its photos; of what has waited for long the words alone, by who is fast.

        So in a surge that is too much for a model the queue is as short as without one.
        """
        if self.clock() - request.stage_since > self.backlog:
            return await self._words(self.rules, request)
        looking = asyncio.create_task(self.captions.of(request)) if request.media else None
        began = time.monotonic()
        try:
            finding, in_good_time = await in_time(
                self.seconds, self._words(self.assessor, request), lambda: self._words(self.rules, request)
            )
            if not in_good_time:
                log.warning("request.assessed_by_rules", id=request.id, error="TimeoutError")
            if looking is not None:
                urgent = finding.severity is Severity.CRITICAL
                left = max(0.0, began + self.urgent_seconds - time.monotonic()) if urgent else None
                seen, _ = await asyncio.wait((looking,), timeout=left)
                finding = noted(finding, await looking) if seen else finding
            return finding
        finally:
            if looking is not None:
                looking.cancel()

    @staticmethod
    async def _words(assessor: Assessor, request: Request) -> Finding:
        return await assessor.read(request.description or "", title=request.heading, type_of_need=request.type_of_need)
