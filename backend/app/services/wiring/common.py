"""What services of several features share: the repositories, and the few services that others stand on."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from app.crud.audit import AuditLog
from app.crud.broadcasts import BroadcastRepository
from app.crud.clusters import ClusterRepository
from app.crud.devices import TokenHolderRepository
from app.crud.disasters import DisasterRepository
from app.crud.failed_jobs import FailedJobRepository
from app.crud.forgettings import ForgettingRepository
from app.crud.media import MediaRepository
from app.crud.messages import MessageRepository
from app.crud.notifications import NotificationRepository
from app.crud.observations import ObservationRepository
from app.crud.outputs import OutputRepository
from app.crud.requests import RequestRepository
from app.crud.resources import ResourceRepository
from app.crud.sign_ins import UntoldRepository
from app.crud.tasks import TaskRepository
from app.crud.threads import ThreadRepository
from app.crud.turns import TurnRepository
from app.crud.users import UserRepository
from app.crud.verdicts import VerdictRepository
from app.services.access import AccessLog
from app.services.edges import Edges
from app.services.failures import Failures
from app.services.imaging import Images
from app.services.notifications import Notifications
from app.services.pipeline import Pipeline
from app.services.progress import Cases
from app.services.verdicts import Verdicts


@dataclass(frozen=True, repr=False)
class Repositories:
    """Every collection, over one store and one clock."""

    audit: AuditLog
    broadcasts: BroadcastRepository
    clusters: ClusterRepository
    disasters: DisasterRepository
    failed_jobs: FailedJobRepository
    forgettings: ForgettingRepository
    holders: TokenHolderRepository
    media: MediaRepository
    messages: MessageRepository
    notifications: NotificationRepository
    observations: ObservationRepository
    outputs: OutputRepository
    requests: RequestRepository
    resources: ResourceRepository
    tasks: TaskRepository
    threads: ThreadRepository
    turns: TurnRepository
    untold: UntoldRepository
    users: UserRepository
    verdicts: VerdictRepository

    @classmethod
    def over(cls, edges: Edges) -> Self:
        at = (edges.store, edges.clock)
        return cls(
            audit=AuditLog(edges.store),
            broadcasts=BroadcastRepository(*at),
            clusters=ClusterRepository(*at),
            disasters=DisasterRepository(*at),
            failed_jobs=FailedJobRepository(*at),
            forgettings=ForgettingRepository(*at),
            holders=TokenHolderRepository(*at),
            media=MediaRepository(*at),
            messages=MessageRepository(*at),
            notifications=NotificationRepository(*at),
            observations=ObservationRepository(*at),
            outputs=OutputRepository(*at),
            requests=RequestRepository(*at),
            resources=ResourceRepository(*at),
            tasks=TaskRepository(*at),
            threads=ThreadRepository(*at),
            turns=TurnRepository(*at),
            untold=UntoldRepository(*at),
            users=UserRepository(*at),
            verdicts=VerdictRepository(*at),
        )


@dataclass(frozen=True, repr=False)
class Common:
    """The edges, the repositories, and what tells people, remembers who read, and rings for the next step."""

    edges: Edges
    repositories: Repositories
    cases: Cases
    access: AccessLog
    notifications: Notifications
    pipeline: Pipeline
    failures: Failures
    images: Images
    verdicts: Verdicts

    @classmethod
    def over(cls, edges: Edges) -> Self:
        kept = Repositories.over(edges)
        settings, queue, clock = edges.settings, edges.queue, edges.clock
        pipeline = Pipeline(
            requests=kept.requests,
            clusters=kept.clusters,
            queue=queue,
            clock=clock,
            stuck_after=timedelta(seconds=settings.stuck_after_seconds),
            attempts=settings.job_attempts,
            tracer=edges.tracer,
            first_pause=settings.retry_seconds,
        )
        return cls(
            edges=edges,
            repositories=kept,
            cases=Cases(
                requests=kept.requests,
                outputs=kept.outputs,
                tasks=kept.tasks,
                users=kept.users,
                resources=kept.resources,
            ),
            access=AccessLog(audit=kept.audit, clock=clock),
            notifications=Notifications(notifications=kept.notifications, queue=queue, clock=clock),
            pipeline=pipeline,
            failures=Failures(
                failed=kept.failed_jobs,
                pipeline=pipeline,
                queue=queue,
                clock=clock,
                attempts=settings.job_attempts,
                first_pause=settings.retry_seconds,
                metrics=edges.metrics,
            ),
            images=Images(most_pixels=settings.media_max_pixels, at_once=settings.media_decoders),
            verdicts=Verdicts(
                verdicts=kept.verdicts,
                requests=kept.requests,
                outputs=kept.outputs,
                tracer=edges.tracer,
                queue=queue,
                clock=clock,
            ),
        )
