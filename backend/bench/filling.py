"""Documents as the product would have written them, as many as a measurement wants."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.core.clock import utc_now
from app.crud.audit import AuditLog
from app.crud.base import Repository
from app.crud.clusters import ClusterRepository
from app.crud.disasters import DisasterRepository
from app.crud.messages import MessageRepository
from app.crud.notifications import NotificationRepository
from app.crud.observations import ObservationRepository
from app.crud.outputs import OutputRepository
from app.crud.requests import RequestRepository
from app.crud.resources import ResourceRepository
from app.crud.store.port import Set, Store
from app.crud.store.sqlite import SqliteStore
from app.crud.tasks import TaskRepository
from app.crud.users import UserRepository
from app.schemas.assessment import Evidence, Finding, FoundNeed, People, PeopleSource
from app.schemas.audit import AuditEntry, Change
from app.schemas.base import Document, Location
from app.schemas.cluster import Cluster
from app.schemas.message import Message
from app.schemas.notification import Notification, NotificationKind, NotificationStatus
from app.schemas.observation import Observation
from app.schemas.observation_kinds import ObservationKind
from app.schemas.observation_states import ObservationStatus
from app.schemas.participant import Participant
from app.schemas.plan import TaskKind
from app.schemas.request import Request
from app.schemas.request_states import Stage, Status
from app.schemas.resource import Resource
from app.schemas.task import Member, Task
from app.schemas.user import User
from app.schemas.vocabulary import Item, NeedCategory, RoleId, Severity
from app.schemas.workflow import Candidate, PlanTask, WorkflowOutput
from bench.node import Node

BATCH = 500
WORDS = ("water", "food", "roof", "bridge", "baby", "river", "village", "school", "temple", "medicine", "boat", "road")


@dataclass(frozen=True)
class Filler:
    """Documents as the product would have written them, spread over a year and a country."""

    here: Node
    draw: random.Random

    def moment(self, number: int) -> timedelta:
        return timedelta(seconds=number * 37 + self.draw.random())

    def place(self) -> Location:
        return Location(lat=self.draw.uniform(6, 9.7), lng=self.draw.uniform(79.8, 81.8), address="12 River Road")

    def stamps(self, number: int) -> dict[str, datetime]:
        at = utc_now() - timedelta(days=365) + self.moment(number)
        return {"created_at": at, "updated_at": at}

    def request(self, number: int) -> Request:
        need, severity = self.draw.choice(list(NeedCategory)), self.draw.choice(list(Severity))
        words = " ".join(self.draw.choices(WORDS, k=18))
        finding = Finding(
            is_request=True,
            needs=(FoundNeed(category=need, evidence=(Evidence(rule="bench", quote=words[:40]),)),),
            severity=severity,
            people=People(count=4, source=PeopleSource.STATED),
        )
        stamps = self.stamps(number)
        return Request(
            id=f"bench{number}",
            title=words[:60],
            description=words,
            disaster_id=self.here.disaster_id if number % 2 else None,
            group=self.here.disaster_id if number % 2 else "not-listed",
            location=self.place(),
            created_by=self.here.uids["affected_individual"] if number % 20 == 0 else f"person{number % 5000}",
            status=self.draw.choice([Status.PENDING, Status.APPROVED, Status.ASSIGNED]),
            stage=Stage.MATCHED,
            stage_since=stamps["created_at"],
            finding=finding,
            severity=severity,
            **stamps,
        )

    def task(self, number: int) -> Task:
        stamps = self.stamps(number)
        uid = self.here.uids["volunteer"] if number % 100 == 0 else f"person{number % 5000}"
        member = Member(uid=uid, offered_at=stamps["created_at"], changed_at=stamps["created_at"])
        return Task(
            id=f"bench{number}",
            request_id=f"bench{number}",
            disaster_id=self.here.disaster_id,
            group="bench",
            severity=Severity.MEDIUM,
            kind=TaskKind.DISTRIBUTION,
            step="Bring what the list says",
            priority="Medium",
            role=RoleId.VOLUNTEER,
            people=2,
            min_people=2,
            location=self.place(),
            members=(member,),
            holders=(uid,),
            approved_by="bench",
            open=False,
            **stamps,
        )

    def output(self, number: int) -> WorkflowOutput:
        stamps = self.stamps(number)
        tasks = tuple(
            PlanTask(
                id=f"bench{number}.1.t{one}",
                kind=TaskKind.DISTRIBUTION,
                step="Bring what the list says",
                priority="Medium",
                role=RoleId.VOLUNTEER,
                people=2,
                min_people=2,
                candidates=(Candidate(uid="someone", reason="nearest"),),
                **stamps,
            )
            for one in (1, 2, 3)
        )
        return WorkflowOutput(
            id=f"bench{number}",
            request_id=f"bench{number}",
            disaster_id=self.here.disaster_id,
            group="bench",
            workflow_run_id=f"bench{number}.1",
            planner="rules",
            tasks=tasks,
            people=4,
            days=3,
            **stamps,
        )

    def resource(self, number: int) -> Resource:
        return Resource(
            id=f"bench{number}",
            name=f"Depot {number}",
            resource_type=self.draw.choice(list(Item)),
            quantity=0,
            location=self.place(),
            disaster_id="bench",
            created_by="bench",
            **self.stamps(number),
        )

    def message(self, number: int) -> Message:
        return Message(
            id=f"bench{number}",
            disaster_id=self.here.disaster_id,
            text="The bridge at Kuruwita is closed.",
            created_by=self.here.uids["volunteer"],
            **self.stamps(number),
        )

    def observation(self, number: int) -> Observation:
        stamps = self.stamps(number)
        return Observation(
            id=f"bench{number}",
            disaster_id=self.here.disaster_id,
            kind=self.draw.choice(list(ObservationKind)),
            title="Seen from the road",
            location=self.place(),
            severity=self.draw.choice(list(Severity)),
            status=self.draw.choice([ObservationStatus.REPORTED, ObservationStatus.VERIFIED]),
            observed_at=stamps["created_at"],
            expires_at=utc_now() + timedelta(days=2),
            created_by=f"person{number % 5000}",
            **stamps,
        )

    def user(self, number: int) -> User:
        return User(
            id=f"bench{number}",
            display_name=f"Person {number}",
            email=f"person{number}@example.org",
            role_id=RoleId.VOLUNTEER if number % 3 else RoleId.AFFECTED_INDIVIDUAL,
            availability=False,
            location=self.place(),
            **self.stamps(number),
        )

    def participant(self, number: int) -> Participant:
        stamps = self.stamps(number)
        role = RoleId.VOLUNTEER if number % 3 else RoleId.AFFECTED_INDIVIDUAL
        return Participant(id=f"bench{number}", role=role, joined_at=stamps["created_at"], **stamps)

    def cluster(self, number: int) -> Cluster:
        stamps = self.stamps(number)
        return Cluster(
            id=f"bench{number}",
            disaster_id=self.here.disaster_id,
            first=f"bench{number}",
            since=stamps["created_at"],
            severity=self.draw.choice(list(Severity)),
            lead=f"bench{number}",
            lead_since=stamps["created_at"],
            **stamps,
        )

    def entry(self, number: int) -> AuditEntry:
        return AuditEntry(
            id=f"requests.bench{number}.2.bench",
            event="request.approved",
            by=f"person{number % 5000}",
            at=self.stamps(number)["created_at"],
            subject=f"requests/bench{number}",
            version=2,
            changes={"status": Change(before="pending", after="approved")},
        )

    def notification(self, number: int) -> Notification:
        uid = self.here.uids["volunteer"] if number % 20 == 0 else f"person{number % 5000}"
        return Notification(
            id=f"bench{number}",
            to=uid,
            kind=NotificationKind.TASK_OFFERED,
            title="Can you help?",
            body="Bring what the list says",
            status=NotificationStatus.DELIVERED,
            **self.stamps(number),
        )


async def fill(here: Node, first: int, last: int) -> None:
    """Documents `first` to `last` of every collection, straight into the node's SQLite database."""
    store = SqliteStore(here.database)
    filler = Filler(here, random.Random(first))
    kinds: tuple[tuple[Repository[Any], Callable[[int], Document]], ...] = (
        (RequestRepository(store, utc_now), filler.request),
        (TaskRepository(store, utc_now), filler.task),
        (OutputRepository(store, utc_now), filler.output),
        (ResourceRepository(store, utc_now), filler.resource),
        (NotificationRepository(store, utc_now), filler.notification),
        (MessageRepository(store, utc_now), filler.message),
        (ObservationRepository(store, utc_now), filler.observation),
        (UserRepository(store, utc_now), filler.user),
        (DisasterRepository(store, utc_now).participants(here.disaster_id), filler.participant),
        (ClusterRepository(store, utc_now), filler.cluster),
    )
    for numbers in _batches(first, last):
        for repository, make in kinds:
            await _put(repository, [make(number) for number in numbers])
        await store.commit([AuditLog.writing(filler.entry(number)) for number in numbers])
    await store.close()


async def fill_requests(store: Store, here: Node, first: int, last: int) -> None:
    """Requests `first` to `last`, into whichever store the node has."""
    repository, filler = RequestRepository(store, utc_now), Filler(here, random.Random(first))
    for numbers in _batches(first, last):
        await _put(repository, [filler.request(number) for number in numbers])


def _batches(first: int, last: int) -> Iterator[range]:
    for start in range(first, last, BATCH):
        yield range(start, min(start + BATCH, last))


async def _put(repository: Repository[Any], documents: Sequence[Document]) -> None:
    await repository.store.commit([Set(repository.key(one.id), repository.written(one)) for one in documents])
