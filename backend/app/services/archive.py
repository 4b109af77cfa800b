"""A copy of what is kept, as a file: a JSON document a line, between a line that says what it is and one that ends it.

The last line counts what came before and holds its digest, so that a file that was cut or altered is known as one.
"""

import gzip
import hashlib
import io
import json
import os
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO, cast

from pydantic import ValidationError

from app.core.clock import Instant
from app.crud.store.port import Data, Key
from app.schemas.base import Model

FORMAT = 1
MAX_LINE_BYTES = 8_000_000
"""A document has a million bytes at most; written as JSON with escapes, it may take some times that."""


class UnreadableArchive(Exception):
    """The file is no copy, or not a whole one; the message says what is wrong in one sentence."""


class Header(Model):
    """The first line."""

    resq_export: int = FORMAT
    version: str
    project: str
    store: str
    at: Instant
    accounts: bool
    groups: tuple[str, ...]


class Ending(Model):
    """The last line: documents by group, and the SHA-256 of all lines before."""

    end: bool
    documents: int
    counts: dict[str, int]
    sha256: str


@dataclass
class ArchiveWriter:
    """Writes a copy; `counts` are the documents so far."""

    file: IO[bytes]
    counts: Counter[str] = field(default_factory=Counter)
    _digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    def begin(self, header: Header) -> None:
        self._write(header.model_dump(mode="json"))

    def add(self, key: Key, data: Data) -> None:
        self._write({"key": str(key), "data": data})
        self.counts[key.collection.rpartition("/")[2]] += 1

    def end(self) -> Ending:
        ending = Ending(
            end=True, documents=self.counts.total(), counts=dict(self.counts), sha256=self._digest.hexdigest()
        )
        self._write(ending.model_dump(mode="json"))
        return ending

    def _write(self, value: object) -> None:
        line = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        self._digest.update(line)
        self.file.write(line)


@contextmanager
def writing(path: Path) -> Iterator[ArchiveWriter]:
    """A new file that only its owner may read; it has its name once it is whole. `FileExistsError` if there is one."""
    if path.exists():
        raise FileExistsError(path)
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as raw:
            if path.name.endswith(".gz"):
                with gzip.GzipFile(filename="", mode="wb", fileobj=raw, compresslevel=6) as packed:
                    yield ArchiveWriter(cast("IO[bytes]", packed))
            else:
                yield ArchiveWriter(raw)
            raw.flush()
            os.fsync(raw.fileno())
        part.rename(path)
    finally:
        part.unlink(missing_ok=True)


@dataclass(frozen=True)
class Archive:
    """A whole copy, read from a file."""

    path: Path
    header: Header
    ending: Ending

    @classmethod
    def opened(cls, path: Path) -> "Archive":
        """The copy in a file, read once to its end; `UnreadableArchive` where it is none or not whole."""
        lines = _lines(path)
        first, last = next(lines, b""), b""
        header, digest = _header(first), hashlib.sha256(first)
        counts: Counter[str] = Counter()
        for line in lines:
            if last:
                counts[_document(last)[0].collection.rpartition("/")[2]] += 1
                digest.update(last)
            last = line
        ending = _ending(last)
        if ending.counts != dict(counts) or ending.documents != counts.total() or ending.sha256 != digest.hexdigest():
            raise UnreadableArchive("The file is not what was written: its documents do not fit its last line.")
        return cls(path, header, ending)

    def documents(self) -> Iterator[tuple[Key, Data, int]]:
        """Each with how many bytes it takes in the file."""
        lines = islice(_lines(self.path), 1, self.ending.documents + 1)
        for line in lines:
            yield *_document(line), len(line)


def _lines(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            file = cast("io.BufferedIOBase", gzip.GzipFile(fileobj=raw)) if packed else raw
            while line := file.readline(MAX_LINE_BYTES):
                if not line.endswith(b"\n"):
                    raise UnreadableArchive("The file was cut, or a line of it is too long.")
                yield line
    except FileNotFoundError as error:
        raise UnreadableArchive(f"There is no file {path}.") from error
    except (OSError, EOFError, zlib.error) as error:
        raise UnreadableArchive(f"The file cannot be read to its end: {error}.") from error


def _header(line: bytes) -> Header:
    try:
        header = Header.model_validate_json(line)
    except ValidationError as error:
        raise UnreadableArchive("The file does not begin as an export of ResQConnect.") from error
    if header.resq_export != FORMAT:
        raise UnreadableArchive(f"The file has format {header.resq_export}; this version reads format {FORMAT}.")
    return header


def _ending(line: bytes) -> Ending:
    try:
        return Ending.model_validate_json(line)
    except ValidationError as error:
        raise UnreadableArchive("The file was cut: its last line is missing.") from error


def _document(line: bytes) -> tuple[Key, Data]:
    try:
        read = json.loads(line)
        collection, _, id = read["key"].rpartition("/")
        data = read["data"]
        if not isinstance(data, dict):
            raise TypeError("data")
        return Key(collection, id), data
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnreadableArchive("A line of the file is not a document.") from error
