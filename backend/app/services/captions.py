"""The photos of a request, shown to a model that sees: small, without metadata, and only those that may leave."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from app.agent_v2.caption import ModelCaptioner
from app.core.blobs import BlobMissing, Blobs
from app.core.errors import Invalid, Transient
from app.core.model import Image, NoAnswer
from app.schemas.assessment import Caption
from app.schemas.request import Request
from app.schemas.request_parts import Media
from app.services.imaging import Images
from app.services.integrations.web_photos import Fetcher, Unfetched

EDGE = 768
"""Pixels of the longer side: what models look at in one piece."""

log = structlog.get_logger(__name__)


class Captions(Protocol):
    async def of(self, request: Request) -> Sequence[Caption]:
        """What its photos show, as far as that can be said within a while. Never raises."""


class NoCaptions:
    """Nobody looks at photos."""

    async def of(self, request: Request) -> Sequence[Caption]:
        return ()


@dataclass(frozen=True)
class ModelCaptions:
    captioner: ModelCaptioner
    blobs: Blobs
    images: Images
    elsewhere: Fetcher
    most: int
    seconds: float

    async def of(self, request: Request) -> Sequence[Caption]:
        known = {one.photo: one for one in request.finding.captions} if request.finding else {}
        found = await asyncio.gather(*(self._of(one, known.get(_name(one))) for one in request.media[: self.most]))
        return [one for one in found if one is not None]

    async def _of(self, media: Media, known: Caption | None) -> Caption | None:
        if known is not None:
            return known  # the bytes behind an id never change, and what lies elsewhere was seen as it was sent
        try:
            async with asyncio.timeout(self.seconds):
                return await self.captioner.look(_name(media), await self._image(media))
        except (NoAnswer, Unfetched, BlobMissing, Invalid, Transient, TimeoutError) as error:
            log.info("photo.not_seen", error=type(error).__name__)
        except Exception as error:
            # A photo is a stranger's bytes: nothing in it may keep the words beside it from being read.
            log.error("photo.not_seen", error=type(error).__name__)
        return None

    async def _image(self, media: Media) -> Image:
        data = await self.blobs.get(media.id) if media.id else await self.elsewhere.get(media.url)
        small = await self.images.shrunk(data, edge=EDGE)
        return Image(small.data, small.kind.value)


def _name(media: Media) -> str:
    return media.id or media.url
