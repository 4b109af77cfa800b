"""`resq demo`: a flood in one district, played through the API of a server of its own."""

import asyncio
import shutil
import socket
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Annotated

import typer
import uvicorn

from app.cli.console import fail, out
from app.cli.demo_stage import DemoFailed, Stage
from app.cli.demo_story import follow, overview
from app.core.server import uvicorn_options
from app.core.settings import IdentityKind, QueueKind, Settings, StoreKind
from app.main import create_app
from app.scenarios import load
from app.services import opened

SCENARIO = "flood_ratnapura"


def demo(
    once: Annotated[bool, typer.Option("--once", help="End after the main job instead of staying up.")] = False,
    port: Annotated[int, typer.Option(help="Port of the API; another free one where it is taken.")] = 8000,
    folder: Annotated[Path, typer.Option(help="Emptied first; the demo's data.")] = Path(".demo"),
) -> None:
    """Play a flood: people ask for help, plans are made and matched, one request is followed to its end."""
    shutil.rmtree(folder, ignore_errors=True)
    settings = Settings().model_copy(
        update={
            "data_dir": folder,
            "port": _free(port),
            "queue": QueueKind.IN_PROCESS,
            "store": StoreKind.SQLITE,
            "identity": IdentityKind.LOCAL,
            "log_level": "warning",
        }
    )
    try:
        asyncio.run(_play(settings, once=once))
    except DemoFailed as error:
        fail(str(error))
    except KeyboardInterrupt:
        out.print("\nGood-bye.")


async def _play(settings: Settings, *, once: bool) -> None:
    scenario = load(SCENARIO)
    async with AsyncExitStack() as stack:
        services = await stack.enter_async_context(opened(settings))
        app = create_app(settings, services)
        server = uvicorn.Server(uvicorn.Config(app, **uvicorn_options(settings, log_level="error")))
        serving = asyncio.create_task(server.serve())
        try:
            stage = await stack.enter_async_context(Stage.opened(scenario, services, settings.port, out))
            await stage.set_up()
            await stage.play_requests()
            await overview(stage)
            await follow(stage)
            stage.farewell()
            if not once:
                await serving
        finally:
            server.should_exit = True
            await serving


def _free(port: int) -> int:
    """`port`, or any free one where somebody else has it."""
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        found: int = probe.getsockname()[1]
        return found
