"""Google's signing keys: fetched seldom, off the request path where possible, and kept through an outage."""

import asyncio
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import httpx2
import structlog
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509 import load_pem_x509_certificate

from app.core.errors import Transient
from app.core.security.tokens import KID_CHARS, TokenRefused

GOOGLE_CERTIFICATES = "https://www.googleapis.com/robot/v1/metadata/x509/securetoken@system.gserviceaccount.com"
FETCH_SECONDS = 5.0
DEFAULT_AGE = 3_600.0
SHORTEST_AGE, LONGEST_AGE = 60.0, 86_400.0
FRESH_SHARE = 0.8
STALE_SECONDS = 86_400.0
UNKNOWN_PAUSE = 60.0
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
SMALLEST_BITS = 2_048

_MAX_AGE = re.compile(r"(?:^|[\s,])max-age=(\d{1,9})(?:$|[\s,])", re.IGNORECASE)
_AGE = re.compile(r"\d{1,9}")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class KeySet:
    """Keys by id, with the moments (of the monotonic clock) when they are due, over, and no longer to be trusted."""

    keys: Mapping[str, RSAPublicKey]
    due_at: float
    over_at: float
    dead_at: float


class CertificateKeys:
    """Keys out of an address that serves X.509 certificates as JSON, `{kid: pem}`, as Google's does.

    They are renewed in the background once 80 % of their `max-age` is over. While the address does not answer,
    the old ones are used for up to a day. An id that is not known fetches again, once a minute at most.
    """

    def __init__(
        self,
        url: str = GOOGLE_CERTIFICATES,
        *,
        client: httpx2.AsyncClient | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = url
        self._client = client
        self._owns_client = client is None
        self._clock = clock
        self._set: KeySet | None = None
        self._flight: asyncio.Task[None] | None = None
        self._tried_at = float("-inf")
        self._failures = 0

    async def key(self, kid: str) -> RSAPublicKey:
        now = self._clock()
        keys = self._usable(now) or await self._first()
        if now >= keys.due_at and self._may_retry(now):
            self._take_off()
        if (key := keys.keys.get(kid)) is not None:
            return key
        if now - self._tried_at >= UNKNOWN_PAUSE or self._flight is not None:
            await self._refresh()
            keys = self._usable(self._clock()) or keys
        if (key := keys.keys.get(kid)) is not None:
            return key
        if self._clock() >= keys.over_at:
            raise Transient("The signing keys cannot be renewed right now, so a new one cannot be checked.")
        raise TokenRefused("The token was signed with a key that is not known.")

    async def warm(self) -> bool:
        """Fetch the keys before the first caller needs them; whether there are any now."""
        if self._usable(self._clock()) is None:
            await self._refresh()
        return self._usable(self._clock()) is not None

    def has_keys(self) -> bool:
        return self._usable(self._clock()) is not None

    async def aclose(self) -> None:
        if self._flight is not None:
            self._flight.cancel()
            await asyncio.gather(self._flight, return_exceptions=True)
        if self._client is not None and self._owns_client:
            await self._client.aclose()
            self._client = None

    def _usable(self, now: float) -> KeySet | None:
        return self._set if self._set is not None and now < self._set.dead_at else None

    async def _first(self) -> KeySet:
        if self._flight is not None or self._may_retry(self._clock()):
            await self._refresh()
        keys = self._usable(self._clock())
        if keys is None:
            raise Transient("The keys that tokens are signed with cannot be fetched right now.")
        return keys

    def _may_retry(self, now: float) -> bool:
        pause = min(FIRST_PAUSE * 2 ** min(self._failures - 1, 16), LONGEST_PAUSE) if self._failures else 0.0
        return now - self._tried_at >= pause

    def _take_off(self) -> asyncio.Task[None]:
        if self._flight is None:
            self._flight = asyncio.create_task(self._fetch(), name="signing-keys")
            self._flight.add_done_callback(self._landed)
        return self._flight

    def _landed(self, flight: asyncio.Task[None]) -> None:
        if self._flight is flight:
            self._flight = None

    async def _refresh(self) -> None:
        # Shielded: one caller who hangs up must not take the fetch away from the others.
        await asyncio.shield(self._take_off())

    async def _fetch(self) -> None:
        self._tried_at = self._clock()
        try:
            response = await self._connected().get(self._url)
            response.raise_for_status()
            self._set = _key_set(response, self._clock())
        except (httpx2.HTTPError, httpx2.InvalidURL, UnsupportedAlgorithm, ValueError) as error:
            self._failures += 1
            log.warning("signing_keys.fetch_failed", error=type(error).__name__, failures=self._failures)
            return
        self._failures = 0
        log.info(
            "signing_keys.fetched", keys=len(self._set.keys), fresh_seconds=round(self._set.over_at - self._clock())
        )

    def _connected(self) -> httpx2.AsyncClient:
        if self._client is None:
            self._client = httpx2.AsyncClient(timeout=FETCH_SECONDS)
        return self._client


def _key_set(response: httpx2.Response, now: float) -> KeySet:
    found = response.json()
    if not isinstance(found, dict) or not found:
        raise ValueError("The answer is no JSON object of certificates.")
    keys = {kid: _public_key(pem) for kid, pem in found.items() if len(kid) <= KID_CHARS}
    age = _fresh_seconds(response.headers)
    return KeySet(keys, due_at=now + age * FRESH_SHARE, over_at=now + age, dead_at=now + age + STALE_SECONDS)


def _public_key(pem: object) -> RSAPublicKey:
    if not isinstance(pem, str):
        raise ValueError("A certificate is no text.")
    key = load_pem_x509_certificate(pem.encode()).public_key()
    if not isinstance(key, RSAPublicKey) or key.key_size < SMALLEST_BITS:
        raise ValueError("A certificate has no RSA key of 2048 bits or more.")
    return key


def _fresh_seconds(headers: Mapping[str, str]) -> float:
    found = _MAX_AGE.search(headers.get("cache-control", ""))
    if found is None:
        return DEFAULT_AGE
    age = headers.get("age", "")
    spent = float(age) if _AGE.fullmatch(age) else 0.0
    return min(max(float(found[1]) - spent, SHORTEST_AGE), LONGEST_AGE)
