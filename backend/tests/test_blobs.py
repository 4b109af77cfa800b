"""Files in a folder and in buckets: one suite for all, the buckets over HTTP against a server that speaks like S3."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx2
import pytest
from moto.server import ThreadedMotoServer
from pydantic import SecretStr

from app.core.blobs import BlobMissing, Blobs
from app.core.errors import Transient
from app.services.integrations.bucket_blobs import BucketAccess, BucketBlobs
from app.services.integrations.folder_blobs import FolderBlobs

SECONDS = 10.0
LARGE = os.urandom(1_000_000) * 10


@pytest.fixture(scope="module")
def bucket_server() -> Iterator[str]:
    """The address of an S3 server with one bucket, `photos`."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    httpx2.put(f"http://{host}:{port}/photos").raise_for_status()
    yield f"http://{host}:{port}"
    server.stop()


def s3(endpoint: str, *, bucket: str = "photos", seconds: float = SECONDS) -> BucketBlobs:
    access = BucketAccess(endpoint, region="us-east-1", key_id=SecretStr("test"), secret=SecretStr("test"))
    return BucketBlobs.at(f"s3://{bucket}", access, deadline_seconds=seconds)


def google(endpoint: str, *, bucket: str = "photos", seconds: float = SECONDS) -> BucketBlobs:
    """Google's client, whose XML interface is that of S3."""
    return BucketBlobs.at(
        f"gs://{bucket}", BucketAccess(endpoint, google_token=SecretStr("test")), deadline_seconds=seconds
    )


@pytest.fixture(params=["folder", "s3", "gs"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
    if request.param == "folder":
        return FolderBlobs(tmp_path / "data" / "media", deadline_seconds=SECONDS)
    endpoint = request.getfixturevalue("bucket_server")
    return s3(endpoint) if request.param == "s3" else google(endpoint)


@pytest.mark.parametrize("data", [b"", b"x", bytes(range(256)), LARGE], ids=["empty", "one", "all bytes", "10 MB"])
async def test_what_was_put_is_got_back(blobs: Blobs, data: bytes) -> None:
    await blobs.put("abc", data, type="image/jpeg")

    assert await blobs.get("abc") == data


async def test_what_is_put_again_is_replaced_whole(blobs: Blobs) -> None:
    await blobs.put("abc", LARGE, type="image/png")
    await blobs.put("abc", b"short", type="image/jpeg")

    assert await blobs.get("abc") == b"short"


async def test_what_is_not_there_is_missing(blobs: Blobs) -> None:
    await blobs.put("other", b"x", type="image/jpeg")

    with pytest.raises(BlobMissing):
        await blobs.get("nothing")


async def test_deleting_twice_is_deleting_once(blobs: Blobs) -> None:
    await blobs.put("abc", b"x", type="image/jpeg")
    await blobs.put("abd", b"y", type="image/jpeg")

    await blobs.delete("abc")
    await blobs.delete("abc")

    with pytest.raises(BlobMissing):
        await blobs.get("abc")
    assert await blobs.get("abd") == b"y"


@pytest.mark.parametrize("name", ["", "..", "../x", "a/b", "a\\b", "a.b", "a b", "a\0", "/etc/passwd", "x" * 65, "ඉ"])
async def test_only_ids_are_names(blobs: Blobs, name: str) -> None:
    for call in (blobs.put(name, b"x", type="image/jpeg"), blobs.get(name), blobs.delete(name)):
        with pytest.raises(ValueError, match="named by the id"):
            await call


async def test_of_many_who_put_one_name_at_once_one_wins_whole(blobs: Blobs) -> None:
    contents = [bytes([n]) * 200_000 for n in range(8)]

    await asyncio.gather(*(blobs.put("abc", data, type="image/jpeg") for data in contents))

    assert await blobs.get("abc") in contents


async def test_a_place_that_works_says_nothing(blobs: Blobs) -> None:
    await blobs.check()


async def test_a_bucket_knows_what_its_files_are_and_shows_them_to_nobody(bucket_server: str) -> None:
    blobs = s3(bucket_server)
    await blobs.put("typed", b"x", type="image/webp")

    assert (await blobs.store.get_async("media/typed")).attributes["Content-Type"] == "image/webp"
    assert httpx2.get(f"{bucket_server}/photos/media/typed").status_code == 403


@pytest.mark.parametrize("make", [s3, google])
async def test_a_bucket_that_is_not_there_is_a_fault_and_no_missing_file(bucket_server: str, make: type) -> None:
    await faulty(make(bucket_server, bucket="absent"))


@pytest.mark.parametrize("make", [s3, google])
async def test_a_server_that_refuses_connections_is_a_fault(unused_port: int, make: type) -> None:
    await faulty(make(f"http://127.0.0.1:{unused_port}"))


@pytest.mark.parametrize("make", [s3, google])
async def test_a_server_that_never_answers_is_a_fault_within_the_deadline(silent_server: str, make: type) -> None:
    began = asyncio.get_running_loop().time()
    await faulty(make(silent_server, seconds=0.3))

    assert asyncio.get_running_loop().time() - began < 4 * 0.3 + 4


async def test_a_bucket_that_does_not_know_us_is_a_fault(refusing_server: str) -> None:
    await faulty(s3(refusing_server))


async def faulty(blobs: Blobs) -> None:
    for call in (blobs.put("abc", b"x", type="image/jpeg"), blobs.get("abc"), blobs.delete("abc"), blobs.check()):
        with pytest.raises(Transient):
            await call


@pytest.fixture
async def unused_port() -> int:
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = int(server.sockets[0].getsockname()[1])
    server.close()
    await server.wait_closed()
    return port


@pytest.fixture
async def silent_server() -> AsyncIterator[str]:
    """Takes connections and says nothing."""
    open_ones = list[asyncio.StreamWriter]()
    server = await asyncio.start_server(lambda _, writer: open_ones.append(writer), "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    for writer in open_ones:
        writer.close()
    server.close()


@pytest.fixture
async def refusing_server() -> AsyncIterator[str]:
    """Says 403 to everything."""

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()


async def test_a_folder_that_cannot_be_made_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "media").write_bytes(b"a file stands in the way")
    blobs = FolderBlobs(tmp_path / "media", deadline_seconds=SECONDS)

    for call in (blobs.put("abc", b"x", type="image/jpeg"), blobs.get("abc"), blobs.check()):
        with pytest.raises(Transient):
            await call


async def test_a_disk_that_does_not_answer_stops_neither_the_event_loop_nor_the_caller(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path, deadline_seconds=0.2)
    (tmp_path / "ab").mkdir()
    os.mkfifo(tmp_path / "ab" / "abc")  # reading it waits for a writer
    try:
        with pytest.raises(Transient):
            await blobs.get("abc")
    finally:
        with (tmp_path / "ab" / "abc").open("wb"):
            pass


async def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path, deadline_seconds=SECONDS)
    await blobs.put("abc", b"before", type="image/jpeg")
    (tmp_path / "ab" / "abd").mkdir()  # a file cannot take its place

    with pytest.raises(Transient):
        await blobs.put("abd", b"after", type="image/jpeg")

    assert await blobs.get("abc") == b"before"
    assert sorted(path.name for path in (tmp_path / "ab").iterdir()) == ["abc", "abd"]


async def test_deleting_takes_away_what_a_killed_process_left_of_a_file(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path, deadline_seconds=SECONDS)
    await blobs.put("abc", b"x", type="image/jpeg")
    await blobs.put("abcd", b"y", type="image/jpeg")
    (tmp_path / "ab" / ".abc.half").write_bytes(b"h")

    await blobs.delete("abc")

    assert [path.name for path in (tmp_path / "ab").iterdir()] == ["abcd"]


async def test_files_in_a_folder_are_for_this_node_only(tmp_path: Path) -> None:
    await FolderBlobs(tmp_path / "media", deadline_seconds=SECONDS).put("abc", b"x", type="image/jpeg")

    assert (tmp_path / "media" / "ab").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "media" / "ab" / "abc").stat().st_mode & 0o777 == 0o600
