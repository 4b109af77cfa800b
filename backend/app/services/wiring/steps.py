"""The steps that the machine takes with a request: read, planned, matched, linked with others of the same."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from app.agent_v2.caption import ModelCaptioner
from app.services.assessment import Assessment
from app.services.captions import Captions, ModelCaptions, NoCaptions
from app.services.clustering import Clustering
from app.services.integrations.web_photos import WebPhotos
from app.services.linking import Linking
from app.services.match import Matchmaking
from app.services.neighbourhood import Neighbourhood
from app.services.planning import Planning
from app.services.wiring.common import Common
from app.services.wiring.minds import rules_assessor, rules_planner


@dataclass(frozen=True, repr=False)
class Steps:
    assessment: Assessment
    planning: Planning
    matchmaking: Matchmaking
    linking: Linking

    @classmethod
    def over(cls, common: Common) -> Self:
        edges, kept, pipeline = common.edges, common.repositories, common.pipeline
        backlog = timedelta(seconds=edges.settings.model_backlog_seconds) if edges.model.on else timedelta.max
        return cls(
            assessment=Assessment(
                requests=kept.requests,
                pipeline=pipeline,
                assessor=edges.assessor,
                clock=edges.clock,
                captions=_captions(common),
                rules=rules_assessor(edges.settings.country),
                backlog=backlog,
                seconds=edges.settings.assess_seconds,
            ),
            planning=Planning(
                requests=kept.requests,
                outputs=kept.outputs,
                pipeline=pipeline,
                planner=edges.planner,
                clock=edges.clock,
                metrics=edges.metrics,
                rules=rules_planner(edges.settings.country),
                seconds=edges.settings.plan_seconds,
                backlog=backlog,
            ),
            matchmaking=_matchmaking(common),
            linking=_linking(common),
        )


def _captions(common: Common) -> Captions:
    edges, settings = common.edges, common.edges.settings
    if not edges.model.sees or settings.model_photos == 0:
        return NoCaptions()
    return ModelCaptions(
        captioner=ModelCaptioner(edges.model),
        blobs=edges.blobs,
        images=common.images,
        elsewhere=WebPhotos(edges.addresses.rule, most_bytes=settings.media_max_bytes, seconds=settings.media_seconds),
        most=settings.model_photos,
        seconds=settings.media_seconds + settings.model_seconds,
    )


def _matchmaking(common: Common) -> Matchmaking:
    edges = common.edges
    return Matchmaking(
        cases=common.cases,
        clusters=common.repositories.clusters,
        notifications=common.notifications,
        clock=edges.clock,
        limits=edges.limits,
        rest_ratio=edges.settings.match_rest_ratio,
        rest_max_seconds=edges.settings.match_rest_max_seconds,
    )


def _linking(common: Common) -> Linking:
    edges, kept = common.edges, common.repositories
    return Linking(
        requests=kept.requests,
        clusters=kept.clusters,
        clustering=Clustering(
            requests=kept.requests,
            clusters=kept.clusters,
            notifications=common.notifications,
            queue=edges.queue,
            clock=edges.clock,
        ),
        near=Neighbourhood(requests=kept.requests, clock=edges.clock),
        queue=edges.queue,
    )
