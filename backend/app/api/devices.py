from fastapi import APIRouter, Response, status

from app.api.deps import Caller, ServicesDep
from app.api.problems import problems
from app.core.errors import Forbidden, Invalid, NotFound, Unauthorized
from app.schemas.base import Id
from app.schemas.device import DeviceRegistration, DeviceView

router = APIRouter(prefix="/users/me/devices", tags=["devices"], responses=problems(Unauthorized, Forbidden, Invalid))


@router.post("", status_code=status.HTTP_201_CREATED, responses={200: {"model": DeviceView, "description": "Known."}})
async def register_device(
    body: DeviceRegistration, caller: Caller, services: ServicesDep, response: Response
) -> DeviceView:
    """Have pushes sent to this device. Say it again at every start of the app: the same token is the same device.

    A token that somebody else had registered is theirs no longer. With 20 devices, the one not heard of for longest
    makes room. The token is never shown again.
    """
    device, new = await services.devices.register(caller, body)
    response.status_code = status.HTTP_201_CREATED if new else status.HTTP_200_OK
    return DeviceView.of(device)


@router.get("")
async def list_devices(caller: Caller, services: ServicesDep) -> list[DeviceView]:
    """The caller's devices, the one heard of last first."""
    return [DeviceView.of(device) for device in await services.devices.listed(caller)]


@router.delete("/{device_id}", status_code=status.HTTP_204_NO_CONTENT, responses=problems(NotFound))
async def remove_device(device_id: Id, caller: Caller, services: ServicesDep) -> None:
    """Have no more pushes sent to a device: when signing out of it."""
    await services.devices.remove(caller, device_id)
