"""Tokens of Google's Auth emulator, which nobody signs: for development and tests, never where real people are."""

import time
from collections.abc import Callable

from app.core.security.tokens import Claims, TokenRefused, claims_of, opened, parts_of

UNSIGNED = "none"


class EmulatorTokenVerifier:
    """Takes unsigned tokens of one project, whoever made them up, and nothing else.

    It is there only while `FIREBASE_AUTH_EMULATOR_HOST` is set, which `Settings.check` allows in development alone.
    Audience, issuer, subject and times have to be right all the same.
    """

    def __init__(self, project_id: str, *, clock: Callable[[], float] = time.time) -> None:
        self._project_id = project_id
        self._clock = clock

    async def verify(self, token: str) -> Claims:
        header, payload, signature = parts_of(token)
        if signature or opened(header).get("alg") != UNSIGNED:
            raise TokenRefused("Only the unsigned tokens of the Auth emulator are taken here.")
        return claims_of(opened(payload), project_id=self._project_id, now=self._clock())

    def has_keys(self) -> bool:
        return True
