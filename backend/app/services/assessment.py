"""Turning a free-text call for help into something that can be planned."""

from dataclasses import dataclass
from typing import Protocol

import structlog

from app.core.clock import Clock
from app.core.errors import Conflict, NotFound
from app.crud.requests import RequestRepository
from app.schemas.assessment import Finding
from app.schemas.audit import Act
from app.schemas.request_states import Stage
from app.services.pipeline import Pipeline

log = structlog.get_logger(__name__)


class Assessor(Protocol):
    async def read(self, text: str, *, title: str = "", type_of_need: str = "") -> Finding: ...


@dataclass(frozen=True)
class Assessment:
    requests: RequestRepository
    pipeline: Pipeline
    assessor: Assessor
    clock: Clock

    async def run(self, id: str) -> None:
        """Assess one request; nothing where that is done, or the request is gone."""
        request = await self.requests.find(id)
        if request is None or request.stage is not Stage.RECEIVED:
            return
        words = request.words
        finding = await self.assessor.read(
            request.description or "", title=request.heading, type_of_need=request.type_of_need
        )

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
        log.info("request.assessed", id=id, stage=request.stage, severity=finding.severity)
        await self.pipeline.ring(request)
