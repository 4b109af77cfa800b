from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response, status

from app.api.deps import Base, Caller, Coordinator, IdempotencyKey, ServicesDep
from app.api.filters import AreaFilter, Since
from app.api.paging import Paging
from app.api.problems import problems
from app.core.clock import Moment
from app.core.errors import BadRequest, Conflict, Forbidden, Gone, Invalid, NotFound, Transient, Unauthorized
from app.schemas.base import Id, Tombstone
from app.schemas.cluster import Unlink
from app.schemas.request_bodies import Judgement, RequestBatch, RequestCreate, RequestEdit, StatusChange
from app.schemas.request_search import RequestFilter, RequestOrder
from app.schemas.request_states import Stage, Status
from app.schemas.request_views import BatchResult, RequestView, TimelineEntry
from app.schemas.vocabulary import NeedCategory, Severity

router = APIRouter(prefix="/requests", tags=["requests"], responses=problems(Unauthorized, Forbidden, Invalid))

StageFilter = Annotated[Stage | None, Query(alias="stage")]
DisasterFilter = Annotated[Id | None, Query(alias="disaster_id")]
CreatedFrom = Annotated[Moment | None, Query(description="Not before.", examples=["2026-11-24T00:00:00Z"])]
CreatedTo = Annotated[Moment | None, Query(description="Before.", examples=["2026-11-25T00:00:00Z"])]
TextFilter = Annotated[str | None, Query(alias="q", max_length=100, description="Whole words, all of them.")]
ClusterFilter = Annotated[Id | None, Query(alias="cluster_id", description="Those that seem to tell of the same.")]


async def request_filter(
    area: AreaFilter,
    wanted: Annotated[Status | None, Query(alias="status")] = None,
    stage: StageFilter = None,
    severity: Severity | None = None,
    need: NeedCategory | None = None,
    created_from: CreatedFrom = None,
    created_to: CreatedTo = None,
    text: TextFilter = None,
    cluster_id: ClusterFilter = None,
    order: RequestOrder = RequestOrder.NEWEST,
) -> RequestFilter:
    return RequestFilter(
        status=wanted,
        stage=stage,
        severity=severity,
        need=need,
        area=area,
        created_from=created_from,
        created_to=created_to,
        text=text,
        cluster_id=cluster_id,
        order=order,
    )


Wanted = Annotated[RequestFilter, Depends(request_filter)]


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    responses=problems(Gone, Transient),
)
async def create_request(
    body: RequestCreate,
    caller: Caller,
    services: ServicesDep,
    response: Response,
    base: Base,
    idempotency_key: IdempotencyKey = None,
) -> RequestView:
    """Ask for help.

    The request is safe once this returns. Assessment, planning and matching follow in the
    background; watch `status` and `stage` to see them happen.
    """
    request, new = await services.requests.submit(caller, body, idempotency_key=idempotency_key, base=base)
    response.headers["Idempotency-Replayed"] = "false" if new else "true"
    return RequestView.of(request)


@router.post("/batch", responses=problems(Transient))
async def create_requests(body: RequestBatch, caller: Caller, services: ServicesDep, base: Base) -> BatchResult:
    """Ask for help many times at once, for a phone that was off line.

    Each item is judged by itself and safe once this returns with its receipt; send again those that got a 503.
    """
    return await services.intake.submit_all(caller, body, base=base)


@router.get("/me", responses=problems(BadRequest, Gone))
async def list_my_requests(
    caller: Caller, services: ServicesDep, paging: Paging, stage: StageFilter = None, since: Since = None
) -> list[RequestView | Tombstone]:
    """The caller's own requests, newest first; with `since` what has changed among them."""
    if since is not None:
        changes = services.requests.my_changes(caller, since, limit=paging.limit, cursor=paging.cursor)
        return await paging.changes(RequestView, changes)
    page = services.requests.mine(caller, limit=paging.limit, cursor=paging.cursor, stage=stage)
    return [*await paging.views(RequestView, page)]


@router.get("", responses=problems(BadRequest, Forbidden, NotFound, Gone))
async def list_requests(
    coordinator: Coordinator,
    services: ServicesDep,
    paging: Paging,
    wanted: Wanted,
    disaster_id: DisasterFilter = None,
    since: Since = None,
) -> list[RequestView | Tombstone]:
    """Requests that the caller coordinates: all of them for an admin.

    Filters go together. Where they are rare, a page may come with fewer than `limit`, even none: follow its `Link`.
    """
    if since is not None:
        changes = services.requests.changed(
            coordinator, since, disaster_id=disaster_id, limit=paging.limit, cursor=paging.cursor
        )
        return await services.clusters.told(coordinator, await paging.changed(changes))
    page = services.requests.listed(
        coordinator, disaster_id=disaster_id, wanted=wanted, limit=paging.limit, cursor=paging.cursor
    )
    return [*await services.clusters.request_views(coordinator, await paging.linked(page))]


@router.get("/disaster/{disaster_id}", responses=problems(BadRequest, Forbidden, NotFound))
async def list_requests_of_disaster(
    disaster_id: Id, coordinator: Coordinator, services: ServicesDep, paging: Paging, wanted: Wanted
) -> list[RequestView]:
    """The requests of one disaster, for its coordinators, with the filters of `GET /requests`."""
    page = services.requests.listed(
        coordinator, disaster_id=disaster_id, wanted=wanted, limit=paging.limit, cursor=paging.cursor
    )
    return await services.clusters.request_views(coordinator, await paging.linked(page))


@router.get("/{request_id}", responses=problems(NotFound))
async def get_request(request_id: Id, caller: Caller, services: ServicesDep) -> RequestView:
    """One request, for the person who asked and for its coordinators."""
    return await services.clusters.view(caller, await services.requests.read(caller, request_id))


@router.get("/{request_id}/timeline", responses=problems(NotFound))
async def get_timeline(request_id: Id, caller: Caller, services: ServicesDep) -> list[TimelineEntry]:
    """What has happened to a request, oldest first; names of people are not told."""
    return await services.requests.timeline(caller, request_id)


@router.patch("/{request_id}", responses=problems(Forbidden, NotFound, Conflict))
async def edit_request(
    request_id: Id, body: RequestEdit, caller: Caller, services: ServicesDep, base: Base
) -> RequestView:
    """Change one's own request while it is pending; it is assessed and planned anew."""
    return RequestView.of(await services.requests.edit(caller, request_id, body, base=base))


@router.patch("/{request_id}/status", responses=problems(Forbidden, NotFound, Conflict))
async def change_request_status(
    request_id: Id, body: StatusChange, caller: Caller, services: ServicesDep
) -> RequestView:
    """Move a request by hand.

    Its owner may cancel it, confirm it as closed, or reopen it; a coordinator may also approve, reject (with a
    reason) or complete it. An illegal move is 409 and names the legal ones.
    """
    return await services.clusters.view(caller, await services.requests.change_status(caller, request_id, body))


@router.patch("/{request_id}/judgement", responses=problems(Forbidden, NotFound, Conflict))
async def judge_request(
    request_id: Id, body: Judgement, coordinator: Coordinator, services: ServicesDep
) -> RequestView:
    """Say whether a message asks for help at all; the machine keeps to it."""
    return await services.clusters.view(coordinator, await services.requests.judge(coordinator, request_id, body))


@router.post("/{request_id}/merge", responses=problems(Forbidden, NotFound, Conflict))
async def merge_request(request_id: Id, caller: Caller, services: ServicesDep) -> RequestView:
    """Put a request of one's own into the earlier one that it `repeats`, which is returned.

    Its words, photos and place go into the earlier request, which is assessed anew; it is itself cancelled with the
    reason `merged into` and that id. Only while both are pending: otherwise 409, which says what to do instead.
    """
    return RequestView.of(await services.clusters.merge(caller, request_id))


@router.post("/{request_id}/unlink", responses=problems(Forbidden, NotFound, Conflict))
async def unlink_request(
    request_id: Id, coordinator: Coordinator, services: ServicesDep, body: Unlink | None = None
) -> RequestView:
    """Say that a request does not belong to its cluster; the machine never links it there again."""
    request = await services.clusters.unlink(coordinator, request_id, body or Unlink())
    return await services.clusters.view(coordinator, request)


@router.delete(
    "/{request_id}", status_code=status.HTTP_204_NO_CONTENT, responses=problems(Forbidden, NotFound, Conflict)
)
async def delete_request(request_id: Id, caller: Caller, services: ServicesDep) -> None:
    """Take back one's own request, as long as nobody has been asked to help with it."""
    await services.requests.delete(caller, request_id)
