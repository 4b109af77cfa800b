"""The composition root: every service, built once from the settings, with what it talks to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from app.agent_v2.answer import RulesAnswerer
from app.agent_v2.answering.knowledge import knowledge
from app.agent_v2.assess import RulesAssessor
from app.agent_v2.plan import RulesPlanner
from app.agent_v2.scout import Threshold
from app.core.addresses import AddressRule, canonical
from app.core.blobs import Blobs
from app.core.clock import Clock, utc_now
from app.core.limits import Limiter, ProcessLimiter, RedisLimiter
from app.core.queue import InProcessQueue, Job
from app.core.security.directory import Directory, NoDirectory
from app.core.security.emulator import EmulatorTokenVerifier
from app.core.security.firebase import FirebaseTokenVerifier
from app.core.security.keys import CertificateKeys
from app.core.security.local import SigningKey
from app.core.security.tokens import TokenVerifier
from app.core.settings import Environment, IdentityKind, Settings, StoreKind
from app.crud.audit import AuditLog
from app.crud.clusters import ClusterRepository
from app.crud.devices import TokenHolderRepository
from app.crud.disasters import DisasterRepository
from app.crud.forgettings import ForgettingRepository
from app.crud.media import MediaRepository
from app.crud.messages import MessageRepository
from app.crud.notifications import NotificationRepository
from app.crud.observations import ObservationRepository
from app.crud.outputs import OutputRepository
from app.crud.requests import RequestRepository
from app.crud.resources import ResourceRepository
from app.crud.schedules import Schedules
from app.crud.sign_ins import UntoldRepository
from app.crud.store.firestore import FirestoreStore
from app.crud.store.port import Store
from app.crud.store.sqlite import SqliteStore
from app.crud.tasks import TaskRepository
from app.crud.threads import ThreadRepository
from app.crud.turns import TurnRepository
from app.crud.users import UserRepository
from app.schemas.knowledge import Service
from app.schemas.observation import Lifetimes
from app.services.access import AccessLog
from app.services.addresses import Addresses
from app.services.anonymising import Anonymising
from app.services.assessment import Assessment, Assessor
from app.services.attachments import Attachments
from app.services.audit import Audit
from app.services.belongings import all_belongings
from app.services.chatbot import Answerer, Chatbot
from app.services.clustering import Clustering
from app.services.clusters import Clusters
from app.services.devices import Devices
from app.services.disasters import Disasters
from app.services.exports import Exports
from app.services.forgettings import Forgettings
from app.services.health import Health
from app.services.identity import LocalIdentity
from app.services.imaging import Images
from app.services.inbound import Texting
from app.services.intake import Intake
from app.services.integrations.bucket_blobs import BucketAccess, BucketBlobs
from app.services.integrations.folder_blobs import FolderBlobs
from app.services.integrations.identity_toolkit import IdentityToolkit
from app.services.integrations.local_directory import LocalDirectory
from app.services.integrations.push import RecordedPush
from app.services.jobs import handlers
from app.services.linking import Linking
from app.services.match import Matchmaking
from app.services.matching import Limits
from app.services.media import Uploads
from app.services.messages import Messages
from app.services.neighbourhood import Neighbourhood
from app.services.notifications import Notifications, Push
from app.services.observations import Observations
from app.services.participants import Participants
from app.services.pipeline import Pipeline
from app.services.plan_changes import PlanChanges
from app.services.planning import Planner, Planning
from app.services.plans import Plans
from app.services.progress import Cases
from app.services.requests import Requests
from app.services.resources import Resources
from app.services.retention import Retention, kinds_kept
from app.services.scout import Scout
from app.services.sign_ins import SignIns
from app.services.standings import Standings
from app.services.suggestions import Suggestions
from app.services.sweeper import Sweeper
from app.services.tasks import Tasks
from app.services.users import Users


@dataclass(frozen=True, repr=False)  # a repr of all of them would be pages of knowledge, and take a second
class Services:
    """All of them; the edges (store, queue, clock, push, minds) can be given, so that a test decides what they do."""

    settings: Settings
    store: Store
    queue: InProcessQueue
    verifier: TokenVerifier
    identity: LocalIdentity | None
    standings: Standings
    sign_ins: SignIns
    access: AccessLog
    audit: Audit
    users: Users
    devices: Devices
    exports: Exports
    forgettings: Forgettings
    anonymising: Anonymising
    retention: Retention
    disasters: Disasters
    participants: Participants
    suggestions: Suggestions
    scout: Scout
    observations: Observations
    requests: Requests
    intake: Intake
    texting: Texting
    media: Uploads
    resources: Resources
    plans: Plans
    tasks: Tasks
    notifications: Notifications
    messages: Messages
    chatbot: Chatbot
    pipeline: Pipeline
    assessment: Assessment
    planning: Planning
    matchmaking: Matchmaking
    linking: Linking
    clusters: Clusters
    sweeper: Sweeper
    health: Health
    limiter: Limiter

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
            await self.access.settled()


def build(
    settings: Settings,
    *,
    store: Store,
    verifier: TokenVerifier,
    identity: LocalIdentity | None = None,
    directory: Directory | None = None,
    clock: Clock = utc_now,
    push: Push | None = None,
    assessor: Assessor | None = None,
    planner: Planner | None = None,
    answerer: Answerer | None = None,
    limits: Limits | None = None,
    blobs: Blobs | None = None,
    limiter: Limiter | None = None,
) -> Services:
    """Wire the services together over the given edges; no I/O but reading, once, the package's own knowledge."""
    limiter = limiter or ProcessLimiter()
    users, requests = UserRepository(store, clock), RequestRepository(store, clock)
    directory = directory or (LocalDirectory(identity) if identity else NoDirectory())
    # This node's own accounts are asked each time: that costs less than remembering would save.
    standings = Standings(directory=directory, seconds=0 if identity else settings.standing_seconds)
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
    log = AuditLog(store)
    access = AccessLog(audit=log, clock=clock)
    addresses = _addresses(settings)
    changes = PlanChanges(cases=cases, notifications=notifications, queue=queue, clock=clock, limits=limits or Limits())
    plans = Plans(cases=cases, changes=changes, queue=queue, clock=clock)
    suggestions = Suggestions(disasters=disasters, users=users, notifications=notifications, clock=clock)
    scout = Scout(
        requests=requests,
        disasters=disasters,
        turns=TurnRepository(store, clock),
        suggestions=suggestions,
        queue=queue,
        clock=clock,
        threshold=Threshold(
            requests=settings.suggest_requests,
            senders=settings.suggest_senders,
            radius_km=settings.suggest_radius_km,
            hours=settings.suggest_hours,
        ),
        every=timedelta(seconds=settings.suggest_every_seconds),
    )
    observations = Observations(
        observations=ObservationRepository(store, clock),
        disasters=disasters,
        users=users,
        lifetimes=Lifetimes.changed(settings.observation_hours),
        addresses=addresses,
        queue=queue,
        clock=clock,
    )
    tasks = Tasks(cases=cases, notifications=notifications, access=access, queue=queue, clock=clock)
    media = MediaRepository(store, clock)
    keep = timedelta(hours=settings.media_keep_hours)
    blobs = blobs or _blobs(settings)
    uploads = Uploads(
        media=media,
        cases=cases,
        blobs=blobs,
        images=Images(most_pixels=settings.media_max_pixels, at_once=settings.media_decoders),
        addresses=addresses,
        queue=queue,
        clock=clock,
        keep=keep,
    )
    attachments = Attachments(media=media, addresses=addresses, clock=clock, keep=keep)
    asked = Requests(
        cases=cases,
        disasters=disasters,
        attachments=attachments,
        audit=log,
        access=access,
        plans=plans,
        notifications=notifications,
        pipeline=pipeline,
        queue=queue,
        clock=clock,
        country=settings.country,
    )
    participants = Participants(
        disasters=disasters, users=users, tasks=tasks, notifications=notifications, queue=queue, clock=clock
    )
    stocks = Resources(resources=resources, disasters=disasters, queue=queue, clock=clock)
    threads, messages = ThreadRepository(store, clock), MessageRepository(store, clock)
    devices = Devices(users=users, holders=TokenHolderRepository(store, clock), clock=clock)
    anonymising = Anonymising(
        cases=cases,
        attachments=attachments,
        audit=log,
        notifications=notifications.notifications,
        queue=queue,
        clock=clock,
    )
    sign_ins = SignIns(
        users=users,
        untold=UntoldRepository(store, clock),
        directory=directory,
        standings=standings,
        queue=queue,
        clock=clock,
    )
    belongings = all_belongings(
        directory=directory,
        identity=identity,
        tasks=tasks,
        participants=participants,
        uploads=uploads,
        messages=messages,
        observations=observations.observations,
        resources=stocks,
        devices=devices,
        threads=threads,
        notifications=notifications,
        anonymising=anonymising,
        audit=log,
        queue=queue,
        clock=clock,
        country=settings.country,
    )
    forgettings = Forgettings(
        users=users,
        forgettings=ForgettingRepository(store, clock),
        belongings=belongings,
        anonymising=anonymising,
        queue=queue,
        clock=clock,
    )
    retention = Retention(
        kinds=kinds_kept(store, anonymising),
        days=settings.retention_days,
        schedules=Schedules(store, clock),
        queue=queue,
        clock=clock,
    )
    return Services(
        settings=settings,
        store=store,
        queue=queue,
        verifier=verifier,
        identity=identity,
        standings=standings,
        sign_ins=sign_ins,
        disasters=Disasters(disasters=disasters, users=users, clock=clock),
        participants=participants,
        suggestions=suggestions,
        scout=scout,
        observations=observations,
        access=access,
        audit=Audit(log=log, access=access),
        users=Users(
            users=users,
            addresses=addresses,
            access=access,
            tasks=tasks,
            sign_ins=sign_ins,
            queue=queue,
            clock=clock,
            country=settings.country,
        ),
        devices=devices,
        exports=Exports(belongings=belongings, access=access, clock=clock),
        forgettings=forgettings,
        anonymising=anonymising,
        retention=retention,
        requests=asked,
        intake=Intake(requests=asked),
        texting=Texting(
            threads=threads,
            users=users,
            asked=requests,
            requests=asked,
            pipeline=pipeline,
            clock=clock,
            emergency=knowledge().country(settings.country).first(Service.ANY).number,
        ),
        media=uploads,
        resources=stocks,
        plans=plans,
        tasks=tasks,
        notifications=notifications,
        messages=Messages(
            messages=messages,
            disasters=disasters,
            users=users,
            notifications=notifications,
            clock=clock,
        ),
        chatbot=Chatbot(
            answerer=answerer or RulesAnswerer(),
            knowledge=knowledge(),
            country=knowledge().country(settings.country),
        ),
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
        sweeper=Sweeper(
            pipeline=pipeline,
            notifications=notifications,
            others=(observations, scout, uploads, forgettings, sign_ins),
            retention=retention,
            every_seconds=settings.sweep_seconds,
        ),
        health=Health(settings=settings, store=store, limiter=limiter, blobs=blobs),
        limiter=limiter,
    )


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Services]:
    """The services over the real edges that the settings name; closed when the block ends."""
    settings.check()
    store = _store(settings)
    limiter = RedisLimiter(settings.redis_url.get_secret_value()) if settings.redis_url else ProcessLimiter()
    keys: CertificateKeys | None = None
    accounts: IdentityToolkit | None = None
    identity: LocalIdentity | None = None
    verifier: TokenVerifier
    if settings.identity is IdentityKind.LOCAL:
        key = SigningKey.kept_in(settings.data_dir)
        identity = LocalIdentity.over(store, project_id=settings.firebase_project_id, key=key)
        verifier = identity.verifier
    else:
        accounts = IdentityToolkit.of(settings.firebase_project_id, settings.firebase_auth_emulator_host)
        if settings.firebase_auth_emulator_host:
            verifier = EmulatorTokenVerifier(settings.firebase_project_id)
        else:
            keys = CertificateKeys(settings.firebase_certs_url)
            await asyncio.gather(keys.warm(), accounts.warm())
            verifier = FirebaseTokenVerifier(settings.firebase_project_id, keys)
    try:
        yield build(settings, store=store, verifier=verifier, identity=identity, directory=accounts, limiter=limiter)
    finally:
        await limiter.aclose()
        if keys is not None:
            await keys.aclose()
        if accounts is not None:
            await accounts.aclose()
        await store.close()


def _store(settings: Settings) -> Store:
    if settings.store is StoreKind.FIRESTORE:
        return FirestoreStore(settings.firebase_project_id, database=settings.firestore_database)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    return SqliteStore(settings.database_path)


def _addresses(settings: Settings) -> Addresses:
    rule = AddressRule(settings.media_hosts, localhost=settings.environment is Environment.DEVELOPMENT)
    return Addresses(rule, public=canonical(settings.public_url) if settings.public_url else None)


def _blobs(settings: Settings) -> Blobs:
    if settings.media_bucket is None:
        return FolderBlobs(settings.data_dir / "media", deadline_seconds=settings.media_seconds)
    access = BucketAccess(
        endpoint=settings.media_endpoint,
        region=settings.media_region,
        key_id=settings.aws_access_key_id,
        secret=settings.aws_secret_access_key,
        session=settings.aws_session_token,
        google_key=settings.google_service_account_key,
        google_token=settings.google_bearer_token,
    )
    return BucketBlobs.at(settings.media_bucket, access, deadline_seconds=settings.media_seconds)


class _Failures:
    """Failed jobs are counted by the pipeline, which in turn rings the queue: this ties the knot."""

    pipeline: Pipeline

    async def __call__(self, job: Job, id: str, reason: str) -> None:
        await self.pipeline.count_failure(job, id, reason)
