"""The composite indexes that the questions of the contract need."""

import pytest

from app.crud.store.indexes import Indexes


def _definition(*fields: tuple[str, str]) -> dict[str, object]:
    return {
        "collectionGroup": "things",
        "queryScope": "COLLECTION",
        "fields": [
            {"fieldPath": name, "arrayConfig" if mode == "CONTAINS" else "order": mode} for name, mode in fields
        ],
    }


@pytest.fixture
def indexes() -> Indexes:
    up, down = "ASCENDING", "DESCENDING"
    return Indexes.of(
        [
            _definition(("kind", up), ("n", up)),
            _definition(("kind", up), ("n", down)),
            _definition(("kind", up), ("size", up), ("n", down)),
            _definition(("n", up), ("size", down)),
            _definition(("n", up), ("size", up)),
            _definition(("tags", "CONTAINS"), ("n", down)),
            _definition(("tags", "CONTAINS"), ("n", up)),
            _definition(("tags", "CONTAINS"), ("kind", up)),
            _definition(("tags", "CONTAINS"), ("kind", up), ("n", up)),
            _definition(("tags", "CONTAINS"), ("kind", up), ("n", down)),
        ]
    )
