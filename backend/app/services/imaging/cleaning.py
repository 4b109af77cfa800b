"""A photo decoded and encoded anew: the same picture, upright, and nothing else of the file it came in."""

import hashlib
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO

from PIL.Image import DecompressionBombError, Image, Transpose
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from app.core.errors import Invalid
from app.services.imaging.structure import Essentials, Kind, broken, essentials

_BROKEN = (OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError, KeyError, struct.error)
"""What Pillow raises for broken files of these formats."""

_READERS: Mapping[Kind, type[ImageFile]] = {
    Kind.JPEG: JpegImageFile,
    Kind.PNG: PngImageFile,
    Kind.WEBP: WebPImageFile,
}
_OPTIONS: Mapping[Kind, dict[str, int]] = {
    Kind.JPEG: {"quality": 85},
    Kind.PNG: {"compress_level": 4},
    Kind.WEBP: {"quality": 85, "method": 2},
}
"""Chosen for photos of damage and people on slow links: no loss that matters, and seconds saved on large ones."""

_TURNS: Mapping[int, Transpose] = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}
"""What brings a photo of each EXIF orientation upright."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A photo as it is kept and shown."""

    data: bytes
    kind: Kind
    width: int
    height: int
    sha256: str


def cleaned(data: bytes, *, most_pixels: int) -> Picture:
    """The picture in a JPEG, PNG or WebP file, of an animation the first frame; `Invalid` where there is none.

    It runs for seconds on a large photo, and takes about 8 bytes of memory for each pixel.
    """
    found = essentials(data)
    try:
        return _encoded(_upright(_decoded(found, most_pixels), found.orientation), found.kind)
    except _BROKEN as error:
        raise broken() from error


def shrunk(data: bytes, *, most_pixels: int, edge: int) -> Picture:
    """As `cleaned`, as a JPEG whose longer side has `edge` pixels at the most."""
    found = essentials(data)
    try:
        image = _upright(_decoded(found, most_pixels), found.orientation)
        image.thumbnail((edge, edge))
        return _encoded(image.convert("RGB"), Kind.JPEG)
    except _BROKEN as error:
        raise broken() from error


def _decoded(found: Essentials, most_pixels: int) -> Image:
    try:
        image = _READERS[found.kind](BytesIO(found.data))
    except DecompressionBombError as error:
        raise _too_many(most_pixels) from error
    if image.width * image.height > most_pixels:
        raise _too_many(most_pixels)
    image.load()
    return _plain(image)


def _plain(image: Image) -> Image:
    """Grey or RGB, with or without alpha, 8 bits each."""
    if image.mode in ("I", "I;16", "I;16B"):
        return image.convert("I").point(lambda value: value / 256).convert("L")
    if "transparency" in image.info:
        return image.convert("RGBA")
    if image.mode == "1":
        return image.convert("L")
    return image if image.mode in ("L", "LA", "RGB", "RGBA") else image.convert("RGB")


def _upright(image: Image, orientation: int) -> Image:
    turn = _TURNS.get(orientation)
    return image if turn is None else image.transpose(turn)


def _encoded(image: Image, kind: Kind) -> Picture:
    image.info.clear()  # encoders write comments and colour profiles that they find here
    out = BytesIO()
    image.save(out, kind.name, **_OPTIONS[kind])
    data = out.getvalue()
    return Picture(data, kind, image.width, image.height, hashlib.sha256(data).hexdigest())


def _too_many(most: int) -> Invalid:
    return Invalid(f"The photo has more than {most:,} pixels.", field="file")
