"""Help requests as clients see them."""

from collections.abc import Mapping
from typing import Self

from pydantic import Field, JsonValue

from app.core.clock import Instant
from app.schemas.assessment import Finding
from app.schemas.base import Location, Model, View
from app.schemas.request import AutoExtract, Request
from app.schemas.request_parts import Contact, Media, RequestLink
from app.schemas.request_states import Stage, Status
from app.schemas.vocabulary import Severity


class ClusterOfRequest(Model):
    """The cluster of a request, as its coordinators see it beside the request."""

    id: str
    first_request_id: str
    severity: Severity | None
    size: int = Field(description="How many requests have been linked, ended ones among them.")
    links: tuple[RequestLink, ...] = Field(description="The nearest of the others, and what speaks for the link.")


class RequestReceipt(Model):
    """What became of one item of a batch: `request` where it was taken in, `problem` where it was not."""

    index: int
    status: int = Field(description="201 taken in, 200 a repeat, else the status of `problem`.", examples=[201])
    request: "RequestView | None" = None
    problem: dict[str, JsonValue] | None = None


class BatchResult(Model):
    """One receipt for each item, in their order."""

    accepted: int
    repeated: int
    refused: int
    results: tuple[RequestReceipt, ...]


class RequestView(View):
    """A request as a client sees it."""

    id: str
    title: str
    disaster_id: str | None
    type_of_need: str
    description: str | None
    media: tuple[Media, ...]
    location: Location | None
    contact: Contact | None
    channel: str
    auto_extract: AutoExtract | None
    status: Status
    status_reason: str | None
    assigned_task_id: str | None
    created_by: str
    created_at: Instant
    updated_at: Instant
    version: int
    stage: Stage
    stage_reason: str | None
    severity: Severity | None
    finding: Finding | None
    owner_left: bool
    anonymised_at: Instant | None
    repeats: str | None = Field(description="An earlier open request of the same person that this one seems to repeat.")
    cluster: ClusterOfRequest | None = Field(
        description="Those that seem to tell of the same; shown to coordinators only, in what they list or open."
    )

    @classmethod
    def beside(cls, request: Request, cluster: "ClusterOfRequest | None") -> Self:
        """With its cluster, for coordinators: other people's requests concern nobody else."""
        return cls.of(request) if cluster is None else cls.of(request, cluster=cluster)

    @classmethod
    def _made(cls, document: Model, more: Mapping[str, object]) -> Self:
        return super()._made(document, {"cluster": None, **more})


class TimelineEntry(Model):
    """One thing that happened to a request. Names of people are not told."""

    at: Instant
    event: str = Field(examples=["request.assessed"])
    by: str = Field(description="The kind of actor: `owner`, `coordinator`, `responder` or `system`.")
    status: Status | None = None
    stage: Stage | None = None
    note: str | None = None
