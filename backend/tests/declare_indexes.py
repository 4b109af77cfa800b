"""Writes `firestore.indexes.json` anew from the queries that `test_indexes.py` asks: `make indexes`."""

import asyncio
import json
import tempfile
from pathlib import Path

from app.crud.store.indexes import DEFAULT_FILE
from tests.field_overrides import wanted
from tests.test_indexes import WatchedStore, ask_everything

_SEPARATOR = ",\n    "


async def asked(folder: Path) -> WatchedStore:
    """A store that everything was asked of."""
    store = WatchedStore(folder / "store.sqlite3")
    await ask_everything(store)
    await store.close()
    return store


def declare(file: Path = DEFAULT_FILE) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = asyncio.run(asked(Path(folder)))
    indexes = sorted(index.definition() for index in store.needed)
    overrides = [json.dumps(one) for one in wanted(store.alone)]
    lists = {"indexes": indexes, "fieldOverrides": overrides}
    text = ",\n".join(f'  "{name}": [\n    {_SEPARATOR.join(lines)}\n  ]' for name, lines in lists.items())
    file.write_text(f"{{\n{text}\n}}\n", encoding="utf-8")


if __name__ == "__main__":
    declare()
