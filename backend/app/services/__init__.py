"""The composition root: every service, built once from the settings, with what it talks to."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from app.agent_v2.assess import RulesAssessor
from app.agent_v2.plan import RulesPlanner
from app.core.clock import Clock, utc_now
from app.core.queue import InProcessQueue, Job
from app.core.security.firebase import FirebaseTokenVerifier
from app.core.security.keys import CertificateKeys
from app.core.security.local import SigningKey
from app.core.security.tokens import TokenVerifier
from app.core.settings import IdentityKind, Settings, StoreKind
from app.crud.audit import AuditLog
from app.crud.clusters import ClusterRepository
from app.crud.disasters import DisasterRepository
from app.crud.notifications import NotificationRepository
from app.crud.outputs import OutputRepository
from app.crud.requests import RequestRepository
from app.crud.resources import ResourceRepository
from app.crud.store.firestore import FirestoreStore
from app.crud.store.port import Store
from app.crud.store.sqlite import SqliteStore
from app.crud.tasks import TaskRepository
from app.crud.threads import ThreadRepository
from app.crud.users import UserRepository
from app.services.assessment import Assessment, Assessor
from app.services.clustering import Clustering
from app.services.clusters import Clusters
from app.services.disasters import Disasters
from app.services.health import Health
from app.services.identity import LocalIdentity
from app.services.inbound import EMERGENCY, Texting
from app.services.intake import Intake
from app.services.integrations.push import RecordedPush
from app.services.jobs import handlers
from app.services.linking import Linking
from app.services.match import Matchmaking
from app.services.matching import Limits
from app.services.neighbourhood import Neighbourhood
from app.services.notifications import Notifications, Push
from app.services.pipeline import Pipeline
from app.services.planning import Planner, Planning
from app.services.plans import Plans
from app.services.progress import Cases
from app.services.requests import Requests
from app.services.resources import Resources
from app.services.sweeper import Sweeper
from app.services.tasks import Tasks
from app.services.users import Users


@dataclass(frozen=True)
class Services:
    """All of them; the edges (store, queue, clock, push, minds) can be given, so that a test decides what they do."""

    settings: Settings
    store: Store
    queue: InProcessQueue
    verifier: TokenVerifier
    identity: LocalIdentity | None
    users: Users
    disasters: Disasters
    requests: Requests
    intake: Intake
    texting: Texting
    resources: Resources
    plans: Plans
    tasks: Tasks
    notifications: Notifications
    pipeline: Pipeline
    assessment: Assessment
    planning: Planning
    matchmaking: Matchmaking
    linking: Linking
    clusters: Clusters
    sweeper: Sweeper
    health: Health

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """With workers and sweeper running; what an earlier process left waiting is rung first."""
        self.queue.start(handlers(self))
        sweeping = self.sweeper.start()
        try:
            yield
        finally:
            await sweeping.stop()
            await self.queue.stop()


def build(
    settings: Settings,
    *,
    store: Store,
    verifier: TokenVerifier,
    identity: LocalIdentity | None = None,
    clock: Clock = utc_now,
    push: Push | None = None,
    assessor: Assessor | None = None,
    planner: Planner | None = None,
    limits: Limits | None = None,
) -> Services:
    """Wire the services together over the given edges; no I/O."""
    users, requests = UserRepository(store, clock), RequestRepository(store, clock)
    disasters, resources = DisasterRepository(store, clock), ResourceRepository(store, clock)
    outputs, clusters = OutputRepository(store, clock), ClusterRepository(store, clock)
    cases = Cases(
        requests=requests, outputs=outputs, tasks=TaskRepository(store, clock), users=users, resources=resources
    )
    failures = _Failures()
    queue = InProcessQueue(workers=settings.workers, gave_up=failures)
    pipeline = Pipeline(
        requests=requests,
        clusters=clusters,
        queue=queue,
        clock=clock,
        stuck_after=timedelta(seconds=settings.stuck_after_seconds),
        attempts=settings.job_attempts,
    )
    failures.pipeline = pipeline
    notifications = Notifications(
        notifications=NotificationRepository(store, clock), queue=queue, push=push or RecordedPush(), clock=clock
    )
    plans = Plans(cases=cases, notifications=notifications, queue=queue, clock=clock)
    asked = Requests(
        cases=cases,
        disasters=disasters,
        audit=AuditLog(store),
        plans=plans,
        notifications=notifications,
        pipeline=pipeline,
        queue=queue,
        clock=clock,
        country=settings.country,
    )
    return Services(
        settings=settings,
        store=store,
        queue=queue,
        verifier=verifier,
        identity=identity,
        users=Users(users=users, queue=queue, clock=clock),
        disasters=Disasters(disasters=disasters, users=users, queue=queue, clock=clock),
        requests=asked,
        intake=Intake(requests=asked),
        texting=Texting(
            threads=ThreadRepository(store, clock),
            users=users,
            asked=requests,
            requests=asked,
            pipeline=pipeline,
            clock=clock,
            emergency=EMERGENCY.get(settings.country.upper(), "112"),
        ),
        resources=Resources(resources=resources, disasters=disasters, queue=queue, clock=clock),
        plans=plans,
        tasks=Tasks(cases=cases, notifications=notifications, queue=queue, clock=clock),
        notifications=notifications,
        pipeline=pipeline,
        assessment=Assessment(requests=requests, pipeline=pipeline, assessor=assessor or RulesAssessor(), clock=clock),
        planning=Planning(
            requests=requests, outputs=outputs, pipeline=pipeline, planner=planner or RulesPlanner(), clock=clock
        ),
        matchmaking=Matchmaking(
            cases=cases,
            clusters=clusters,
            notifications=notifications,
            clock=clock,
            limits=limits or Limits(),
            rest_ratio=settings.match_rest_ratio,
            rest_max_seconds=settings.match_rest_max_seconds,
        ),
        linking=Linking(
            requests=requests,
            clusters=clusters,
            clustering=Clustering(
                requests=requests, clusters=clusters, notifications=notifications, queue=queue, clock=clock
            ),
            near=Neighbourhood(requests=requests, clock=clock),
            queue=queue,
        ),
        clusters=Clusters(
            cases=cases,
            clusters=clusters,
            requests=asked,
            notifications=notifications,
            pipeline=pipeline,
            queue=queue,
            clock=clock,
        ),
        sweeper=Sweeper(pipeline=pipeline, notifications=notifications, every_seconds=settings.sweep_seconds),
        health=Health(settings=settings, store=store),
    )


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Services]:
    """The services over the real edges that the settings name; closed when the block ends."""
    settings.check()
    store = _store(settings)
    keys: CertificateKeys | None = None
    identity: LocalIdentity | None = None
    if settings.identity is IdentityKind.LOCAL:
        key = SigningKey.kept_in(settings.data_dir)
        identity = LocalIdentity.over(store, project_id=settings.firebase_project_id, key=key)
        verifier = identity.verifier
    else:
        keys = CertificateKeys(settings.firebase_certs_url)
        await keys.warm()
        verifier = FirebaseTokenVerifier(settings.firebase_project_id, keys)
    try:
        yield build(settings, store=store, verifier=verifier, identity=identity)
    finally:
        if keys is not None:
            await keys.aclose()
        await store.close()


def _store(settings: Settings) -> Store:
    if settings.store is StoreKind.FIRESTORE:
        return FirestoreStore(settings.firebase_project_id, database=settings.firestore_database)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    return SqliteStore(settings.database_path)


class _Failures:
    """Failed jobs are counted by the pipeline, which in turn rings the queue: this ties the knot."""

    pipeline: Pipeline

    async def __call__(self, job: Job, id: str, reason: str) -> None:
        await self.pipeline.count_failure(job, id, reason)
