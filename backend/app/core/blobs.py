"""The port for files that are too large for a document: named by the id of the document that knows about them.

A file is written whole or not at all, and is there for good once `put` returns. All calls end within a deadline; a
place that does not answer, or does not work, is `Transient`.
"""

import re
from typing import Protocol

_NAME = re.compile(r"[A-Za-z0-9]{1,64}")


class BlobMissing(Exception):
    """There is no file of that name."""


class Blobs(Protocol):
    async def put(self, name: str, data: bytes, *, type: str) -> None:
        """Keep `data` under `name`, in the place of what was there; `type` is its media type."""

    async def get(self, name: str) -> bytes:
        """The whole file, or `BlobMissing`."""

    async def delete(self, name: str) -> None:
        """Let go of it; done as well where there is none."""

    async def check(self) -> None:
        """Nothing where files can be kept, `Transient` where not."""


def named(name: str) -> str:
    """`name`, or `ValueError` where it is not made of letters and digits: no caller's text becomes a path."""
    if not _NAME.fullmatch(name):
        raise ValueError("A file is named by the id of its document.")
    return name
