"""What a help request is made of: photos, a contact, and links to others that tell of the same."""

from typing import Annotated, Self

from pydantic import Field, WithJsonSchema, model_validator

from app.schemas.base import Address, Line, Model, Whole, Word, example

NOT_LISTED = "not-listed"


class MediaGiven(Model):
    """A photo or clip: its address where the client has uploaded it elsewhere, or the id of one uploaded here."""

    model_config = example(url="https://photos.example.org/flood.jpg", type="image/jpeg")

    url: Address | None = Field(
        default=None, description="https, on a public host that is allowed here, or the `url` of `POST /media`."
    )
    id: Annotated[Word, WithJsonSchema({"examples": ["mfzwizltoq2dcnrsha3t"]})] | None = Field(
        default=None, description="Of `POST /media`. Beside a `url` it may be anything, and counts for nothing."
    )
    name: Line | None = None
    size: Whole | None = Field(default=None, ge=0, le=2**40)
    type: Word | None = None

    @model_validator(mode="before")
    @classmethod
    def _address_first(cls, value: object) -> object:
        """A client may send an id of its own beside the address; it means nothing here."""
        if isinstance(value, dict) and value.get("url") is not None:
            return {name: one for name, one in value.items() if name != "id"}
        return value

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if self.url is None and self.id is None:
            raise ValueError("Give the `url` of a photo, or the `id` of one that was uploaded.")
        return self


class Media(Model):
    """A photo or clip that a request names. Those uploaded here have an id; type and size of others are hearsay."""

    id: str | None = None
    url: str
    name: str | None = None
    size: int | None = None
    type: str | None = None


class Contact(Model):
    """How to reach the person in need; only those who act on the request see it."""

    name: Line | None = None
    phone: Word | None = Field(default=None, description="As it was typed, or in E.164 form where it could be read.")


class RequestLink(Model):
    """Another request that seems to tell of the same, and what speaks for it."""

    request_id: str
    reason: str = Field(examples=["same_words"])
    similarity: float = Field(description="Jaccard overlap of the 3-word shingles, 0 to 1.")
    metres: int | None = Field(description="How far apart they were sent from; null where a position is missing.")
    hours: float
    same_sender: bool
