"""A cluster: open requests that seem to tell of the same. It hides none of them; the most urgent speaks for all."""

from datetime import datetime
from typing import Self

from pydantic import Field

from app.core.clock import Instant
from app.schemas.base import Document, Model, Note, View, example
from app.schemas.request import Request
from app.schemas.vocabulary import Severity


class Cluster(Document):
    """What is true of its requests together. Written only when that changes, so that a surge does not wear it out: who
    belongs to it, and how many, is asked of the requests.
    """

    disaster_id: str | None = Field(default=None, description="The disaster that the first of them names.")
    first: str = Field(description="The earliest request that was ever put into it.")
    since: Instant = Field(description="When that one was sent.")
    severity: Severity | None = Field(default=None, description="Of the most urgent open request; null where none is.")
    lead: str | None = Field(default=None, description="The earliest open request; the matcher serves it for all.")
    lead_since: Instant | None = None
    joined_into: str | None = Field(default=None, description="The older cluster that all its requests belong to now.")
    joining: bool = Field(default=False, description="Whether some of its requests are still to be moved there.")

    @classmethod
    def begun(cls, id: str, first: str, since: datetime, at: datetime) -> Self:
        return cls(id=id, first=first, since=since, created_at=at, updated_at=at)

    @property
    def age(self) -> tuple[datetime, str]:
        """What clusters are ordered by, oldest first."""
        return self.since, self.id

    def holding(self, request: Request) -> Self:
        """With one more open request: more urgent where that one is, led by it where it is earlier."""
        update: dict[str, object] = {}
        if self.severity is None or _level(request).rank < self.severity.rank:
            update["severity"] = _level(request)
        if self.lead is None or self.lead_since is None or _born(request) < (self.lead_since, self.lead):
            update |= {"lead": request.id, "lead_since": request.created_at}
        if _born(request) < (self.since, self.first):
            update |= {"first": request.id, "since": request.created_at}
        if self.disaster_id is None and request.disaster_id is not None:
            update["disaster_id"] = request.disaster_id
        return self.model_copy(update=update) if update else self

    def counted(self, most_urgent: Request | None, earliest: Request | None) -> Self:
        """With what its open requests say now, when some have ended, left or changed."""
        if self.joined_into is not None:
            return self
        return self.model_copy(
            update={
                "severity": _level(most_urgent) if most_urgent else None,
                "lead": earliest.id if earliest else None,
                "lead_since": earliest.created_at if earliest else None,
            }
        )

    def joined(self, younger: "Cluster") -> Self:
        """As speaking for the requests of a younger one too."""
        update: dict[str, object] = {}
        if younger.severity and (self.severity is None or younger.severity.rank < self.severity.rank):
            update["severity"] = younger.severity
        if younger.lead and younger.lead_since:
            mine = (self.lead_since, self.lead) if self.lead_since and self.lead else None
            if mine is None or (younger.lead_since, younger.lead) < mine:
                update |= {"lead": younger.lead, "lead_since": younger.lead_since}
        if self.disaster_id is None and younger.disaster_id is not None:
            update["disaster_id"] = younger.disaster_id
        return self.model_copy(update=update) if update else self

    def into(self, older: "Cluster") -> Self:
        """Given up for an older one; its requests follow."""
        nothing = {"severity": None, "lead": None, "lead_since": None}
        return self.model_copy(update={**nothing, "joined_into": older.id, "joining": True})


def _level(request: Request) -> Severity:
    """What nobody has read yet counts as high."""
    return request.severity or Severity.HIGH


def _born(request: Request) -> tuple[datetime, str]:
    return request.created_at, request.id


class Unlink(Model):
    """A coordinator's word that a request is not one of its cluster; the machine does not link it there again."""

    reason: Note | None = None

    model_config = example(reason="Another family, two doors on.")


class ClusterView(View):
    """Requests that seem to tell of the same; list them with `GET /requests?cluster_id=`."""

    id: str
    disaster_id: str | None
    first_request_id: str
    lead_request_id: str | None = Field(description="The earliest that is still open: it is matched for all.")
    severity: Severity | None = Field(description="Of the most urgent open request; null where none is open.")
    size: int = Field(description="How many requests have been linked, ended ones among them.")
    open: int = Field(description="How many of them are still open.")
    created_at: Instant
    updated_at: Instant

    @classmethod
    def counted(cls, cluster: Cluster, *, size: int, open: int) -> Self:
        return cls.of(cluster, first_request_id=cluster.first, lead_request_id=cluster.lead, size=size, open=open)
