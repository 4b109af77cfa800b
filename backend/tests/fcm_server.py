"""A Firebase Cloud Messaging on this machine: the HTTP v1 API with all of its errors, as a test tells it to.

    with fcm() as server:                        # a thread with a socket; other processes may call it as well
        settings = Settings(**server.settings())             # FCM_PROJECT_ID, RESQ_FCM_URL
        server.manner = lambda sent: Manner.QUOTA if sent.token == "busy" and sent.time == 1 else Manner.OK
        ...
        assert server.got["a-token"] == [Got(id, collapse_key, ...)]

A process of its own: `python -m tests.fcm_server --port 9200 --stale 2 --quota 1 --unavailable 1` (percent of the
tokens, by their hash; the last two are taken on the second try). `GET /report` then says what each token got.
"""

import argparse
import asyncio
import json
import threading
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

PROJECT = "demo-push"
AUTHORIZED = "Bearer owner"


class Manner(StrEnum):
    """How a push is answered."""

    OK = "ok"
    UNREGISTERED = "UNREGISTERED"
    BAD_TOKEN = "bad_token"
    """400, and the words name the registration token."""
    BAD_BODY = "bad_body"
    """400, and the words name something else."""
    OTHER_SENDER = "SENDER_ID_MISMATCH"
    QUOTA = "QUOTA_EXCEEDED"
    UNAVAILABLE = "UNAVAILABLE"
    INTERNAL = "INTERNAL"
    APPLE = "THIRD_PARTY_AUTH_ERROR"
    NO_RIGHT = "no_right"
    """403 without a code of FCM's: the account may not send."""
    HANGS_UP = "hangs_up"
    TAKES_IT_AND_HANGS_UP = "takes_it_and_hangs_up"
    """Brings the push to the device, and ends before the caller hears of it."""
    SLOW = "slow"
    """No word for `slow_seconds`."""
    PAGE = "page"
    """502 and a web page, as a proxy has it."""


_STATUS = {
    Manner.UNREGISTERED: (404, "NOT_FOUND"),
    Manner.BAD_TOKEN: (400, "INVALID_ARGUMENT"),
    Manner.BAD_BODY: (400, "INVALID_ARGUMENT"),
    Manner.OTHER_SENDER: (403, "PERMISSION_DENIED"),
    Manner.QUOTA: (429, "RESOURCE_EXHAUSTED"),
    Manner.UNAVAILABLE: (503, "UNAVAILABLE"),
    Manner.INTERNAL: (500, "INTERNAL"),
    Manner.APPLE: (401, "UNAUTHENTICATED"),
}
_REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found"}


@dataclass(frozen=True)
class Sent:
    """What a call asks for, the how-many-eth for this token."""

    token: str
    kind: str
    message: dict[str, Any]
    time: int


@dataclass(frozen=True)
class Got:
    """What a device got."""

    notification_id: str
    collapse_key: str
    title: str


@dataclass
class FcmServer:
    port: int = 0
    manner: Callable[[Sent], Manner] = lambda _: Manner.OK
    retry_after: int = 1
    slow_seconds: float = 30.0
    answer_seconds: float = 0.0
    got: defaultdict[str, list[Got]] = field(default_factory=lambda: defaultdict(list))
    messages: list[dict[str, Any]] = field(default_factory=list)
    tries: Counter[str] = field(default_factory=Counter)
    answered: Counter[int] = field(default_factory=Counter)
    keeps_messages: bool = True
    at_once: int = 0
    most_at_once: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def settings(self) -> dict[str, str]:
        return {"FCM_PROJECT_ID": PROJECT, "RESQ_FCM_URL": self.url}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._one(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        line, *lines = head.split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (one.partition(":") for one in lines)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        verb, path, _ = line.split(" ", 2)
        if verb == "GET" and path == "/report":
            self._say(writer, 200, self.report())
            return True
        if path != f"/v1/projects/{PROJECT}/messages:send" or verb != "POST":
            self._say(writer, 404, _fault(404, "NOT_FOUND", "No such project.", None))
            return True
        if headers.get("authorization") != AUTHORIZED:
            self._say(writer, 401, _fault(401, "UNAUTHENTICATED", "Request had invalid credentials.", None))
            return True
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            return await self._push(writer, json.loads(body)["message"])
        finally:
            self.at_once -= 1

    async def _push(self, writer: asyncio.StreamWriter, message: dict[str, Any]) -> bool:
        [(kind, token)] = [(name, message[name]) for name in ("token", "fid") if name in message]
        self.tries[token] += 1
        manner = self.manner(Sent(token, kind, message, self.tries[token]))
        if self.answer_seconds:
            await asyncio.sleep(self.answer_seconds)
        if manner is Manner.SLOW:
            await asyncio.sleep(self.slow_seconds)
        if manner in (Manner.OK, Manner.TAKES_IT_AND_HANGS_UP):
            key = message["android"]["collapse_key"]
            self.got[token].append(Got(message["data"]["notification_id"], key, message["notification"]["title"]))
            if self.keeps_messages:
                self.messages.append(message)
        if manner in (Manner.HANGS_UP, Manner.TAKES_IT_AND_HANGS_UP, Manner.SLOW):
            return False
        if manner is Manner.OK:
            self._say(writer, 200, {"name": f"projects/{PROJECT}/messages/{sum(self.answered.values())}"})
        elif manner is Manner.PAGE:
            self._say(writer, 502, "<html>Bad gateway</html>")
        elif manner is Manner.NO_RIGHT:
            self._say(writer, 403, _fault(403, "PERMISSION_DENIED", "Permission denied.", None))
        else:
            status, word = _STATUS[manner]
            code = "INVALID_ARGUMENT" if manner in (Manner.BAD_TOKEN, Manner.BAD_BODY) else manner.value
            words = "Invalid value at 'message.data'." if manner is Manner.BAD_BODY else "Requested entity: no good."
            if manner is Manner.BAD_TOKEN:
                words = "The registration token is not a valid FCM registration token"
            self._say(writer, status, _fault(status, word, words, code))
        return True

    def _say(self, writer: asyncio.StreamWriter, status: int, body: object) -> None:
        self.answered[status] += 1
        said = (body if isinstance(body, str) else json.dumps(body)).encode()
        retry = f"Retry-After: {self.retry_after}\r\n" if status in (429, 503) else ""
        head = f"HTTP/1.1 {status} {_REASONS.get(status, 'Error')}\r\nContent-Type: application/json\r\n{retry}"
        writer.write(f"{head}Content-Length: {len(said)}\r\n\r\n".encode() + said)

    def report(self) -> dict[str, Any]:
        return {
            "got": {token: [asdict(one) for one in pushes] for token, pushes in self.got.items()},
            "answered": {str(status): count for status, count in self.answered.items()},
            "most_at_once": self.most_at_once,
        }


def _fault(status: int, word: str, words: str, code: str | None) -> dict[str, Any]:
    kind = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
    details = [{"@type": kind, "errorCode": code}] if code else []
    return {"error": {"code": status, "status": word, "message": words, "details": details}}


@contextmanager
def fcm() -> Iterator[FcmServer]:
    """A server in a thread, until the block ends."""
    server, loop = FcmServer(), asyncio.new_event_loop()
    begun = threading.Event()
    listening: list[asyncio.Server] = []

    async def begin() -> None:
        listening.append(await asyncio.start_server(server.serve, "127.0.0.1", 0))
        server.port = listening[0].sockets[0].getsockname()[1]
        begun.set()

    async def end() -> None:
        listening[0].close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    thread = threading.Thread(target=loop.run_forever, name="fcm", daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(begin(), loop).result()
    try:
        yield server
    finally:
        asyncio.run_coroutine_threadsafe(end(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def shares(*, stale: float, quota: float, unavailable: float) -> Callable[[Sent], Manner]:
    """So many percent of the tokens answered so, always the same ones; the last two on the first try only."""

    def manner(sent: Sent) -> Manner:
        place = zlib.crc32(sent.token.encode()) % 10_000 / 100
        if place < stale:
            return Manner.UNREGISTERED
        if sent.time > 1 or place >= stale + quota + unavailable:
            return Manner.OK
        return Manner.QUOTA if place < stale + quota else Manner.UNAVAILABLE

    return manner


async def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=9200)
    parser.add_argument("--stale", type=float, default=0.0)
    parser.add_argument("--quota", type=float, default=0.0)
    parser.add_argument("--unavailable", type=float, default=0.0)
    parser.add_argument("--answer-seconds", type=float, default=0.0, help="How long each answer takes.")
    options = parser.parse_args()
    server = FcmServer(
        options.port,
        shares(stale=options.stale, quota=options.quota, unavailable=options.unavailable),
        answer_seconds=options.answer_seconds,
        keeps_messages=False,
    )
    listening = await asyncio.start_server(server.serve, "127.0.0.1", options.port, backlog=1_024)
    async with listening:
        await listening.serve_forever()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(_main())
