"""Checking Firebase ID tokens, with Google's keys or with those of this node."""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable

import jwt
from jwt.types import Options

from app.core.security.tokens import ALGORITHM, KID_CHARS, Claims, KeySource, TokenRefused, claims_of, opened, parts_of

REMEMBERED = 4_096
REMEMBERED_SECONDS = 300.0
_SIGNATURE_ONLY: Options = {
    "verify_signature": True,
    "verify_aud": False,
    "verify_iss": False,
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_sub": False,
    "verify_jti": False,
}


class FirebaseTokenVerifier:
    """Takes RS256 tokens of one project, and nothing else.

    A token that was found valid is remembered for five minutes, and not beyond its end; a refusal never is.
    """

    def __init__(self, project_id: str, keys: KeySource, *, clock: Callable[[], float] = time.time) -> None:
        self._project_id = project_id
        self._keys = keys
        self._clock = clock
        self._known = VerifiedTokens()

    async def verify(self, token: str) -> Claims:
        now = self._clock()
        digest = digest_of(token)
        if (known := self._known.get(digest, now)) is not None:
            return known
        key = await self._keys.key(_kid_of(token))
        try:
            payload = jwt.decode(token, key, algorithms=[ALGORITHM], options=_SIGNATURE_ONLY)
        except jwt.PyJWTError:
            raise TokenRefused("The signature of the token is not right.") from None
        claims = claims_of(payload, project_id=self._project_id, now=now)
        self._known.put(digest, claims, now)
        return claims

    def has_keys(self) -> bool:
        return self._keys.has_keys()


class VerifiedTokens:
    """Claims by the SHA-256 of their token: a bounded number of them, the least used forgotten first."""

    def __init__(self, *, size: int = REMEMBERED, seconds: float = REMEMBERED_SECONDS) -> None:
        self._size = size
        self._seconds = seconds
        self._found: OrderedDict[bytes, tuple[Claims, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._found)

    def get(self, digest: bytes, now: float) -> Claims | None:
        found = self._found.get(digest)
        if found is None:
            return None
        claims, until = found
        if now >= until:
            del self._found[digest]
            return None
        self._found.move_to_end(digest)
        return claims

    def put(self, digest: bytes, claims: Claims, now: float) -> None:
        self._found[digest] = (claims, min(now + self._seconds, claims.expires_at.timestamp()))
        if len(self._found) > self._size:
            self._found.popitem(last=False)


def digest_of(token: str) -> bytes:
    """What a token is remembered by; `TokenRefused` for what is no token, before any work is put into it."""
    parts_of(token)
    return hashlib.sha256(token.encode()).digest()


def _kid_of(token: str) -> str:
    # Only the header, and not strictly: PyJWT reads the whole token again, strictly, with the key that this names.
    header = opened(parts_of(token)[0])
    if header.get("alg") != ALGORITHM:
        raise TokenRefused(f"The token is not signed with {ALGORITHM}.")
    kid = header.get("kid")
    if not isinstance(kid, str) or not 0 < len(kid) <= KID_CHARS:
        raise TokenRefused("The token does not say which key signed it.")
    return kid
