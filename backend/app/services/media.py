"""Uploaded photos: cleaned, kept, shown to those who may see the request they belong to, and let go of.

Every file has a document, written before it and removed after it, so that none is ever lost sight of.
"""

import asyncio
import hashlib
from dataclasses import dataclass
from datetime import timedelta

import structlog

from app.core.blobs import BlobMissing, Blobs
from app.core.clock import Clock
from app.core.errors import Conflict, Forbidden, NotFound, Transient
from app.core.ids import keyed_id
from app.core.queue import Job, JobQueue
from app.crud.media import MediaRepository
from app.crud.unit import Unit, together
from app.schemas.audit import Act, Actor
from app.schemas.media import Medium, MediumStatus, MediumView, PictureFacts
from app.schemas.privacy import Sight, Viewer, sight
from app.schemas.request_states import ENDED
from app.schemas.user import User
from app.services.addresses import Addresses
from app.services.imaging import Images, Picture
from app.services.progress import Cases

log = structlog.get_logger(__name__)

OVERDUE = "overdue"
"""The id of the one job that discards: however much there is to discard, it keeps one worker busy at the most."""
BATCH = 50
AGAIN_AFTER = timedelta(minutes=10)
_TASKS = 50


@dataclass(frozen=True)
class Uploads:
    media: MediaRepository
    cases: Cases
    blobs: Blobs
    images: Images
    addresses: Addresses
    queue: JobQueue
    clock: Clock
    keep: timedelta

    async def take(self, caller: User, file: bytes, *, idempotency_key: str | None = None) -> tuple[Medium, bool]:
        """Keep a photo, durable when this returns, and whether it is new; `Invalid` for what is no photo."""
        sent = (await asyncio.to_thread(hashlib.sha256, file)).hexdigest()
        id = keyed_id("media", caller.id, idempotency_key)
        first = await self.media.find(id) if idempotency_key else None
        if first is not None and first.status is MediumStatus.KEPT and first.body_hash == sent:
            return first, False
        picture = await self.images.cleaned(file)
        at = self.clock()
        medium = Medium(
            id=id,
            created_by=caller.id,
            body_hash=sent,
            keep_until=at + self.keep,
            created_at=at,
            updated_at=at,
            **_facts(picture).model_dump(),
        )
        medium, new = await self.media.add_once(medium, _by(caller, "medium.received"))
        if not new:  # an earlier try may have been long ago: nobody shall remove it under our hands
            awaited = _by(caller, "medium.awaited")
            medium = await self.media.change(id, lambda latest: latest.awaited(at + self.keep), awaited)
        if medium.status is MediumStatus.KEPT:
            return medium, new
        await self.blobs.put(id, picture.data, type=picture.kind)
        medium = await self.media.change(
            id, lambda latest: latest.received(_facts(picture), self.clock()), _by(caller, "medium.kept")
        )
        log.info("medium.kept", id=id, size=medium.size)
        return medium, new

    def view(self, medium: Medium, *, base: str) -> MediumView:
        return MediumView.of(medium, url=self.addresses.of_medium(medium.id, base=base))

    async def get(self, caller: User, id: str) -> Medium:
        """A photo that the caller may see; `NotFound` otherwise."""
        medium = await self.media.find(id)
        if medium is None or medium.status is not MediumStatus.KEPT:
            raise NotFound("There is no such photo.")
        if sight("media", await self._viewer(caller, medium)) is not Sight.EXACT:
            raise NotFound("There is no such photo.")
        return medium

    async def _viewer(self, caller: User, medium: Medium) -> Viewer:
        if medium.created_by == caller.id:
            return Viewer.OWNER
        requests = await self.cases.requests.get_many(medium.request_ids)
        if any(caller.coordinates(request.disaster_id) for request in requests.values()):
            return Viewer.COORDINATOR
        tasks = (await self.cases.tasks.held_by(caller.id, limit=_TASKS)).items if requests else ()
        if any(task.request_id in requests and caller.id in task.taken_by for task in tasks):
            return Viewer.ACTING
        return Viewer.OTHERS

    async def read(self, medium: Medium) -> bytes:
        """The file of a photo."""
        try:
            return await self.blobs.get(medium.id)
        except BlobMissing:
            log.error("medium.file_missing", id=medium.id)
            raise NotFound("The file of this photo is lost.") from None

    async def delete(self, caller: User, id: str) -> None:
        """Take back one's own photo, as long as no request that is still open names it."""
        if (await self.get(caller, id)).created_by != caller.id:
            raise Forbidden("Only the person who uploaded a photo may delete it.")
        act = _by(caller, "medium.deleted")

        async def step(unit: Unit) -> None:
            medium = await unit.get(self.media, id)
            requests = await unit.find_many(self.cases.requests, medium.request_ids)
            if any(request.status not in ENDED for request in requests.values()):
                raise Conflict("A request that is still open names this photo; take it out of the request first.")
            at = self.clock()
            unit.put(self.media, medium.discarded(at), act)
            for request in requests.values():
                unit.put(self.cases.requests, request.without_medium(id, at), act)

        await together(self.media.store, self.clock, step, keys=[self.media.key(id)])
        await self.ring()

    async def disown(self, uid: str, tombstone: str, *, limit: int) -> int:
        """Take the photos from a person who is deleted; returns how many there were.

        Those that no request names are discarded; the others belong to nobody, and go with their requests.
        """
        found = (await self.media.made_by(uid, limit=limit)).items
        for one in found:
            await self.media.change(one.id, lambda latest: latest.disowned(tombstone, self.clock()), None)
        if found:
            await self.ring()
        return len(found)

    async def ring(self) -> None:
        await self.queue.put(Job.DISCARD, OVERDUE)

    async def sweep(self) -> int:
        """Ring where something is not to be kept any longer; returns how many photos were looked at."""
        found = await self.media.overdue(self.clock(), limit=1)
        if found:
            await self.ring()
        return len(found)

    async def discard_overdue(self, _: str = OVERDUE) -> None:
        """Remove what is not to be kept any longer: from the eyes first, then its file, then its document."""
        while found := await self.media.overdue(self.clock(), limit=BATCH):
            for id in found:
                await self._discard(id)

    async def _discard(self, id: str) -> None:
        def step(latest: Medium) -> Medium:
            return latest.discarded(self.clock()) if latest.overdue(self.clock()) else latest

        try:
            medium = await self.media.change(id, step, Act(event="medium.discarded"))
            if medium.status is not MediumStatus.DISCARDED:
                return  # named by a request meanwhile
            await self.blobs.delete(id)
            await self.media.remove(id, Act(event="medium.removed"))
        except NotFound:
            return
        except Transient:
            # To the end of the line, so that one file that cannot be removed does not hold up the others.
            await self.media.change(
                id, lambda latest: latest.later(self.clock() + AGAIN_AFTER), Act(event="medium.stuck")
            )
            raise


def _facts(picture: Picture) -> PictureFacts:
    return PictureFacts(
        type=picture.kind,
        size=len(picture.data),
        width=picture.width,
        height=picture.height,
        sha256=picture.sha256,
    )


def _by(user: User, event: str) -> Act:
    return Act(event=event, by=user.id, actor=Actor.OWNER)
