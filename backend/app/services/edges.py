"""The edges of the services: what they talk to outside, and which of each kind the settings name."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from app.core.addresses import AddressRule, canonical
from app.core.blobs import Blobs
from app.core.clock import Clock
from app.core.courtesy import Courtesy
from app.core.in_process_queue import InProcessQueue
from app.core.limits import Limiter, ProcessLimiter, RedisLimiter
from app.core.metrics import Metrics
from app.core.model import Model, NoModel
from app.core.news import News, NoNews, RedisNews
from app.core.queue import JobQueue, WorkQueue
from app.core.security.directory import Directory, NoDirectory
from app.core.security.emulator import EmulatorTokenVerifier
from app.core.security.firebase import FirebaseTokenVerifier
from app.core.security.keys import FETCH_SECONDS, CertificateKeys
from app.core.security.local import SigningKey
from app.core.security.tokens import TokenVerifier
from app.core.settings import Environment, IdentityKind, QueueKind, Settings, StoreKind
from app.core.token_budget import Allowance, Budget, NoBudget, SharedBudget, TokenBudget
from app.core.tracing import NoTracer, Tracer
from app.crud.store.firestore import FirestoreStore
from app.crud.store.port import Store
from app.crud.store.sqlite import SqliteStore
from app.services.addresses import Addresses
from app.services.assessment import Assessor
from app.services.chatbot import Answerer
from app.services.delivery import Push
from app.services.identity import LocalIdentity
from app.services.integrations.bucket_blobs import BucketAccess, BucketBlobs
from app.services.integrations.fcm import FcmPush
from app.services.integrations.folder_blobs import FolderBlobs
from app.services.integrations.identity_toolkit import ANSWER_SECONDS, IdentityToolkit
from app.services.integrations.local_directory import LocalDirectory
from app.services.integrations.push import RecordedPush
from app.services.integrations.traced import outgoing
from app.services.integrations.tracers import Tracers
from app.services.matching import Limits
from app.services.planning import Planner


@dataclass(frozen=True, repr=False)
class Edges:
    """Everything that the services are built over, each by its port."""

    settings: Settings
    store: Store
    queue: JobQueue
    clock: Clock
    identity: LocalIdentity | None
    directory: Directory
    news: News
    push: Push
    blobs: Blobs
    addresses: Addresses
    limiter: Limiter
    model: Model
    assessor: Assessor
    planner: Planner
    answerer: Answerer
    limits: Limits
    metrics: Metrics
    tracer: Tracer
    courtesy: Courtesy


@dataclass(frozen=True)
class SignIn:
    """Whose tokens are taken, and the accounts behind them; `identity` where this node keeps its own."""

    verifier: TokenVerifier
    directory: Directory
    identity: LocalIdentity | None = None


def open_store(settings: Settings) -> Store:
    if settings.store is StoreKind.FIRESTORE:
        return FirestoreStore(
            settings.firebase_project_id,
            database=settings.firestore_database,
            emulator=settings.firestore_emulator_host,
            # Its caller is to hear that the database is away, not that the answer took too long.
            retry_seconds=min(15.0, settings.request_seconds / 2),
        )
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    return SqliteStore(settings.database_path)


def open_queue(settings: Settings, courtesy: Courtesy) -> WorkQueue:
    if settings.queue is QueueKind.CELERY and settings.redis_url is not None:
        from app.core.celery_queue import CeleryQueue  # Celery is loaded where it is used only

        return CeleryQueue(settings.redis_url.get_secret_value())
    return InProcessQueue(workers=settings.workers, courtesy=courtesy)


def open_limiter(settings: Settings) -> Limiter:
    return RedisLimiter(settings.redis_url.get_secret_value()) if settings.redis_url else ProcessLimiter()


def open_tracer(settings: Settings) -> Tracer:
    """What the settings ask for, and nothing of it loaded that they do not: a tenth of a second, and 12 MB."""
    tracers = list[Tracer]()
    if settings.otlp_endpoint is not None:
        from app.services.integrations.otel import OtelTracer, headers_of

        tracers.append(
            OtelTracer(
                settings.otlp_endpoint,
                headers=headers_of(settings.otlp_headers),
                service=settings.service_name,
                share=settings.trace_share,
            )
        )
    if settings.langfuse is not None:
        from app.services.integrations.langfuse_tracer import LangfuseTracer

        tracers.append(LangfuseTracer(settings.langfuse))
    return Tracers(tracers) if len(tracers) > 1 else tracers[0] if tracers else NoTracer()


def open_model(settings: Settings, metrics: Metrics, tracer: Tracer) -> Model:
    if settings.openai_api_key is None:
        return NoModel()
    from app.services.integrations.openai_model import Means, OpenAIModel  # half a second, and 50 MB

    means = Means(
        base_url=settings.openai_base_url,
        key=settings.openai_api_key,
        model=settings.model,
        vision=settings.model_vision,
        api=settings.openai_api,
        seconds=settings.model_seconds,
        retries=settings.model_retries,
        failures=settings.model_failures,
        pause=settings.model_pause_seconds,
        prices=settings.model_prices,
    )
    return OpenAIModel(means, metrics=metrics, budget=open_budget(settings), tracer=tracer)


def open_budget(settings: Settings) -> Budget:
    allowance = Allowance(settings.model_tokens_minute, settings.model_tokens_day)
    if not allowance.any:
        return NoBudget()
    if settings.redis_url is None:
        return TokenBudget(allowance)
    return SharedBudget(allowance, settings.redis_url.get_secret_value(), settings.firebase_project_id)


def open_push(settings: Settings, tracer: Tracer) -> Push:
    if settings.fcm_project_id is None:
        return RecordedPush()
    at_once, seconds = settings.push_at_once, settings.push_seconds
    return FcmPush.of(settings.fcm_project_id, settings.fcm_url, at_once=at_once, seconds=seconds, tracer=tracer)


def open_news(settings: Settings) -> News:
    """Word of changed people, between processes that share a Redis and a project."""
    if settings.redis_url is None:
        return NoNews()
    return RedisNews(settings.redis_url.get_secret_value(), f"resq:users:{settings.firebase_project_id}")


def open_blobs(settings: Settings) -> Blobs:
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


def addresses_of(settings: Settings) -> Addresses:
    """The rule for the photo addresses that calls may name."""
    rule = AddressRule(settings.media_hosts, localhost=settings.environment is Environment.DEVELOPMENT)
    return Addresses(rule, public=canonical(settings.public_url) if settings.public_url else None)


@asynccontextmanager
async def signing_in(settings: Settings, store: Store, tracer: Tracer) -> AsyncIterator[SignIn]:
    """Sign-in as the settings name it: by this node itself, or by Firebase with its keys fetched."""
    if settings.identity is IdentityKind.LOCAL:
        key = SigningKey.kept_in(settings.data_dir)
        identity = LocalIdentity.over(store, project_id=settings.firebase_project_id, key=key)
        yield SignIn(identity.verifier, directory_of(identity), identity)
        return
    accounts = IdentityToolkit.of(
        settings.firebase_project_id,
        settings.firebase_auth_emulator_host,
        outgoing(tracer, seconds=ANSWER_SECONDS),
    )
    client = outgoing(tracer, seconds=FETCH_SECONDS)
    keys = CertificateKeys(settings.firebase_certs_url, client=client)
    try:
        if settings.firebase_auth_emulator_host:
            yield SignIn(EmulatorTokenVerifier(settings.firebase_project_id), accounts)
        else:
            await asyncio.gather(keys.warm(), accounts.warm())
            yield SignIn(FirebaseTokenVerifier(settings.firebase_project_id, keys), accounts)
    finally:
        await keys.aclose()
        await client.aclose()
        await accounts.aclose()


def directory_of(identity: LocalIdentity | None) -> Directory:
    """The accounts of this node, or none."""
    return LocalDirectory(identity) if identity else NoDirectory()
