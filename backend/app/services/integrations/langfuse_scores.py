"""Scores sent to Langfuse through the API client of its SDK, each once in effect."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from app.core.langfuse import LangfuseAccess
from app.core.tracing import Score

if TYPE_CHECKING:
    from app.services.integrations.langfuse_api import Sending


class ScoresRefusedError(Exception):
    """Langfuse will not take them: the same again would be refused again."""


class LangfuseScores:
    """The SDK costs a third of a second and 37 MB, so only a process that has scores to send ever loads it."""

    def __init__(self, access: LangfuseAccess) -> None:
        self._access = access
        self._sending: Sending | None = None

    async def send(self, trace_id: str, scores: Sequence[Score]) -> None:
        """`Transient` where it may be taken later, `ScoresRefusedError` where not."""
        if self._sending is None:
            self._sending = await asyncio.to_thread(_loaded, self._access)
        await self._sending.send(trace_id, scores)

    async def aclose(self) -> None:
        if self._sending is not None:
            await self._sending.aclose()


def _loaded(access: LangfuseAccess) -> "Sending":
    from app.services.integrations.langfuse_api import Sending

    return Sending(access)
