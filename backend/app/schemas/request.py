"""A help request: what a person asks for, where it stands, and which moves it allows."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from pydantic import Field

from app.core.clock import Instant
from app.core.errors import Conflict
from app.schemas.assessment import Finding
from app.schemas.base import WORDS_MOST, Keyed, Location, Model
from app.schemas.request_bodies import Judgement, RequestEdit
from app.schemas.request_parts import NOT_LISTED, Contact, Media, RequestLink
from app.schemas.request_states import ENDED, MOVES, WORKING, Stage, Status
from app.schemas.vocabulary import NeedCategory, Severity

UNTITLED = "Help request"
"""The title of a request that came without words."""


class Priority(StrEnum):
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


_PRIORITY = {
    Severity.CRITICAL: Priority.HIGH,
    Severity.HIGH: Priority.HIGH,
    Severity.MEDIUM: Priority.MEDIUM,
    Severity.LOW: Priority.LOW,
}


class AutoExtract(Model):
    """What the machine read in the request, in the words of the clients."""

    priority: Priority
    severity: Severity
    needs: tuple[str, ...]
    people: int
    language: str
    needs_review: bool


def titled(description: str | None) -> str:
    """The title that we give to a request whose sender gave it none."""
    first = (description or "").strip().splitlines()
    return first[0][:80] if first else UNTITLED


class Request(Keyed):
    title: str
    description: str | None = None
    type_of_need: str = "general"
    disaster_id: str | None = None
    location: Location | None = None
    media: tuple[Media, ...] = ()
    contact: Contact | None = None
    channel: str = "web"
    status: Status = Status.PENDING
    status_reason: str | None = None
    assigned_task_id: str | None = None
    ended_at: Instant | None = None
    stage: Stage = Stage.RECEIVED
    stage_since: Instant
    stage_reason: str | None = None
    attempts: int = Field(default=0, ge=0)
    finding: Finding | None = None
    severity: Severity | None = None
    judged_as_request: bool | None = Field(default=None, description="What a human said; the machine keeps to it.")
    group: str = Field(default=NOT_LISTED, description="The disaster whose people and stocks serve it.")
    wants_match: bool = Field(default=False, description="Whether the matcher still has something to find for it.")
    wants_link: bool = Field(default=False, description="Whether the search for duplicates has something to do for it.")
    cluster_id: str | None = Field(default=None, description="The cluster of requests that seem to tell of the same.")
    links: tuple[RequestLink, ...] = Field(default=(), description="The nearest of them.")
    repeats: str | None = Field(default=None, description="An earlier open one of the same sender, told again here.")
    apart: tuple[str, ...] = Field(default=(), description="Clusters that it does not belong to, whatever its words.")
    owner_left: bool = Field(default=False, description="Whether its person is deleted, and it is in service still.")
    anonymised_at: Instant | None = None
    plans: int = Field(
        default=0, ge=0, description="Versions of a plan that was deleted: their ids are not used again."
    )

    @property
    def words(self) -> str:
        """All that the sender wrote."""
        return "\n".join(part for part in (self.title, self.description) if part)

    @property
    def needs(self) -> tuple[NeedCategory, ...]:
        """What is needed, most urgent first, as far as it is known."""
        return tuple(need.category for need in self.finding.needs) if self.finding else ()

    @property
    def urgency(self) -> int:
        """0 for the most urgent, 3 for the least; what nobody has read yet counts as high."""
        return (self.severity or Severity.HIGH).rank

    @property
    def heading(self) -> str:
        """The title where it says more than how the description begins."""
        return "" if (self.description or "").startswith(self.title) else self.title

    @property
    def linkable(self) -> bool:
        """Whether it takes part in the search for duplicates: open, read, and a call for help."""
        return self.status not in ENDED and self.stage not in (Stage.RECEIVED, Stage.NOT_A_REQUEST)

    @property
    def auto_extract(self) -> AutoExtract | None:
        if self.finding is None or self.severity is None:
            return None
        return AutoExtract(
            priority=_PRIORITY[self.severity],
            severity=self.severity,
            needs=self.needs,
            people=self.finding.people.count,
            language=self.finding.language,
            needs_review=self.finding.needs_review,
        )

    def edited(self, edit: RequestEdit, at: datetime, *, media: tuple[Media, ...] | None = None) -> Self:
        """With the owner's changes, to be assessed anew; `media` as it was found for what the edit names."""
        if self.status is not Status.PENDING:
            raise Conflict(f"A request that is {self.status} cannot be edited any more.", allowed=[Status.PENDING])
        given = edit.model_copy(update={"media": media})
        changes = {name: getattr(given, name) for name in edit.model_fields_set if getattr(given, name) is not None}
        if edit.description is not None and edit.title is None and self.title == titled(self.description):
            changes["title"] = titled(edit.description)
        return self.model_copy(update={**changes, "updated_at": at})._staged(Stage.RECEIVED, at, attempts=0)

    def without_medium(self, id: str, at: datetime) -> Self:
        """Naming the uploaded photo no more."""
        media = tuple(one for one in self.media if one.id != id)
        finding = self.finding and self.finding.without_photo(id)
        return self.model_copy(update={"media": media, "finding": finding, "updated_at": at})

    def extended(self, words: str, location: Location | None, media: tuple[Media, ...], at: datetime) -> Self:
        """With what its owner wrote later; read anew while nobody has decided, else for those who act on it."""
        if self.status in ENDED:
            raise Conflict(f"A request that is {self.status} takes no more words.")
        said = "\n".join(part for part in (self.description, words) if part)
        longer = self.model_copy(
            update={
                "title": titled(said) if self.title == titled(self.description) else self.title,
                "description": said[:WORDS_MOST] or None,
                "location": location or self.location,
                "media": (*self.media, *media)[:10],
                "updated_at": at,
            }
        )
        if self.status is Status.PENDING:
            return longer._staged(Stage.RECEIVED, at, attempts=0)
        return longer.model_copy(update={"wants_link": True})

    def absorbing(self, repeat: "Request", at: datetime) -> Self:
        """With all that its owner said, showed and where they were in a later request that repeats it."""
        new = [part for part in (repeat.heading, repeat.description) if part and part not in self.words]
        shown = {one.id or one.url for one in self.media}
        media = tuple(one for one in repeat.media if (one.id or one.url) not in shown)
        longer = self.extended("\n".join(new), repeat.location, media, at)
        has_phone = self.contact is not None and self.contact.phone is not None
        return longer if has_phone else longer.model_copy(update={"contact": repeat.contact or self.contact})

    def moved(self, to: Status, at: datetime, *, reason: str | None = None) -> Self:
        """With another status; to the one it has already, it is itself."""
        if to is self.status:
            return self
        MOVES.check(self.status, to)
        update: dict[str, object] = {"status": to, "status_reason": reason, "updated_at": at}
        if to in ENDED:
            update |= {"ended_at": at, "wants_match": False, "wants_link": self.cluster_id is not None}
            if self.stage in WORKING:
                update |= {"stage": Stage.NEEDS_HUMAN, "stage_since": at, "stage_reason": f"{to} by a person"}
        elif self.status in ENDED:
            update |= {"ended_at": None}
        return self.model_copy(update=update)

    def assessed(self, finding: Finding, at: datetime) -> Self:
        self._expect(Stage.RECEIVED)
        is_request = finding.is_request if self.judged_as_request is None else self.judged_as_request
        read = self.model_copy(update={"finding": finding, "severity": finding.severity})
        linking = {"wants_link": is_request or self.cluster_id is not None}
        if is_request:
            return read._staged(Stage.ASSESSED, at, attempts=0).model_copy(update=linking)
        reason = finding.not_a_request_reason or "a coordinator said so"
        return read._staged(Stage.NOT_A_REQUEST, at, reason=reason, attempts=0).model_copy(update=linking)

    def planned(self, at: datetime) -> Self:
        self._expect(Stage.ASSESSED)
        return self._staged(Stage.PLANNED, at, attempts=0).model_copy(update={"wants_match": True})

    def planned_by_hand(self, at: datetime) -> Self:
        """With something of its plan written by a human: to be matched, and no longer to be planned by the machine.

        One that was just received or edited is assessed and planned as well; what the human wrote stays beside that.
        """
        wanted = self.model_copy(update={"wants_match": True, "updated_at": at})
        if self.stage not in (Stage.ASSESSED, Stage.NEEDS_HUMAN, Stage.NOT_A_REQUEST):
            return wanted
        if self.stage is Stage.NOT_A_REQUEST:
            wanted = wanted.model_copy(update={"judged_as_request": True})
        return wanted._staged(Stage.PLANNED, at, attempts=0)

    def next_plan(self, version: int) -> int:
        """The version of the plan after `version`; those of a deleted plan are not used again."""
        return max(version, self.plans) + 1

    def unplanned(self, plans: int, at: datetime, *, reason: str) -> Self:
        """Without the plan that it had, whose version was `plans`: before a human, and not planned again by itself."""
        bare = self.model_copy(update={"plans": plans, "wants_match": False, "updated_at": at})
        return bare if self.status in ENDED else bare._staged(Stage.NEEDS_HUMAN, at, reason=reason, attempts=0)

    def matched(self, at: datetime) -> Self:
        """With people and stocks looked for once; later runs only improve on it."""
        if self.stage is Stage.MATCHED:
            return self
        self._expect(Stage.PLANNED)
        return self._staged(Stage.MATCHED, at, attempts=0)

    def handed_over(self, uid: str, contact: Contact, at: datetime) -> Self:
        """In service without its person, who is deleted: the contact alone is kept, until it ends."""
        left = {"created_by": uid, "contact": contact, "owner_left": True, "updated_at": at}
        return self.model_copy(update=left)

    def reopened(self, at: datetime, *, within: timedelta) -> Self:
        """Back to pending, to be planned anew; only for a while after it was completed."""
        if self.anonymised_at is not None:
            raise Conflict("What was asked for is not kept any more; make a new request.")
        if self.ended_at is not None and at - self.ended_at > within:
            raise Conflict(f"A request can be reopened within {within.days} days only.")
        return self.moved(Status.PENDING, at)._staged(Stage.RECEIVED, at, attempts=0)

    def failed_once(self, reason: str, at: datetime, *, limit: int) -> Self:
        """After a failed try of its next job: counted, and before a human once `limit` tries have failed."""
        if self.attempts + 1 >= limit:
            given_up = self._staged(Stage.NEEDS_HUMAN, at, reason=reason, attempts=self.attempts + 1)
            return given_up.model_copy(update={"wants_link": True})
        return self.model_copy(update={"attempts": self.attempts + 1, "stage_reason": reason, "updated_at": at})

    def retried(self, stage: Stage, at: datetime) -> Self:
        """Back where it was before its job was given up; the same where that has not happened, or is over."""
        if self.stage is not Stage.NEEDS_HUMAN or self.attempts == 0 or self.status in ENDED:
            return self
        return self._staged(stage, at, attempts=0)

    def judged(self, judgement: Judgement, at: datetime) -> Self:
        """As a coordinator sees it: taken up (again) by the machine, or set aside as no request."""
        if self.status is not Status.PENDING:
            raise Conflict(f"A request that is {self.status} is not judged any more.", allowed=[Status.PENDING])
        said = self.model_copy(update={"judged_as_request": judgement.is_request, "updated_at": at})
        if judgement.is_request:
            return said._staged(Stage.RECEIVED, at, attempts=0)
        reason = judgement.reason or "a coordinator said so"
        return said._staged(Stage.NOT_A_REQUEST, at, reason=reason, attempts=0).model_copy(
            update={"wants_match": False, "wants_link": self.cluster_id is not None}
        )

    def linked(self, cluster_id: str | None, links: tuple[RequestLink, ...], repeats: str | None) -> Self:
        """As the search for duplicates found it: in this cluster, or in none."""
        return self.model_copy(update={"cluster_id": cluster_id, "links": links, "repeats": repeats})

    def no_repeat_of(self, id: str) -> Self:
        """Where it was said to repeat that request and is still open, it is not said any more."""
        return self.model_copy(update={"repeats": None}) if self.repeats == id and self.status not in ENDED else self

    def searched(self) -> Self:
        """With nothing left to be done by the search for duplicates."""
        return self.model_copy(update={"wants_link": False})

    def unlinked(self, at: datetime) -> Self:
        """Out of its cluster by a human's word, which the machine keeps to; itself where that was said before."""
        if self.cluster_id is None:
            if not self.apart:
                raise Conflict("This request is not linked to any other.")
            return self
        apart = (*self.apart, self.cluster_id)
        update = {"cluster_id": None, "links": (), "apart": apart, "wants_link": True, "updated_at": at}
        return self.model_copy(update=update)

    def _expect(self, stage: Stage) -> None:
        if self.stage is not stage:
            raise Conflict(f"The request is {self.stage} already.", allowed=[stage])
        if self.status in ENDED:
            raise Conflict(f"The request is {self.status}.")

    def _staged(self, stage: Stage, at: datetime, *, reason: str | None = None, attempts: int) -> Self:
        return self.model_copy(
            update={
                "stage": stage,
                "stage_since": at,
                "stage_reason": reason,
                "attempts": attempts,
                "updated_at": at,
            }
        )
