"""What a photo's file is made of, walked without decoding: only what a decoder needs goes on to one.

Decoders spend seconds on files of a million empty parts, and an hour on a JPEG of a hundred thousand scans. Here none
of that gets past, and neither do texts, places, profiles or thumbnails, whose readers are then not asked at all.
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from app.core.errors import Invalid

N = TypeVar("N", int, bytes)

MOST_PARTS = 20_000
"""A PNG of 10 MB in pieces of 8 KiB, as libpng writes it, has 1,300 parts."""
MOST_SCANS = 64
"""Progressive encoders write about 10. Each costs one pass over all pixels, however few bytes it has."""
MOST_ENTRIES = 256


class Kind(StrEnum):
    """The formats that are taken, by their media types."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    WEBP = "image/webp"


@dataclass(frozen=True, slots=True)
class Essentials:
    kind: Kind
    data: bytes
    """A file of the same pixels and nothing besides."""
    orientation: int
    """As in EXIF: 1 is upright, up to 8."""


def essentials(data: bytes) -> Essentials:
    """What a decoder needs of a JPEG, PNG or WebP file; `Invalid` for anything else."""
    if data.startswith(b"\xff\xd8\xff"):
        return _jpeg(data)
    if data.startswith(_PNG):
        return _png(data)
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return _webp(data)
    raise Invalid("Only JPEG, PNG and WebP photos are taken.", field="file")


def broken() -> Invalid:
    return Invalid("The photo is broken, or not one that can be shown.", field="file")


_JPEG_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
"""Not in coded pixels: there an FF is followed by 00, by the number of a restart, or by another FF."""
_SOS, _EOI, _APP0, _APP1, _APP14, _APP15, _COM = 0xDA, 0xD9, 0xE0, 0xE1, 0xEE, 0xEF, 0xFE


def _jpeg(data: bytes) -> Essentials:
    kept, exif, scans = [data[:2]], b"", 0
    for marker, part in _counted(_jpeg_parts(data)):
        scans += marker == _SOS
        if scans > MOST_SCANS:
            raise broken()
        if marker == _APP1 and not exif and part[4:10] == _EXIF:
            exif = part[10:]
        # APP0 (JFIF) and APP14 (Adobe) say how colours are coded; the others are about the photo, not of it.
        if not (_APP0 <= marker <= _APP15 or marker == _COM) or marker in (_APP0, _APP14):
            kept.append(part)
    kept.append(b"\xff\xd9")
    return Essentials(Kind.JPEG, b"".join(kept), _orientation(exif))


def _jpeg_parts(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Each segment with what is coded after it, up to the end of the first image."""
    found = _JPEG_MARKER.search(data, 2)
    while found and data[found.start() + 1] != _EOI:
        marker, begin = data[found.start() + 1], found.start()
        end = begin + 2 + max(2, int.from_bytes(data[begin + 2 : begin + 4]))
        found = _JPEG_MARKER.search(data, end)
        if marker == _SOS:
            end = found.start() if found else len(data)
        yield marker, data[begin:end]


_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})


def _png(data: bytes) -> Essentials:
    kept, exif = [_PNG], b""
    for name, part in _counted(_png_parts(data)):
        if name in _PNG_KEPT:
            kept.append(part)
        elif name == b"eXIf":
            exif = part[8:-4]
    return Essentials(Kind.PNG, b"".join(kept), _orientation(exif))


def _png_parts(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at, name = len(_PNG), b""
    while name != b"IEND" and at + 12 <= len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4])
        name = data[at + 4 : at + 8]
        yield name, data[at:end]
        at = end


_WEBP_KEPT = frozenset({b"VP8X", b"ANIM", b"ALPH", b"VP8 ", b"VP8L", b"ANMF"})
_WEBP_FLAGS = 0xFF ^ (0x20 | 0x08 | 0x04)  # without colour profile, EXIF, XMP


def _webp(data: bytes) -> Essentials:
    kept: dict[bytes, bytes] = {}  # the first of each kind: of an animation that is its first frame
    exif = b""
    for name, part in _counted(_riff_parts(data)):
        if name in _WEBP_KEPT:
            kept.setdefault(name, part)
        elif name == b"EXIF":
            exif = part[8:]
    if header := kept.get(b"VP8X"):
        kept[b"VP8X"] = header[:8] + bytes([(header[8:9] or b"\0")[0] & _WEBP_FLAGS]) + header[9:]
    body = b"WEBP" + b"".join(kept.values())
    return Essentials(Kind.WEBP, b"RIFF" + struct.pack("<I", len(body)) + body, _orientation(exif))


def _riff_parts(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at, last = 12, min(len(data), 8 + int.from_bytes(data[4:8], "little"))
    while at + 8 <= last:
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        end = at + 8 + size + size % 2
        part = data[at:end]
        yield data[at : at + 4], part + b"\0" * (len(part) % 2)
        at = end


def _counted(parts: Iterator[tuple[N, bytes]]) -> Iterator[tuple[N, bytes]]:
    for number, part in enumerate(parts):
        if number >= MOST_PARTS:
            raise broken()
        yield part


_EXIF = b"Exif\0\0"
_ORIENTATION, _SHORT, _LONG = 0x0112, 3, 4


def _orientation(exif: bytes) -> int:
    """The orientation in the first directory of EXIF data; 1 where there is none that makes sense."""
    tiff = exif.removeprefix(_EXIF)
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return 1
    try:
        (first,) = struct.unpack_from(f"{order}I", tiff, 4)
        (entries,) = struct.unpack_from(f"{order}H", tiff, first)
        for number in range(min(entries, MOST_ENTRIES)):
            at = first + 2 + 12 * number
            tag, kind = struct.unpack_from(f"{order}HH", tiff, at)
            if tag == _ORIENTATION and kind in (_SHORT, _LONG):
                (value,) = struct.unpack_from(f"{order}{'H' if kind == _SHORT else 'I'}", tiff, at + 8)
                return int(value) if 1 <= value <= 8 else 1
    except struct.error:
        return 1
    return 1
