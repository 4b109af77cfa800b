"""An API process without workers, and workers and beats as processes of their own, over one store and one Redis."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from app.core.settings import Settings
from app.schemas.request_bodies import RequestCreate
from app.schemas.request_states import Stage
from app.services import Services, opened
from tests.world import HERE, FakeAssessor, World

PATIENCE_SECONDS = 60


@dataclass
class Fleet:
    folder: Path
    environment: dict[str, str]
    processes: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    def begin(self, *command: str) -> "subprocess.Popen[bytes]":
        number = len(self.processes)
        with (self.folder / f"process-{number}.log").open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", *command],
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **self.environment},
                start_new_session=True,
            )
        self.processes.append(process)
        return process

    def worker(self, *options: str) -> "subprocess.Popen[bytes]":
        return self.begin("app.cli", "worker", *options)

    def odd_worker(self) -> "subprocess.Popen[bytes]":
        return self.begin("tests.odd_worker", str(self.folder))

    def beat(self) -> "subprocess.Popen[bytes]":
        return self.begin("app.cli", "beat")

    def said(self) -> str:
        return "\n".join(file.read_text(errors="replace")[-2_000:] for file in sorted(self.folder.glob("*.log")))

    def end(self) -> None:
        for process in self.processes:
            kill(process)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[World]:
        """The services of an API process."""
        names = {str(one.validation_alias): name for name, one in Settings.model_fields.items()}
        given = {names[name]: value for name, value in self.environment.items() if name in names}
        async with opened(Settings.model_validate(given)) as services, services.working():
            yield World(services, FakeAssessor())

    async def until(self, true: Callable[[], Awaitable[bool]], *, seconds: float = PATIENCE_SECONDS) -> None:
        deadline = time.monotonic() + seconds
        while not await true():
            assert time.monotonic() < deadline, self.said()
            assert all(one.poll() in (None, 0, -signal.SIGKILL) for one in self.processes), self.said()
            await asyncio.sleep(0.1)


def kill(process: "subprocess.Popen[bytes]") -> None:
    """The process and all that it has started, at once and without a word."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)


def stop(process: "subprocess.Popen[bytes]") -> int:
    """Asked to end; the exit code."""
    process.send_signal(signal.SIGTERM)
    return process.wait(30)


async def sent(world: World, *words: str) -> list[str]:
    owner = await world.services.users.users.find("owner") or await world.person("owner")
    bodies = [RequestCreate(description=one, location=HERE) for one in words]
    return [(await world.services.requests.submit(owner, body))[0].id for body in bodies]


def stages(services: Services, ids: list[str], *wanted: Stage) -> Callable[[], Awaitable[bool]]:
    """Whether all of them have come so far."""

    async def there() -> bool:
        found = await services.requests.cases.requests.get_many(ids)
        return all(found[id].stage in wanted for id in ids)

    return there
