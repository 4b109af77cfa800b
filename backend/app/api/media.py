from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request, Response, status
from starlette.datastructures import UploadFile

from app.api.deps import Base, Caller, IdempotencyKey, ServicesDep
from app.api.problems import problems
from app.core.errors import BadRequest, Conflict, Forbidden, Gone, Invalid, NotFound, TooLarge, Transient, Unauthorized
from app.core.settings import Settings
from app.schemas.base import Id
from app.schemas.media import EXTENSIONS, Medium, MediumView

router = APIRouter(prefix="/media", tags=["media"], responses=problems(Unauthorized, Invalid))

FIELD = "file"
_ENVELOPE_BYTES = 65_536
_OTHER_FIELDS = 20
_FILE: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
_FORM: dict[str, Any] = {"schema": {"type": "object", "required": [FIELD], "properties": {FIELD: _FILE["schema"]}}}
_UPLOAD: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "A JPEG, PNG or WebP photo, as the part `file` of a form or as the body itself.",
        "content": {"multipart/form-data": _FORM, **dict.fromkeys(EXTENSIONS, _FILE)},
    }
}
_PHOTO: dict[int | str, dict[str, Any]] = {
    200: {"description": "The photo", "content": dict.fromkeys(EXTENSIONS, _FILE)},
    304: {"description": "The caller has it already: it is still the one of `If-None-Match`."},
}


def most_bytes(settings: Settings) -> int:
    """The largest body that may hold the largest photo."""
    return settings.media_max_bytes + _ENVELOPE_BYTES


async def uploaded(request: Request, caller: Caller, services: ServicesDep) -> bytes:
    """The photo in the body, read only once the caller is known."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        file = await _from_form(request)
    elif kind.startswith("image/") or kind == "application/octet-stream":
        file = await request.body()
    else:
        raise Invalid(f"Send a photo: as the part `{FIELD}` of a form, or as a body of its own.", field=FIELD)
    if not file:
        raise Invalid("The photo is empty.", field=FIELD)
    if len(file) > services.settings.media_max_bytes:
        raise TooLarge(f"The photo is larger than {services.settings.media_max_bytes:,} bytes, the most that is taken.")
    return file


async def _from_form(request: Request) -> bytes:
    async with request.form(max_files=1, max_fields=_OTHER_FIELDS) as form:
        part = form.get(FIELD)
        if not isinstance(part, UploadFile):
            raise Invalid(f"The form has no file in its part `{FIELD}`.", field=FIELD)
        return await part.read()


Photo = Annotated[bytes, Depends(uploaded)]
IfNoneMatch = Annotated[str | None, Header(max_length=1_000, description="The `ETag` of a photo the caller has.")]


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    responses=problems(BadRequest, Gone, TooLarge, Transient),
    openapi_extra=_UPLOAD,
)
async def upload_media(
    caller: Caller,
    photo: Photo,
    services: ServicesDep,
    response: Response,
    base: Base,
    idempotency_key: IdempotencyKey = None,
) -> MediumView:
    """Upload a photo, to name it in a request by its `url` or its `id`.

    What it is, is told from its content. It is decoded and encoded anew, upright and without anything but the
    picture: no place, no device, no text. Only the sender sees it, until a request of theirs names it; then also those
    who act on that request. One that no request names is removed after a day.
    """
    medium, new = await services.media.take(caller, photo, idempotency_key=idempotency_key)
    response.headers["Idempotency-Replayed"] = "false" if new else "true"
    return services.media.view(medium, base=base)


@router.get("/{media_id}", response_class=Response, responses=_PHOTO | problems(NotFound, Transient))
async def get_media(media_id: Id, caller: Caller, services: ServicesDep, if_none_match: IfNoneMatch = None) -> Response:
    """A photo, for its sender, and for the coordinators of the request that names it and those who took its tasks."""
    medium = await services.media.get(caller, media_id)
    if _matches(if_none_match, medium.etag):
        return Response(status_code=status.HTTP_304_NOT_MODIFIED, headers=_headers(medium))
    return Response(await services.media.read(medium), media_type=medium.type, headers=_headers(medium))


@router.delete("/{media_id}", status_code=status.HTTP_204_NO_CONTENT, responses=problems(Forbidden, NotFound, Conflict))
async def delete_media(media_id: Id, caller: Caller, services: ServicesDep) -> None:
    """Take back one's own photo, as long as no request that is still open names it."""
    await services.media.delete(caller, media_id)


def _headers(medium: Medium) -> dict[str, str]:
    return {
        # Kept by the caller's browser only, and asked about each time: who may see it changes with their tasks.
        "Cache-Control": "private, no-cache",
        "ETag": medium.etag,
        "Content-Disposition": f'inline; filename="{medium.filename}"',
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
    }


def _matches(if_none_match: str | None, etag: str) -> bool:
    known = [one.strip().removeprefix("W/") for one in (if_none_match or "").split(",")]
    return etag in known or "*" in known
