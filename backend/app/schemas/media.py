"""An uploaded photo: what it is, whose it is, which requests name it, and how long it is kept."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from pydantic import Field

from app.core.clock import Instant
from app.core.errors import Gone, Invalid
from app.schemas.base import Keyed, Model, View
from app.schemas.moves import Moves

REQUESTS_EACH = 20
EXTENSIONS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}


class MediumStatus(StrEnum):
    RECEIVING = "receiving"
    """The document is there, its bytes may not be."""
    KEPT = "kept"
    DISCARDED = "discarded"
    """Nobody sees it any more; its bytes, then the document, are about to go."""


MEDIUM_MOVES = Moves(
    "A photo",
    {
        MediumStatus.RECEIVING: frozenset({MediumStatus.KEPT, MediumStatus.DISCARDED}),
        MediumStatus.KEPT: frozenset({MediumStatus.DISCARDED}),
    },
)


class PictureFacts(Model):
    """What is true of the bytes that are kept."""

    type: str = Field(examples=["image/jpeg"])
    size: int = Field(ge=0, description="In bytes, as it is kept.")
    width: int
    height: int
    sha256: str


class Medium(Keyed, PictureFacts):
    status: MediumStatus = MediumStatus.RECEIVING
    request_ids: tuple[str, ...] = Field(default=(), description="The requests that name it, of the same person.")
    keep_until: Instant | None = Field(description="When it is discarded; null as long as a request names it.")

    @property
    def filename(self) -> str:
        return f"{self.id}.{EXTENSIONS[self.type]}"

    @property
    def etag(self) -> str:
        return f'"{self.sha256}"'

    def received(self, facts: PictureFacts, at: datetime) -> Self:
        """With its bytes kept for good. They may be others than at first: an encoder changes with its version."""
        if self.status is MediumStatus.KEPT:
            return self
        MEDIUM_MOVES.check(self.status, MediumStatus.KEPT)
        return self.model_copy(update={**facts.model_dump(), "status": MediumStatus.KEPT, "updated_at": at})

    def named_by(self, request_id: str, at: datetime) -> Self:
        if request_id in self.request_ids:
            return self
        if len(self.request_ids) >= REQUESTS_EACH:
            raise Invalid(f"{REQUESTS_EACH} requests name this photo already.", field="media")
        named = (*self.request_ids, request_id)
        return self.model_copy(update={"request_ids": named, "keep_until": None, "updated_at": at})

    def dropped_by(self, request_id: str, at: datetime, *, keep: timedelta) -> Self:
        """Named by one request less; after the last it is kept for a while only."""
        if request_id not in self.request_ids:
            return self
        left = tuple(one for one in self.request_ids if one != request_id)
        until = None if left else at + keep
        return self.model_copy(update={"request_ids": left, "keep_until": until, "updated_at": at})

    def discarded(self, at: datetime) -> Self:
        if self.status is MediumStatus.DISCARDED:
            return self
        MEDIUM_MOVES.check(self.status, MediumStatus.DISCARDED)
        return self.model_copy(
            update={"status": MediumStatus.DISCARDED, "request_ids": (), "keep_until": at, "updated_at": at}
        )

    def disowned(self, tombstone: str, at: datetime) -> Self:
        """Without the person whose it was; discarded unless a request still names it."""
        mine = self.model_copy(update={"created_by": tombstone, "body_hash": "", "updated_at": at})
        return mine if mine.request_ids else mine.discarded(at)

    def overdue(self, at: datetime) -> bool:
        return self.keep_until is not None and self.keep_until <= at

    def later(self, until: datetime) -> Self:
        """To be removed at another time."""
        return self.model_copy(update={"keep_until": until})

    def awaited(self, until: datetime) -> Self:
        """To be kept until its bytes are there; `Gone` where it is on its way out."""
        if self.status is MediumStatus.DISCARDED:
            raise Gone("This photo was deleted.")
        return self if self.status is MediumStatus.KEPT else self.model_copy(update={"keep_until": until})


class MediumView(View):
    """An uploaded photo as its sender sees it."""

    id: str
    url: str = Field(description="Where those who may see it get it; can be put into `media[].url` of a request.")
    type: str = Field(examples=["image/jpeg"])
    size: int = Field(description="In bytes, as it is kept: anew encoded, so not as it was sent.")
    width: int
    height: int
    sha256: str
    created_at: Instant
