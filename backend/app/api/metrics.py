from fastapi import APIRouter, Response

from app.api.deps import Scraper, ServicesDep
from app.api.problems import problems
from app.core.errors import NotFound
from app.core.metrics import MEDIA_TYPE

router = APIRouter(tags=["health"])


class Exposition(Response):
    media_type = MEDIA_TYPE


@router.get("/metrics", response_class=Exposition, responses=problems(NotFound))
async def metrics(_: Scraper, services: ServicesDep) -> Exposition:
    """What Prometheus watches, as text: calls, jobs, what waits and for how long. Nothing in it is about a person.

    For the operator's own machines only: with the secret `RESQ_METRICS_TOKEN` as bearer token from a private address,
    or without a secret from this machine itself. To everybody else there is nothing at this address.
    """
    return Exposition(await services.watch.text())
