"""What is left of a photo: the picture, upright, and nothing else, however it was built and by whom."""

import asyncio
import struct
import threading
import time
import zlib
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from app.core.errors import Invalid, Transient
from app.services.imaging import Images, Kind, Picture, cleaned
from app.services.imaging.structure import MOST_PARTS, MOST_SCANS
from tests import photos
from tests.photos import FORMATS, SECRET, jpeg_segment, loaded, photo, picture, png_chunk, riff_chunk

MOST = 1_000_000


def clean(data: bytes) -> Picture:
    return cleaned(data, most_pixels=MOST)


def seen(found: Picture) -> Image.Image:
    """The picture, after a look at its file: of one piece, and of the size it is said to be."""
    image = Image.open(BytesIO(found.data))
    image.load()
    assert image.size == (found.width, found.height)
    assert Image.MIME[image.format or ""] == found.kind
    return image


def corner(found: Picture) -> str:
    """Where the green quarter is."""
    image = seen(found).convert("RGB")
    at = {
        "upper left": (2, 2),
        "upper right": (found.width - 3, 2),
        "lower left": (2, found.height - 3),
        "lower right": (found.width - 3, found.height - 3),
    }
    [place] = [name for name, point in at.items() if _green(image.getpixel(point))]
    return place


def _green(pixel: object) -> bool:
    assert isinstance(pixel, tuple)
    return bool(pixel[1] > pixel[0])


@pytest.mark.parametrize("format", FORMATS)
def test_the_picture_stays_and_its_format_too(format: str) -> None:
    found = clean(photo(format))

    assert (found.kind.name, found.width, found.height) == (format, 60, 40)
    assert corner(found) == "upper left"


@pytest.mark.parametrize("format", FORMATS)
def test_place_device_texts_profiles_and_whatever_was_appended_are_gone(format: str) -> None:
    sent = loaded(format)
    original = Image.open(BytesIO(sent))
    assert original.getexif().get_ifd(0x8825)[2] == photos.PLACE
    assert SECRET in sent

    found = clean(sent)

    image = seen(found)
    assert dict(image.getexif()) == {}
    left = {"exif", "xmp", "XML:com.adobe.xmp", "icc_profile", "comment", "dpi", "photoshop", "Author"}
    assert not left & set(image.info)
    for trace in (SECRET, b"Exif", b"exif", b"eXIf", b"xmpmeta", b"acsp", b"ICC", b"Photoshop", b"Author", b"prVt"):
        assert trace not in found.data


@pytest.mark.parametrize("format", FORMATS)
def test_cleaning_what_is_clean_finds_nothing_more_to_take_away(format: str) -> None:
    once = clean(loaded(format))

    assert (
        markers(once)
        == {
            "JPEG": [0xE0, 0xDB, 0xDB, 0xC0, 0xC4, 0xC4, 0xC4, 0xC4, 0xDA],
            "PNG": [b"IHDR", b"IDAT", b"IEND"],
            "WEBP": [b"VP8 "],
        }[format]
    )


def markers(found: Picture) -> list[object]:
    """The parts of a file, read without the code under test; nothing follows the last."""
    data, names, at = found.data, list[object](), {Kind.JPEG: 2, Kind.PNG: 8, Kind.WEBP: 12}[found.kind]
    while at < len(data):
        if found.kind is Kind.JPEG:
            names.append(data[at + 1])
            if data[at + 1] == 0xDA:
                assert data.endswith(b"\xff\xd9")
                assert data.count(b"\xff\xd9") == 1
                break
            at += 2 + int.from_bytes(data[at + 2 : at + 4])
        elif found.kind is Kind.PNG:
            names.append(data[at + 4 : at + 8])
            at += 12 + int.from_bytes(data[at : at + 4])
        else:
            names.append(data[at : at + 4])
            size = int.from_bytes(data[at + 4 : at + 8], "little")
            at += 8 + size + size % 2
    return names


UPRIGHT = {
    1: ("upper left", (60, 40)),
    2: ("upper right", (60, 40)),
    3: ("lower right", (60, 40)),
    4: ("lower left", (60, 40)),
    5: ("upper left", (40, 60)),
    6: ("upper right", (40, 60)),
    7: ("lower right", (40, 60)),
    8: ("lower left", (40, 60)),
}


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("orientation", UPRIGHT)
def test_a_photo_is_turned_as_its_camera_said(format: str, orientation: int) -> None:
    found = clean(photo(format, exif=photos.exif(orientation)))

    assert (corner(found), (found.width, found.height)) == UPRIGHT[orientation]


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"II",
        b"II*\0\xff\xff\xff\xff",
        b"MM\0*\0\0\0\x08\xff\xff",
        b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0c\0\0\0",
    ],
)
def test_a_photo_whose_orientation_makes_no_sense_stays_as_it_is(broken: bytes) -> None:
    plain = photo("JPEG")

    found = clean(plain[:2] + jpeg_segment(0xE1, b"Exif\0\0" + broken) + plain[2:])

    assert (corner(found), found.width, found.height) == ("upper left", 60, 40)


@pytest.mark.parametrize(
    ("mode", "format", "kept"),
    [
        ("L", "JPEG", "L"),
        ("CMYK", "JPEG", "RGB"),
        ("1", "PNG", "L"),
        ("L", "PNG", "L"),
        ("LA", "PNG", "LA"),
        ("P", "PNG", "RGB"),
        ("RGBA", "PNG", "RGBA"),
        ("RGBA", "WEBP", "RGBA"),
    ],
)
def test_every_way_to_code_colours_comes_out_as_a_plain_one(mode: str, format: str, kept: str) -> None:
    image = picture(mode=mode)
    if mode.endswith("A"):
        image.putalpha(128)

    found = seen(clean(photo(format, image)))

    assert found.mode == kept
    if mode.endswith("A"):
        assert set(found.getchannel("A").get_flattened_data()) == {128}


def test_a_palette_with_a_transparent_colour_keeps_what_is_transparent() -> None:
    found = seen(clean(photo("PNG", picture(mode="P"), transparency=0)))

    assert found.mode == "RGBA"
    assert "transparency" not in found.info


def test_sixteen_bits_of_grey_become_eight() -> None:
    image = Image.new("I;16", (8, 8), 0x8000)

    found = seen(clean(photo("PNG", image)))

    assert (found.mode, found.getpixel((0, 0))) == ("L", 0x80)


@pytest.mark.parametrize("format", ["PNG", "WEBP"])
def test_of_an_animation_the_first_frame_stays(format: str) -> None:
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("blue", "red", "green")]
    data = photo(format, frames[0], save_all=True, append_images=frames[1:], duration=100)
    assert getattr(Image.open(BytesIO(data)), "n_frames", 1) == 3

    found = seen(clean(data)).convert("RGB")

    pixel = found.getpixel((10, 10))
    assert isinstance(pixel, tuple)
    assert pixel[2] > 200
    assert getattr(found, "n_frames", 1) == 1


def test_a_photo_with_a_clip_behind_it_is_the_photo() -> None:
    clip = b"\0\0\0\x18ftypmp42" + bytes(range(256)) * 4_000

    assert corner(clean(photo("JPEG") + clip)) == "upper left"


def test_a_stereo_photo_is_its_first_picture() -> None:
    both = photo("MPO", picture(), save_all=True, append_images=[Image.new("RGB", (10, 10))])

    assert (corner(clean(both)), clean(both).kind) == ("upper left", Kind.JPEG)


POLYGLOTS = {
    "a page": photo("JPEG", comment=b"<script>alert(1)</script>"),
    "an archive behind a photo": photo("PNG") + b"PK\x03\x04<?php system('id'); ?>",
    "a script in a text of a photo": photo("PNG")[:33] + png_chunk(b"tEXt", b"a\0<script>") + photo("PNG")[33:],
    "a script in a palette": photo("PNG", picture(mode="P"))[:-12] + png_chunk(b"PLTE", b"<script>")[:20],
}


@pytest.mark.parametrize("data", POLYGLOTS.values(), ids=POLYGLOTS.keys())
def test_a_photo_that_is_something_else_as_well_is_only_a_photo_after(data: bytes) -> None:
    try:
        found = clean(data)
    except Invalid:
        return

    for trace in (b"<script>", b"<?php", b"PK\x03\x04"):
        assert trace not in found.data


NO_PHOTOS = {
    "nothing": b"",
    "words": b"help us",
    "a page": b"<html><img src=x></html>",
    "a drawing": b'<svg xmlns="http://www.w3.org/2000/svg"/>',
    "a document": b"%PDF-1.7",
    "a GIF": photo("GIF"),
    "a BMP": photo("BMP"),
    "a TIFF": photo("TIFF"),
    "an AVIF": photo("AVIF"),
    "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n",
    "the beginning of a JPEG": photo("JPEG")[:200],
    "half a PNG": photo("PNG", Image.effect_noise((60, 40), 90))[:900],
    "half a WebP": photo("WEBP")[:60],
    "a JPEG's first bytes": b"\xff\xd8\xff",
    "a PNG's first bytes": b"\x89PNG\r\n\x1a\n",
    "a WebP's first bytes": b"RIFF\0\0\0\0WEBP",
    "a PNG with a wrong checksum": photo("PNG")[:29] + b"\0\0\0\0" + photo("PNG")[33:],
    "a PNG without pixels": photo("PNG")[:33] + png_chunk(b"IEND", b""),
    "a JPEG of no size": photo("JPEG").replace(b"\x08\x00\x28\x00\x3c\x03", b"\x08\0\0\0\0\x03"),
}


@pytest.mark.parametrize("data", NO_PHOTOS.values(), ids=NO_PHOTOS.keys())
def test_what_is_no_photo_is_refused_in_a_sentence(data: bytes) -> None:
    with pytest.raises(Invalid, match=r"\.$") as refused:
        clean(data)

    assert refused.value.field == "file"


def test_a_photo_of_too_many_pixels_is_refused_before_they_are_decoded() -> None:
    header = struct.pack(">II", 60_000, 60_000) + b"\x08\x02\0\0\0"
    huge = b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + photo("PNG")[33:]
    side = (16_000 - 1).to_bytes(3, "little")
    frame = b"\0" * 6 + (59).to_bytes(3, "little") + (39).to_bytes(3, "little") + b"\0" * 4 + photo("WEBP")[12:]
    body = b"WEBP" + riff_chunk(b"VP8X", b"\x02\0\0\0" + side * 2) + riff_chunk(b"ANIM", b"\0" * 6)
    body += riff_chunk(b"ANMF", frame)
    canvas = b"RIFF" + struct.pack("<I", len(body)) + body
    for data in (huge, canvas, photo("JPEG", Image.new("L", (1_001, 1_000)))):
        began = time.thread_time()
        with pytest.raises(Invalid, match="pixels"):
            clean(data)
        assert time.thread_time() - began < 1
    assert clean(photo("JPEG", Image.new("L", (1_000, 1_000)))).width == 1_000


def scan_bomb() -> bytes:
    """A JPEG of many scans: each of 30 bytes, each a pass over all pixels."""
    data = photo("JPEG", Image.new("RGB", (1_000, 1_000)), progressive=True)
    return data[:-2] + data[data.rfind(b"\xff\xda") : -2] * 100_000 + b"\xff\xd9"


def directory_bomb() -> bytes:
    """EXIF of some thousand entries, each of which is all of the file."""
    entries = b"".join(struct.pack("<HHII", 0x9000 + n, 7, 4_000_000, 8) for n in range(4_000))
    data = b"II*\0" + struct.pack("<IH", 8, 4_000) + entries
    return data + b"\0" * (4_000_100 - len(data))


def exif_in_pieces() -> bytes:
    """As a JPEG holds it: readers put the pieces together."""
    data, size = directory_bomb(), 60_000
    return b"".join(jpeg_segment(0xE1, b"Exif\0\0" + data[at : at + size]) for at in range(0, len(data), size))


PLAIN_PNG, PLAIN_JPEG, PLAIN_WEBP = (photo(format) for format in ("PNG", "JPEG", "WEBP"))
BOMBS = {
    "scans": scan_bomb(),
    "EXIF in a PNG": PLAIN_PNG[:33] + png_chunk(b"eXIf", directory_bomb()) + PLAIN_PNG[33:],
    "EXIF in a JPEG": PLAIN_JPEG[:2] + exif_in_pieces() + PLAIN_JPEG[2:],
    "empty chunks": PLAIN_PNG[:33] + png_chunk(b"teSt", b"") * 800_000 + PLAIN_PNG[33:],
    "empty pieces of pixels": PLAIN_PNG[:33] + png_chunk(b"IDAT", b"") * 800_000 + PLAIN_PNG[33:],
    "empty comments": PLAIN_JPEG[:2] + jpeg_segment(0xFE, b"") * 2_000_000 + PLAIN_JPEG[2:],
    "filling": PLAIN_JPEG[:2] + b"\xff" * 8_000_000 + PLAIN_JPEG[2:],
    "frames": b"RIFF\xff\xff\xff\x7fWEBP" + riff_chunk(b"ANMF", b"") * 1_000_000,
    "compressed text": PLAIN_PNG[:33]
    + png_chunk(b"zTXt", b"a\0\0" + zlib.compress(b"\0" * 50_000_000)) * 20
    + PLAIN_PNG[33:],
}


@pytest.mark.parametrize("data", BOMBS.values(), ids=BOMBS.keys())
def test_a_file_that_would_keep_a_decoder_busy_is_dealt_with_at_once(data: bytes) -> None:
    began = time.thread_time()
    try:
        found = clean(data)
    except Invalid:
        found = None

    assert time.thread_time() - began < 1
    assert found is None or corner(found) == "upper left"


def test_the_bounds_leave_room_for_what_encoders_write() -> None:
    progressive = photo("JPEG", progressive=True)
    small_pieces = b"".join(png_chunk(b"IDAT", PLAIN_PNG[41:-16][at : at + 1]) for at in range(len(PLAIN_PNG[41:-16])))

    assert progressive.count(b"\xff\xda") < MOST_SCANS / 4
    assert corner(clean(progressive)) == "upper left"
    assert small_pieces.count(b"IDAT") < MOST_PARTS
    assert corner(clean(PLAIN_PNG[:33] + small_pieces + PLAIN_PNG[-12:])) == "upper left"


@settings(max_examples=300)
@given(
    st.sampled_from([loaded(format) for format in FORMATS] + [PLAIN_PNG, PLAIN_JPEG, PLAIN_WEBP]),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=12),
    st.floats(0, 1),
)
def test_a_damaged_photo_is_a_photo_or_refused(data: bytes, damage: list[tuple[float, int]], cut: float) -> None:
    damaged = bytearray(data)
    for place, value in damage:
        damaged[int(place * (len(damaged) - 1))] = value
    if cut > 0.7:
        del damaged[int(len(damaged) * cut) :]
    try:
        found = clean(bytes(damaged))
    except Invalid:
        return

    assert SECRET not in found.data
    seen(found)


async def test_photos_are_decoded_beside_the_event_loop_a_few_at_a_time() -> None:
    images = Images(most_pixels=4_000_000, at_once=2)
    data = photo("PNG", Image.effect_noise((600, 600), 60).convert("RGB"))
    most, turns = 0, 0
    others = set(threading.enumerate())  # of tests before this one

    async def watch() -> None:
        nonlocal most, turns
        while True:
            most = max(most, sum(one.name.startswith("photo") for one in set(threading.enumerate()) - others))
            turns += 1
            await asyncio.sleep(0.002)

    watching = asyncio.create_task(watch())
    found = await asyncio.gather(*(images.cleaned(data) for _ in range(6)))
    watching.cancel()

    assert {one.sha256 for one in found} == {found[0].sha256}
    assert most == 2
    assert turns > 5, "the event loop went on meanwhile"


async def test_who_comes_when_too_many_wait_is_told_to_come_again() -> None:
    images = Images(most_pixels=MOST, at_once=1)
    data = photo("JPEG", Image.effect_noise((900, 900), 60))

    answers = await asyncio.gather(*(images.cleaned(data) for _ in range(30)), return_exceptions=True)

    assert sum(isinstance(one, Picture) for one in answers) == 9
    assert sum(isinstance(one, Transient) for one in answers) == 21
    assert (await images.cleaned(data)).width == 900


async def test_who_goes_away_frees_their_place_when_their_photo_is_done() -> None:
    images = Images(most_pixels=MOST, at_once=1)
    data = photo("JPEG", Image.effect_noise((900, 900), 60))
    waiting = [asyncio.create_task(images.cleaned(data)) for _ in range(9)]
    await asyncio.sleep(0)
    for one in waiting:
        one.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)

    assert (await asyncio.gather(images.cleaned(data), return_exceptions=True))[0].__class__ in (Transient, Picture)
    async with asyncio.timeout(10):
        while True:
            try:
                await images.cleaned(data)
            except Transient:
                await asyncio.sleep(0.01)
            else:
                break
