"""Writes `firestore.indexes.json` anew from the queries that `test_indexes.py` asks: `make indexes`."""

import asyncio
import json
import tempfile
from pathlib import Path

from app.crud.store.indexes import DEFAULT_FILE, Index
from tests.test_indexes import WatchedStore, ask_everything

_SEPARATOR = ",\n    "


async def needed(folder: Path) -> set[Index]:
    store = WatchedStore(folder / "store.sqlite3")
    await ask_everything(store)
    await store.close()
    return store.needed


def declare(file: Path = DEFAULT_FILE) -> None:
    """The field overrides of the file stay as they are."""
    with tempfile.TemporaryDirectory() as folder:
        indexes = sorted(index.definition() for index in asyncio.run(needed(Path(folder))))
    overrides = [json.dumps(one) for one in json.loads(file.read_text(encoding="utf-8"))["fieldOverrides"]]
    lists = {"indexes": indexes, "fieldOverrides": overrides}
    text = ",\n".join(f'  "{name}": [\n    {_SEPARATOR.join(lines)}\n  ]' for name, lines in lists.items())
    file.write_text(f"{{\n{text}\n}}\n", encoding="utf-8")


if __name__ == "__main__":
    declare()
