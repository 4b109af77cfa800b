"""Firebase Cloud Messaging, by its HTTP v1 API."""

import asyncio
import hashlib
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

import httpx2
import structlog
from google.auth.exceptions import GoogleAuthError
from pydantic import JsonValue

from app.core.breaker import Breaker, Health, Open
from app.core.tracing import Tracer
from app.schemas.device import Device, DeviceKind
from app.schemas.notification import Reach
from app.schemas.push import PushMessage, Reply
from app.services.integrations.identity_toolkit import EmulatorRights, GoogleRights, Rights
from app.services.integrations.traced import TracedTransport

SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
QUOTA_SECONDS = 60.0
"""Google's word on how long to wait after a 429 that does not say it."""
FAILURES, PAUSE_SECONDS = 20, 10.0
"""After so many failed calls in a row it is left alone for so long."""
MOST_SECONDS = 3_600.0
POOL = 8
_NO_TOKEN = re.compile(r"registration token|installation id|\bfid\b", re.IGNORECASE)

log = structlog.get_logger(__name__)


class Pools(httpx2.AsyncBaseTransport):
    """Connections in several small pools: a pool looks at each of its connections for each call, and with a hundred
    of them that was two thirds of what a push costs (measured, ADR 0031).
    """

    def __init__(self, pools: Sequence[httpx2.AsyncHTTPTransport]) -> None:
        self._pools = pools
        self._busy = [0] * len(pools)

    @classmethod
    def of(cls, at_once: int) -> "Pools":
        limits = httpx2.Limits(max_connections=POOL, max_keepalive_connections=POOL)
        return cls([httpx2.AsyncHTTPTransport(limits=limits) for _ in range(-(-at_once // POOL))])

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        number = self._busy.index(min(self._busy))
        self._busy[number] += 1
        try:
            return await self._pools[number].handle_async_request(request)
        finally:
            self._busy[number] -= 1

    async def aclose(self) -> None:
        for pool in self._pools:
            await pool.aclose()


@dataclass(frozen=True, slots=True)
class FcmPush:
    """One client and one word on its health for the whole process; so many calls at once and no more."""

    project_id: str
    url: str
    rights: Rights
    seconds: float
    client: httpx2.AsyncClient
    slots: asyncio.Semaphore
    breaker: Breaker = field(default_factory=lambda: Breaker("fcm", FAILURES, PAUSE_SECONDS))
    on: bool = True

    @classmethod
    def of(cls, project_id: str, url: str, *, at_once: int, seconds: float, tracer: Tracer) -> "FcmPush":
        transport: httpx2.AsyncBaseTransport = Pools.of(at_once)
        if tracer.watches:
            transport = TracedTransport(transport, tracer)
        client = httpx2.AsyncClient(transport=transport, timeout=seconds)
        # A server without TLS is one for tests: nothing of Google's is shown to it.
        rights = EmulatorRights() if url.startswith("http://") else GoogleRights(SCOPE)
        return cls(project_id, url, rights, seconds, client, asyncio.Semaphore(at_once))

    @property
    def due(self) -> bool:
        return self.breaker.due

    async def send(self, device: Device, message: PushMessage) -> Reply:
        if device.kind is DeviceKind.WEB_PUSH:
            return Reply(Reach.REFUSED)  # a browser's own subscription is none of Firebase's
        async with self.slots:
            try:
                with self.breaker.call() as call:
                    reply, call.health = await self._asked(_body(device, message))
            except Open:
                return Reply(Reach.LATER, PAUSE_SECONDS, tried=False)
        return reply

    async def aclose(self) -> None:
        await self.client.aclose()

    async def _asked(self, body: Mapping[str, JsonValue]) -> tuple[Reply, Health]:
        address = f"{self.url}/v1/projects/{self.project_id}/messages:send"
        try:
            async with asyncio.timeout(self.seconds):
                headers = await self.rights.headers()
                response = await self.client.post(address, json=body, headers=headers)
        except (httpx2.HTTPError, httpx2.InvalidURL, GoogleAuthError, TimeoutError) as error:
            log.warning("push.failed", error=type(error).__name__)
            return Reply(Reach.LATER), Health.ILL
        if response.status_code == HTTPStatus.OK:
            return Reply(Reach.SENT), Health.WELL
        return _refused(response)


def _refused(response: httpx2.Response) -> tuple[Reply, Health]:
    status, (code, words) = response.status_code, _error(response)
    if code in ("UNREGISTERED", "SENDER_ID_MISMATCH"):
        return Reply(Reach.STALE), Health.WELL
    if status == HTTPStatus.BAD_REQUEST:
        # The same code for a token that is none and for a body that is wrong; only the first is the device's fault.
        stale = _NO_TOKEN.search(words) is not None
        if not stale:
            log.error("push.refused", status=status, code=code)
        return Reply(Reach.STALE if stale else Reach.REFUSED), Health.WELL
    log.info("push.not_taken", status=status, code=code)
    wait = _retry_after(response)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Reply(Reach.LATER, QUOTA_SECONDS if wait is None else wait), Health.ILL
    # What Apple says of our certificate is no word on Google's health.
    health = Health.WELL if code == "THIRD_PARTY_AUTH_ERROR" else Health.ILL
    return Reply(Reach.LATER, wait or 0.0), health


def _error(response: httpx2.Response) -> tuple[str, str]:
    """The code and the words of an error; the words may hold a token, and go no further."""
    try:
        answer = response.json()
    except ValueError:
        return "", ""
    error = answer.get("error") if isinstance(answer, dict) else None
    if not isinstance(error, dict):
        return "", ""
    details = error.get("details")
    codes = [one["errorCode"] for one in details or () if isinstance(one, dict) and "errorCode" in one]
    return str(codes[0] if codes else error.get("status") or "")[:40], str(error.get("message") or "")


def _retry_after(response: httpx2.Response) -> float | None:
    value = response.headers.get("retry-after", "")
    return min(float(value), MOST_SECONDS) if value.isascii() and value.isdecimal() else None


def _body(device: Device, message: PushMessage) -> dict[str, JsonValue]:
    target = "fid" if device.kind is DeviceKind.FID else "token"
    key, ttl = message.collapse_key, message.ttl_seconds
    short = hashlib.sha256(key.encode()).hexdigest()[:32]  # Apple takes 64 bytes of it, browsers 32 characters
    words: dict[str, JsonValue] = {"title": message.title, "body": message.body}
    return {
        "message": {
            target: device.token,
            "notification": words,
            "data": dict(message.data),
            "android": {
                "priority": "HIGH" if message.urgent else "NORMAL",
                "ttl": f"{ttl}s",
                "collapse_key": key,
                "notification": {"tag": short, "channel_id": "critical" if message.critical else "default"},
            },
            "apns": {
                "headers": {
                    "apns-priority": "10" if message.urgent else "5",
                    "apns-expiration": str(int(time.time()) + ttl),
                    "apns-collapse-id": short,
                },
                "payload": {
                    "aps": {
                        "sound": "default",
                        "interruption-level": "time-sensitive" if message.critical else "active",
                    }
                },
            },
            "webpush": {
                "headers": {"Urgency": "high" if message.urgent else "normal", "TTL": str(ttl), "Topic": short},
                "notification": {**words, "tag": short, "lang": message.language},
            },
        }
    }
