"""Files in a folder of this machine."""

import asyncio
import contextlib
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from app.core.blobs import BlobMissing, named
from app.core.errors import Transient

T = TypeVar("T")


@dataclass(frozen=True)
class FolderBlobs:
    """One file each, spread over subfolders by the first two characters of the name. The folder is made when needed."""

    folder: Path
    deadline_seconds: float

    async def put(self, name: str, data: bytes, *, type: str) -> None:
        await self._done(lambda: _write(self._path(name), data))

    async def get(self, name: str) -> bytes:
        return await self._done(lambda: _read(self._path(name)))

    async def delete(self, name: str) -> None:
        await self._done(lambda: _remove(self._path(name)))

    async def check(self) -> None:
        await self._done(lambda: _try_out(self.folder))

    def _path(self, name: str) -> Path:
        return self.folder / named(name)[:2] / name

    async def _done(self, work: Callable[[], T]) -> T:
        try:
            async with asyncio.timeout(self.deadline_seconds):
                return await asyncio.to_thread(work)
        except (OSError, TimeoutError) as error:
            raise Transient("The place where photos are kept does not answer.") from error


def _write(path: Path, data: bytes) -> None:
    """All of it on the disk under its name, or nothing under that name."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, draft = tempfile.mkstemp(prefix=_draft(path), dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(draft).replace(path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            Path(draft).unlink()
        raise
    _sync(path.parent)
    _sync(path.parent.parent)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise BlobMissing(path.name) from None


def _remove(path: Path) -> None:
    """The file, and what a process that was killed left of it."""
    if not path.parent.is_dir():
        return
    for left in (path, *path.parent.glob(f"{_draft(path)}*")):
        left.unlink(missing_ok=True)
    _sync(path.parent)


def _try_out(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(b"x")


def _draft(path: Path) -> str:
    return f".{path.name}."


def _sync(folder: Path) -> None:
    """Make the names in a folder as durable as the files."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
