"""`resq serve`: the API with its workers, in one process."""

from typing import Annotated

import typer
import uvicorn

from app.cli.console import checked, err
from app.core.logging import configure_logging
from app.core.server import uvicorn_options
from app.core.settings import Settings
from app.main import create_app
from app.services.health import described


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; RESQ_HOST otherwise.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; RESQ_PORT otherwise.")] = None,
) -> None:
    """Serve the API, and work on what comes in."""
    settings = checked(Settings())
    settings = settings.model_copy(update={"host": host or settings.host, "port": port or settings.port})
    err.print(f"ResQConnect, {settings.environment}, data in {settings.data_dir.resolve()}")
    for part in described(settings):
        err.print(f"  {part.name}: {part.detail}", highlight=False)
    err.print(f"API docs: http://{settings.host}:{settings.port}/docs")
    configure_logging(json=settings.log_json, level=settings.log_level)
    uvicorn.run(create_app(settings), **uvicorn_options(settings))
