"""A help request: what a person asks for, where it stands, and which moves it allows."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Self

from pydantic import (
    BeforeValidator,
    Field,
    JsonValue,
    StringConstraints,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from app.core.clock import Instant
from app.core.errors import Conflict
from app.core.geo import Area
from app.schemas.assessment import Finding
from app.schemas.base import (
    ID,
    WORDS_MOST,
    Address,
    Flag,
    Id,
    Keyed,
    Line,
    Location,
    Model,
    Note,
    View,
    Whole,
    Word,
    Words,
    example,
)
from app.schemas.moves import Moves
from app.schemas.vocabulary import NeedCategory, Severity

NOT_LISTED = "not-listed"
UNTITLED = "Help request"
"""The title of a request that came without words."""


class Status(StrEnum):
    """Where people have brought a request."""

    PENDING = "pending"
    APPROVED = "approved"
    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    CLOSED = "closed"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


STATUS_ALIASES = {"open": Status.PENDING, "fulfilled": Status.COMPLETED}

MOVES = Moves(
    "A request",
    {
        Status.PENDING: frozenset({Status.APPROVED, Status.REJECTED, Status.CANCELLED}),
        Status.APPROVED: frozenset(
            {Status.ASSIGNED, Status.COMPLETED, Status.REJECTED, Status.CANCELLED, Status.PENDING}
        ),
        Status.ASSIGNED: frozenset({Status.IN_PROGRESS, Status.COMPLETED, Status.APPROVED, Status.CANCELLED}),
        Status.IN_PROGRESS: frozenset({Status.COMPLETED, Status.ASSIGNED, Status.APPROVED, Status.CANCELLED}),
        Status.COMPLETED: frozenset({Status.CLOSED, Status.PENDING}),
        Status.CLOSED: frozenset({Status.PENDING}),
    },
)
"""Legal moves. Backward ones (`approved` from `assigned`) happen when a team hands its task back."""

ENDED = frozenset({Status.COMPLETED, Status.CLOSED, Status.REJECTED, Status.CANCELLED})


class Stage(StrEnum):
    """Where the machine has brought a request."""

    RECEIVED = "received"
    ASSESSED = "assessed"
    PLANNED = "planned"
    MATCHED = "matched"
    NEEDS_HUMAN = "needs_human"
    NOT_A_REQUEST = "not_a_request"


WORKING = frozenset({Stage.RECEIVED, Stage.ASSESSED, Stage.PLANNED})
"""The stages in which the machine still has something to do."""


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


class MediaGiven(Model):
    """A photo or clip: its address where the client has uploaded it elsewhere, or the id of one uploaded here."""

    model_config = example(url="https://photos.example.org/flood.jpg", type="image/jpeg")

    url: Address | None = Field(
        default=None, description="https, on a public host that is allowed here, or the `url` of `POST /media`."
    )
    id: Annotated[Word, WithJsonSchema({"examples": ["mfzwizltoq2dcnrsha3t"]})] | None = Field(
        default=None, description="Of `POST /media`. Beside a `url` it may be anything, and counts for nothing."
    )
    name: Line | None = None
    size: Whole | None = Field(default=None, ge=0, le=2**40)
    type: Word | None = None

    @model_validator(mode="before")
    @classmethod
    def _address_first(cls, value: object) -> object:
        """A client may send an id of its own beside the address; it means nothing here."""
        if isinstance(value, dict) and value.get("url") is not None:
            return {name: one for name, one in value.items() if name != "id"}
        return value

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if self.url is None and self.id is None:
            raise ValueError("Give the `url` of a photo, or the `id` of one that was uploaded.")
        return self


class Media(Model):
    """A photo or clip that a request names. Those uploaded here have an id; type and size of others are hearsay."""

    id: str | None = None
    url: str
    name: str | None = None
    size: int | None = None
    type: str | None = None


class Contact(Model):
    """How to reach the person in need; only those who act on the request see it."""

    name: Line | None = None
    phone: Word | None = Field(default=None, description="As it was typed, or in E.164 form where it could be read.")


def _disaster(value: object) -> object:
    """What is no id at all is no disaster either: a call for help is not refused for it."""
    if not isinstance(value, str):
        return value
    return value if value.strip() != NOT_LISTED and re.fullmatch(ID, value := value.strip()) else None


AskedDisaster = Annotated[str | None, BeforeValidator(_disaster)]


class RequestCreate(Model):
    """A call for help. Only the words or the kind of need are asked for; all else helps."""

    model_config = example(
        title="Water rising, four people on the roof",
        description="We are four with a baby on the roof of a blue house behind the temple.",
        type_of_need="general",
        disaster_id="not-listed",
        location={"lat": 6.6828, "lng": 80.3992, "address": "12 River Road"},
        media=[],
        contact={"name": "N. Perera", "phone": "+94 77 123 4567"},
    )

    title: Line = ""
    description: Words | None = None
    type_of_need: Word = "general"
    disaster_id: AskedDisaster = Field(
        default=None, description="The disaster it belongs to; `not-listed` or null for none."
    )
    location: Location | None = None
    media: tuple[MediaGiven, ...] = Field(default=(), max_length=10)
    contact: Contact | None = Field(default=None, description="Whom to reach, and how.")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.title or self.description or self.media or self.location or self.type_of_need != "general"):
            raise ValueError("Say in `description` what is needed, or at least where you are.")
        return self


class BatchItem(Model):
    """One call for help of several that waited for a network."""

    idempotency_key: Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,200}$")]
    request: dict[str, JsonValue] = Field(description="As the body of `POST /requests`; judged by itself.")


class RequestBatch(Model):
    """What a phone, or a desk that typed off line, has collected."""

    items: tuple[BatchItem, ...] = Field(min_length=1, max_length=100)

    model_config = example(
        items=[{"idempotency_key": "phone-7f3a-1", "request": {"description": "We need drinking water"}}]
    )


class RequestEdit(Model):
    """What the owner may change while nobody has decided; a field left out stays as it is."""

    title: Line | None = None
    description: Words | None = None
    location: Location | None = None
    media: tuple[MediaGiven, ...] | None = Field(default=None, max_length=10)
    contact: Contact | None = None

    model_config = example(description="Now five people; the water is higher.")


class StatusChange(Model):
    status: Status
    reason: Note | None = None
    assigned_task_id: Id | None = None

    model_config = example(status="cancelled", reason="A neighbour helped us.")

    @field_validator("status", mode="before")
    @classmethod
    def _alias(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        word = value.strip().lower().replace("-", "_").replace(" ", "_")
        return STATUS_ALIASES.get(word, word)


class RequestOrder(StrEnum):
    NEWEST = "newest"
    OLDEST = "oldest"
    URGENCY = "urgency"
    """Most urgent first, and of those the longest waiting."""
    UPDATED = "updated"


@dataclass(frozen=True, slots=True)
class RequestFilter:
    """Which requests of those a caller may see are asked for, and in which order; None asks nothing."""

    status: Status | None = None
    stage: Stage | None = None
    severity: Severity | None = None
    need: NeedCategory | None = None
    area: Area | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None
    text: str | None = None
    cluster_id: str | None = None
    order: RequestOrder = RequestOrder.NEWEST

    def covers(self, at: datetime) -> bool:
        """Whether a moment lies in the time asked for: from `created_from`, up to but not at `created_to`."""
        return (self.created_from is None or at >= self.created_from) and (
            self.created_to is None or at < self.created_to
        )


class Judgement(Model):
    """A coordinator's word on whether a message asks for help; the machine does not change it again."""

    is_request: Flag
    reason: Note | None = None

    model_config = example(is_request=False, reason="A test message.")


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


class RequestLink(Model):
    """Another request that seems to tell of the same, and what speaks for it."""

    request_id: str
    reason: str = Field(examples=["same_words"])
    similarity: float = Field(description="Jaccard overlap of the 3-word shingles, 0 to 1.")
    metres: int | None = Field(description="How far apart they were sent from; null where a position is missing.")
    hours: float
    same_sender: bool


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
        return self.model_copy(update={"media": tuple(one for one in self.media if one.id != id), "updated_at": at})

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
    def of(cls, document: Model, **more: object) -> Self:
        """Without its cluster, unless that is given: other people's requests concern coordinators only."""
        return super().of(document, **{"cluster": None, **more})


class TimelineEntry(Model):
    """One thing that happened to a request. Names of people are not told."""

    at: Instant
    event: str = Field(examples=["request.assessed"])
    by: str = Field(description="The kind of actor: `owner`, `coordinator`, `responder` or `system`.")
    status: Status | None = None
    stage: Stage | None = None
    note: str | None = None
