"""Photo files for tests, made by Pillow or put together byte by byte."""

import struct
import zlib
from io import BytesIO
from typing import Any

from PIL import Image
from PIL.ExifTags import GPS, IFD, Base
from PIL.PngImagePlugin import PngInfo

SECRET = b"Kept out of sight 0771234567"
PLACE = (6.0, 40.0, 58.08)
FORMATS = ("JPEG", "PNG", "WEBP")


def picture(width: int = 60, height: int = 40, mode: str = "RGB") -> Image.Image:
    """Red, with a green upper left quarter: it can be seen which way is up."""
    image = Image.new("RGB", (width, height), (200, 30, 30))
    image.paste((20, 180, 40), (0, 0, width // 2, height // 2))
    return image.convert(mode)


def photo(format: str = "JPEG", image: Image.Image | None = None, **options: Any) -> bytes:
    out = BytesIO()
    (image or picture()).save(out, format, **options)
    return out.getvalue()


def exif(orientation: int = 1) -> Image.Exif:
    """Where, when and by whom a photo was taken."""
    found = Image.Exif()
    found[Base.Orientation] = orientation
    found[Base.ImageDescription] = SECRET.decode()
    found[Base.Artist] = SECRET.decode()
    place = found.get_ifd(IFD.GPSInfo)
    place.update({GPS.GPSLatitudeRef: "N", GPS.GPSLatitude: PLACE, GPS.GPSLongitudeRef: "E", GPS.GPSLongitude: PLACE})
    return found


def png_chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def jpeg_segment(marker: int, data: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(data) + 2) + data


def riff_chunk(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def loaded(format: str) -> bytes:
    """A photo with everything in it that a camera, an editor or an attacker may put there."""
    xmp = b"<x:xmpmeta>" + SECRET + b"</x:xmpmeta>"
    icc = b"\0" * 36 + b"acsp" + b"\0" * 88 + SECRET
    if format == "JPEG":
        data = photo("JPEG", exif=exif(), xmp=xmp, icc_profile=icc, comment=SECRET, dpi=(300, 300))
        more = jpeg_segment(0xED, b"Photoshop 3.0\0" + SECRET) + jpeg_segment(0xEF, SECRET)
        return data[:2] + more + data[2:] + SECRET
    if format == "PNG":
        texts = PngInfo()
        texts.add_text("Author", SECRET.decode())
        texts.add_text("Comment", SECRET.decode(), zip=True)
        texts.add_itxt("XML:com.adobe.xmp", xmp.decode())
        data = photo("PNG", exif=exif(), icc_profile=icc, pnginfo=texts, dpi=(300, 300))
        more = png_chunk(b"prVt", SECRET) + png_chunk(b"tIME", b"\x07\xea\x0b\x18\x08\x0f\0")
        return data[:-12] + more + data[-12:] + SECRET
    data = photo("WEBP", exif=exif(), xmp=xmp, icc_profile=icc)
    body = data[8:] + riff_chunk(b"JUNK", SECRET)
    return b"RIFF" + struct.pack("<I", len(body)) + body + SECRET
