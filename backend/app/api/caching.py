"""Answers that may be kept for a while, and are sent again only when they have changed (RFC 9110 §13)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Response, status
from pydantic import BaseModel, TypeAdapter


@dataclass(frozen=True)
class Conditional:
    """What the caller has already."""

    if_none_match: str | None

    def answer(self, items: Sequence[BaseModel], *, max_age: int) -> Response:
        """The items as JSON, or 304 where the caller has just these; anybody may keep them for `max_age` seconds."""
        body = TypeAdapter(Sequence[BaseModel]).dump_json(items, serialize_as_any=True)
        tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        headers = {"ETag": tag, "Cache-Control": f"public, max-age={max_age}"}
        if self._has(tag):
            return Response(status_code=status.HTTP_304_NOT_MODIFIED, headers=headers)
        return Response(body, media_type="application/json", headers=headers)

    def _has(self, tag: str) -> bool:
        named = [one.strip().removeprefix("W/") for one in (self.if_none_match or "").split(",")]
        return "*" in named or tag in named


async def conditional(
    if_none_match: Annotated[str | None, Header(max_length=2_000, description="The `ETag` of what one has.")] = None,
) -> Conditional:
    return Conditional(if_none_match)


Cached = Annotated[Conditional, Depends(conditional)]
