"""The composition root: every service, built once from the settings, with what it talks to."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from app.core.blobs import Blobs
from app.core.clock import Clock, utc_now
from app.core.courtesy import Courtesy
from app.core.limits import Limiter, ProcessLimiter
from app.core.metrics import Metrics
from app.core.model import Model, NoModel
from app.core.news import News, NoNews
from app.core.queue import WorkQueue
from app.core.security.directory import Directory
from app.core.security.tokens import TokenVerifier
from app.core.settings import Settings
from app.core.tracing import NoTracer, Tracer
from app.crud.store.port import Store
from app.crud.store.traced import TracedStore
from app.services.access import AccessLog
from app.services.anonymising import Anonymising
from app.services.assessment import Assessment, Assessor
from app.services.audit import Audit
from app.services.broadcasts import Broadcasts
from app.services.chatbot import Answerer, Chatbot
from app.services.clusters import Clusters
from app.services.delivery import Delivery, Push
from app.services.devices import Devices
from app.services.disasters import Disasters
from app.services.edges import (
    Edges,
    addresses_of,
    directory_of,
    open_blobs,
    open_limiter,
    open_model,
    open_news,
    open_push,
    open_queue,
    open_store,
    open_tracer,
    signing_in,
)
from app.services.exports import Exports
from app.services.failures import Failures
from app.services.forgettings import Forgettings
from app.services.health import Health
from app.services.identity import LocalIdentity
from app.services.inbound import Texting
from app.services.intake import Intake
from app.services.integrations.push import RecordedPush
from app.services.integrations.traced import TracedBlobs, TracedModel
from app.services.jobs import handlers
from app.services.knowledge_base import KnowledgeBase
from app.services.linking import Linking
from app.services.match import Matchmaking
from app.services.matching import Limits
from app.services.media import Uploads
from app.services.messages import Messages
from app.services.notifications import Notifications
from app.services.observations import Observations
from app.services.participants import Participants
from app.services.pipeline import Pipeline
from app.services.planning import Planner, Planning
from app.services.plans import Plans
from app.services.profiles import Profiles
from app.services.requests import Requests
from app.services.resources import Resources
from app.services.retention import Retention
from app.services.scout import Scout
from app.services.sign_ins import SignIns
from app.services.standings import Standings
from app.services.suggestions import Suggestions
from app.services.sweeper import Sweeper
from app.services.tasks import Tasks
from app.services.users import Users
from app.services.vacancies import Vacancies
from app.services.verdicts import Verdicts
from app.services.watch import Watch
from app.services.wiring.answers import chatbot_over
from app.services.wiring.calls import Calls
from app.services.wiring.common import Common
from app.services.wiring.minds import answerer_of, assessor_of, knowledge_of, planner_of
from app.services.wiring.people import People
from app.services.wiring.places import Places
from app.services.wiring.steps import Steps


@dataclass(frozen=True, repr=False)  # a repr of all of them would be pages of knowledge, and take a second
class Services:
    """All of them; the edges (store, queue, clock, push, minds) can be given, so that a test decides what they do."""

    settings: Settings
    store: Store
    queue: WorkQueue
    verifier: TokenVerifier
    identity: LocalIdentity | None
    standings: Standings
    sign_ins: SignIns
    profiles: Profiles
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
    delivery: Delivery
    broadcasts: Broadcasts
    messages: Messages
    chatbot: Chatbot
    knowledge: KnowledgeBase
    pipeline: Pipeline
    assessment: Assessment
    planning: Planning
    matchmaking: Matchmaking
    linking: Linking
    clusters: Clusters
    failures: Failures
    verdicts: Verdicts
    sweeper: Sweeper
    health: Health
    limiter: Limiter
    model: Model
    metrics: Metrics
    tracer: Tracer
    watch: Watch
    courtesy: Courtesy

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """With workers and sweeper running, unless those are other processes; what an earlier process left waiting is
        rung first.
        """
        self.queue.start(handlers(self), self.failures.count)
        sweeping = None if self.queue.elsewhere else self.sweeper.start()
        try:
            yield
        finally:
            if sweeping is not None:
                await sweeping.stop()
            await self.queue.stop()
            await self.access.settled()
            await self.knowledge.aclose()


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
    model: Model | None = None,
    news: News | None = None,
    queue: WorkQueue | None = None,
    metrics: Metrics | None = None,
    tracer: Tracer | None = None,
) -> Services:
    """Wire the services together over the given edges; no I/O but reading, once, the package's own knowledge."""
    metrics, tracer = metrics or Metrics(), tracer or NoTracer()
    store.report_to(metrics.strained)
    tracer.report_to(metrics.trace_lost)
    courtesy = Courtesy()
    queue = queue or open_queue(settings, courtesy)
    blobs = blobs or open_blobs(settings)
    model = model or NoModel()
    model = TracedModel(model, tracer) if tracer.on and model.on else model
    documents = knowledge_of(settings, store, clock)
    edges = Edges(
        settings=settings,
        store=store,
        queue=queue,
        clock=clock,
        identity=identity,
        directory=directory or directory_of(identity),
        news=news or NoNews(),
        push=push or RecordedPush(),
        blobs=TracedBlobs(blobs, tracer) if tracer.watches else blobs,
        addresses=addresses_of(settings),
        limiter=limiter or ProcessLimiter(),
        model=model,
        assessor=assessor or assessor_of(model, country=settings.country),
        planner=planner or planner_of(model, documents, country=settings.country, seconds=settings.plan_seconds),
        answerer=answerer or answerer_of(model, documents),
        limits=limits or Limits(),
        metrics=metrics,
        tracer=tracer,
        courtesy=courtesy,
    )
    return _over(Common.over(edges), queue, verifier, documents)


def _over(common: Common, queue: WorkQueue, verifier: TokenVerifier, documents: KnowledgeBase) -> Services:
    edges, calls, steps = common.edges, Calls.over(common), Steps.over(common)
    places = Places.over(common, calls.tasks)
    people = People.over(common, calls, places)
    health = Health(
        settings=edges.settings,
        store=edges.store,
        limiter=edges.limiter,
        blobs=edges.blobs,
        queue=queue,
        verifier=verifier,
        directory=edges.directory,
        tracer=edges.tracer,
        model=edges.model,
    )
    return Services(
        settings=edges.settings,
        store=edges.store,
        queue=queue,
        verifier=verifier,
        identity=edges.identity,
        standings=people.standings,
        sign_ins=people.sign_ins,
        profiles=people.profiles,
        access=common.access,
        audit=Audit(log=common.repositories.audit, access=common.access),
        users=people.users,
        devices=people.devices,
        exports=people.exports,
        forgettings=people.forgettings,
        anonymising=people.anonymising,
        retention=people.retention,
        disasters=places.disasters,
        participants=places.participants,
        suggestions=places.suggestions,
        scout=places.scout,
        observations=places.observations,
        requests=calls.requests,
        intake=calls.intake,
        texting=calls.texting,
        media=calls.media,
        resources=places.resources,
        plans=calls.plans,
        tasks=calls.tasks,
        notifications=common.notifications,
        delivery=people.delivery,
        broadcasts=places.broadcasts,
        messages=places.messages,
        chatbot=chatbot_over(common),
        knowledge=documents,
        pipeline=common.pipeline,
        assessment=steps.assessment,
        planning=steps.planning,
        matchmaking=steps.matchmaking,
        linking=steps.linking,
        clusters=calls.clusters,
        failures=common.failures,
        verdicts=common.verdicts,
        sweeper=_sweeper(common, calls, places, people),
        health=health,
        limiter=edges.limiter,
        model=edges.model,
        metrics=edges.metrics,
        tracer=edges.tracer,
        courtesy=edges.courtesy,
        watch=Watch(
            requests=common.repositories.requests, queue=queue, health=health, metrics=edges.metrics, clock=edges.clock
        ),
    )


def _sweeper(common: Common, calls: Calls, places: Places, people: People) -> Sweeper:
    kept = common.repositories
    vacancies = Vacancies(tasks=kept.tasks, turns=kept.turns, queue=common.edges.queue)
    return Sweeper(
        pipeline=common.pipeline,
        notifications=common.notifications,
        others=(
            places.observations,
            places.broadcasts,
            places.scout,
            calls.media,
            people.forgettings,
            people.sign_ins,
            common.failures,
            vacancies,
            common.verdicts,
        ),
        retention=people.retention,
        every_seconds=common.edges.settings.sweep_seconds,
    )


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Services]:
    """The services over the real edges that the settings name; closed when the block ends."""
    settings.check()
    async with AsyncExitStack() as stack:
        tracer = open_tracer(settings)
        stack.push_async_callback(tracer.aclose)
        store = open_store(settings)
        stack.push_async_callback(store.close)
        if tracer.watches:
            store = TracedStore(store, tracer)
        limiter = open_limiter(settings)
        stack.push_async_callback(limiter.aclose)
        sign_in = await stack.enter_async_context(signing_in(settings, store, tracer))
        news = open_news(settings)
        stack.push_async_callback(news.aclose)
        metrics = Metrics()
        model = open_model(settings, metrics, tracer)
        stack.push_async_callback(model.aclose)
        push = open_push(settings, tracer)
        stack.push_async_callback(push.aclose)
        services = build(
            settings,
            store=store,
            verifier=sign_in.verifier,
            identity=sign_in.identity,
            directory=sign_in.directory,
            limiter=limiter,
            model=model,
            push=push,
            news=news,
            metrics=metrics,
            tracer=tracer,
        )
        services.profiles.start()
        yield services
