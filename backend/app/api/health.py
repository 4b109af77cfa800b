from fastapi import APIRouter, Response, status
from pydantic import BaseModel

from app.api.deps import ServicesDep
from app.services.health import Readiness

router = APIRouter(tags=["health"])


class Alive(BaseModel):
    status: str = "ok"


@router.get("/healthz")
async def healthz() -> Alive:
    """Whether the process answers."""
    return Alive()


@router.get("/readyz")
async def readyz(services: ServicesDep, response: Response) -> Readiness:
    """Whether it can do its work: each thing it depends on, and what it does without those not configured."""
    readiness = await services.health.check()
    response.status_code = status.HTTP_200_OK if readiness.ready else status.HTTP_503_SERVICE_UNAVAILABLE
    return readiness
