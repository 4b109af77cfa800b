"""`python -m tests.odd_worker FOLDER`: a real worker whose assessor is slow at some words and deadly at others."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from app import worker
from app.core.settings import Settings
from app.schemas.assessment import Finding
from app.schemas.vocabulary import NeedCategory
from app.services import Services, build
from app.services.edges import open_store
from tests.world import UidVerifier, finding


@dataclass(frozen=True)
class OddAssessor:
    folder: Path

    async def read(self, text: str, *, title: str = "", type_of_need: str = "") -> Finding:
        with (self.folder / "read").open("a") as log:
            log.write(f"{text}\n")
        if "deadly" in text:
            os.kill(os.getpid(), signal.SIGKILL)
        while "slow" in text and not await asyncio.to_thread((self.folder / "hurry").exists):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        return finding(NeedCategory.WATER)


@asynccontextmanager
async def odd(settings: Settings) -> AsyncIterator[Services]:
    store = open_store(settings)
    try:
        yield build(settings, store=store, verifier=UidVerifier(), assessor=OddAssessor(Path(sys.argv[1])))
    finally:
        await store.close()


if __name__ == "__main__":
    worker.seat.opening = odd
    worker.app.worker_main(["worker", "--concurrency=1", "--loglevel=error", "--without-gossip", "--without-mingle"])
