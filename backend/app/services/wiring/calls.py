"""Calls for help and what people do about them: plans, tasks, photos, clusters."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from app.agent_v2.answering.knowledge import knowledge
from app.schemas.knowledge import Service
from app.services.attachments import Attachments
from app.services.clusters import Clusters
from app.services.inbound import Texting
from app.services.intake import Intake
from app.services.media import Uploads
from app.services.plan_changes import PlanChanges
from app.services.plans import Plans
from app.services.requests import Requests
from app.services.tasks import Tasks
from app.services.wiring.common import Common


@dataclass(frozen=True, repr=False)
class Calls:
    media: Uploads
    attachments: Attachments
    plans: Plans
    tasks: Tasks
    requests: Requests
    intake: Intake
    texting: Texting
    clusters: Clusters

    @classmethod
    def over(cls, common: Common) -> Self:
        plans, attachments = _plans(common), _attachments(common)
        requests = _requests(common, plans, attachments)
        return cls(
            media=_uploads(common),
            attachments=attachments,
            plans=plans,
            tasks=_tasks(common),
            requests=requests,
            intake=Intake(requests=requests),
            texting=_texting(common, requests),
            clusters=_clusters(common, requests),
        )


def _plans(common: Common) -> Plans:
    edges = common.edges
    changes = PlanChanges(
        cases=common.cases,
        notifications=common.notifications,
        queue=edges.queue,
        clock=edges.clock,
        limits=edges.limits,
        verdicts=common.verdicts,
    )
    return Plans(cases=common.cases, changes=changes, queue=edges.queue, clock=edges.clock)


def _tasks(common: Common) -> Tasks:
    return Tasks(
        cases=common.cases,
        notifications=common.notifications,
        access=common.access,
        queue=common.edges.queue,
        clock=common.edges.clock,
    )


def _uploads(common: Common) -> Uploads:
    edges, settings = common.edges, common.edges.settings
    return Uploads(
        media=common.repositories.media,
        cases=common.cases,
        blobs=edges.blobs,
        images=common.images,
        addresses=edges.addresses,
        queue=edges.queue,
        clock=edges.clock,
        keep=timedelta(hours=settings.media_keep_hours),
    )


def _attachments(common: Common) -> Attachments:
    return Attachments(
        media=common.repositories.media,
        addresses=common.edges.addresses,
        clock=common.edges.clock,
        keep=timedelta(hours=common.edges.settings.media_keep_hours),
    )


def _requests(common: Common, plans: Plans, attachments: Attachments) -> Requests:
    return Requests(
        cases=common.cases,
        disasters=common.repositories.disasters,
        attachments=attachments,
        audit=common.repositories.audit,
        access=common.access,
        plans=plans,
        notifications=common.notifications,
        pipeline=common.pipeline,
        queue=common.edges.queue,
        clock=common.edges.clock,
        country=common.edges.settings.country,
        verdicts=common.verdicts,
    )


def _texting(common: Common, requests: Requests) -> Texting:
    return Texting(
        threads=common.repositories.threads,
        users=common.repositories.users,
        asked=common.repositories.requests,
        requests=requests,
        pipeline=common.pipeline,
        clock=common.edges.clock,
        emergency=knowledge().country(common.edges.settings.country).first(Service.ANY).number,
    )


def _clusters(common: Common, requests: Requests) -> Clusters:
    return Clusters(
        cases=common.cases,
        clusters=common.repositories.clusters,
        requests=requests,
        notifications=common.notifications,
        pipeline=common.pipeline,
        queue=common.edges.queue,
        clock=common.edges.clock,
    )
