"""What is left of a removed document: that it was there, and when it went."""

from app.schemas.base import Document


class Tombstone(Document):
    """Written by `Unit.remove`; `id` is the removed document's own, in `collection`."""

    collection: str
    owner: str | None = None
    disaster_id: str | None = None
