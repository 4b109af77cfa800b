"""Which fields Firestore should keep no index of their own for: long, many or secret, and never asked for alone.

Firestore indexes every field of every document, each list element and each part of a map too; every entry costs on
each write, and what is in an index is there once more.
"""

import pkgutil
from collections.abc import Iterator, Mapping
from importlib import import_module
from types import ModuleType
from typing import Any

from pydantic import BaseModel

from app import crud
from app.crud.accounts import ACCOUNTS, EMAILS
from app.crud.base import BURIED, Repository
from app.crud.devices import DEVICES
from app.crud.schedules import SCHEDULES
from app.crud.store.documents import COMMIT_FIELD
from app.crud.unit import AUDIT
from app.schemas.audit import AuditEntry
from app.schemas.base import Tombstone
from app.schemas.identity import Account
from app.schemas.resource import LedgerEntry

_WORDS = frozenset({"title", "description", "text", "body", "evidence", "step", "why", "password_hash"}) | {
    "status_reason",
    "stage_reason",
    "status_note",
    "disabled_reason",
}
"""Fields of free words, or of what nobody should find anybody by."""
_WRITTEN = {("requests", "needs"), ("requests", "search_words"), ("tasks", "asked")}
"""Lists that repositories keep beside the fields of the model."""
_OTHERS: Mapping[str, type[BaseModel] | None] = {
    ACCOUNTS: Account,
    AUDIT: AuditEntry,
    BURIED: Tombstone,
    EMAILS: None,
    SCHEDULES: None,
    "ledger": LedgerEntry,
}
_WITHIN = {"DeviceRepository": DEVICES, "ParticipantRepository": "participants"}


def modules() -> list[ModuleType]:
    """Those of `crud/`, the stores left out."""
    found = pkgutil.iter_modules(crud.__path__)
    return [import_module(f"app.crud.{one.name}") for one in found if not one.ispkg]


def collections() -> dict[str, type[BaseModel] | None]:
    """Every collection by its last name, with what its documents are."""
    modules()
    found = {getattr(one, "collection", "") or _WITHIN[one.__name__]: _model(one) for one in _repositories(Repository)}
    return {**found, **_OTHERS}


def wanted(alone: set[tuple[str, str]]) -> list[dict[str, object]]:
    """The overrides, where `alone` are the fields that are asked for without a composite index."""
    found = {(name, COMMIT_FIELD) for name in collections()} | _WRITTEN
    for name, model in collections().items():
        found |= {(name, field) for field in _long(model)}
    return [
        {"collectionGroup": name, "fieldPath": field, "indexes": []}
        for name, field in sorted(found)
        if not any(asked == name and (path + ".").startswith(f"{field}.") for asked, path in alone)
    ]


def _repositories(kind: type[Repository[Any]]) -> Iterator[type[Repository[Any]]]:
    for child in kind.__subclasses__():
        if child.__module__.startswith("app."):
            yield child
        yield from _repositories(child)


def _model(repository: type[Repository[Any]]) -> type[BaseModel]:
    [base] = repository.__orig_bases__  # type: ignore[attr-defined] # `Repository[Request]`
    model: type[BaseModel] = base.__args__[0]
    return model


def _long(model: type[BaseModel] | None) -> Iterator[str]:
    if model is None:
        return
    schema = model.model_json_schema(mode="serialization")
    for name, one in schema["properties"].items():
        if name in _WORDS or any(kind in ("array", "object") for kind in _types(one, schema.get("$defs", {}))):
            yield name


def _types(one: dict[str, Any], defs: dict[str, Any]) -> Iterator[str]:
    if "$ref" in one:
        one = defs[one["$ref"].rpartition("/")[2]]
    for part in one.get("anyOf", []):
        yield from _types(part, defs)
    if "type" in one:
        yield one["type"]
