"""Reading a file in a process of its own, and waiting for it no longer than it may take."""

import json
import subprocess
import sys
from pathlib import Path

from app.services.documents.cutting import Section
from app.services.documents.reading import SECONDS, Unreadable


def sections(path: Path) -> list[Section]:
    """What stands in a file; `Unreadable`, in one sentence, for whatever is wrong with it."""
    command = [sys.executable, "-m", "app.services.documents.reading", str(path.resolve())]
    try:
        done = subprocess.run(command, capture_output=True, timeout=SECONDS + 10, check=False)  # noqa: S603 - our own
        told = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        raise Unreadable(f"{path.name} takes more than {SECONDS} seconds to read.") from None
    except ValueError:
        raise Unreadable(f"{path.name} takes more time or memory than a file may.") from None
    if "unreadable" in told:
        raise Unreadable(told["unreadable"])
    return [(heading, text) for heading, text in told["sections"]]
