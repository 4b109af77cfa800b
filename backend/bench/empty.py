"""The least that FastAPI can be asked for, behind the same server: the floor that other calls are measured against."""

import sys

import uvicorn
from fastapi import FastAPI

from app.core.server import uvicorn_options
from app.core.settings import Settings

app = FastAPI(openapi_url=None, telemetry={"tracing": False, "metrics": False, "logs": False})


@app.get("/empty")
async def empty() -> dict[str, str]:
    return {}


if __name__ == "__main__":
    uvicorn.run(app, **{**uvicorn_options(Settings()), "port": int(sys.argv[1])})
