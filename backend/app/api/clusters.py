from typing import Annotated

from fastapi import APIRouter, Query

from app.api.deps import Coordinator, ServicesDep
from app.api.paging import Paging
from app.api.problems import problems
from app.core.errors import BadRequest, Forbidden, Invalid, NotFound, Unauthorized
from app.schemas.base import Id
from app.schemas.cluster import ClusterView

router = APIRouter(
    prefix="/clusters", tags=["clusters"], responses=problems(Unauthorized, Forbidden, Invalid, NotFound)
)

DisasterFilter = Annotated[Id | None, Query(alias="disaster_id")]


@router.get("", responses=problems(BadRequest))
async def list_clusters(
    coordinator: Coordinator, services: ServicesDep, paging: Paging, disaster_id: DisasterFilter = None
) -> list[ClusterView]:
    """Open requests that seem to tell of the same, most urgent first, where the caller coordinates.

    Nothing is hidden by it: each request is listed, assessed and planned by itself. A page may come with fewer than
    `limit`: follow its `Link`.
    """
    page = services.clusters.listed(coordinator, disaster_id=disaster_id, limit=paging.limit, cursor=paging.cursor)
    return await services.clusters.views(await paging.linked(page))


@router.get("/{cluster_id}")
async def get_cluster(cluster_id: Id, coordinator: Coordinator, services: ServicesDep) -> ClusterView:
    """One cluster, for its coordinators. One that was joined with an older one shows as that."""
    return await services.clusters.one(coordinator, cluster_id)
