"""What is asked of Firestore, as the official protobuf messages: queries, counts and commits of the port."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias, cast

from google.cloud.firestore_v1 import types

from app.crud.store.documents import COMMIT_FIELD, Data, Key
from app.crud.store.firestore_values import Document, Fields, Time, encode_into, encoded, reference
from app.crud.store.queries import Op, Query, Where
from app.crud.store.writes import Create, Delete, Set, Update, Verify, Write

COUNT = "n"

Message: TypeAlias = Mapping[str, object]


class Request(Protocol):
    """A protobuf message that is sent."""

    def SerializeToString(self) -> bytes: ...  # noqa: N802 the name of the protobuf library


class _Precondition(Protocol):
    exists: bool
    update_time: Time


class _Mask(Protocol):
    field_paths: list[str]

    def SetInParent(self) -> None: ...  # noqa: N802 the name of the protobuf library


class _Write(Protocol):
    update: Document
    delete: str
    update_mask: _Mask
    current_document: _Precondition


class _Writes(Protocol):
    def add(self) -> _Write: ...


_Commit = types.CommitRequest.pb()
_GetDocument = types.GetDocumentRequest.pb()
_BatchGet = types.BatchGetDocumentsRequest.pb()
_RunQuery = types.RunQueryRequest.pb()
_RunAggregation = types.RunAggregationQueryRequest.pb()

_FieldOp = types.StructuredQuery.FieldFilter.Operator
_OPS = {
    Op.EQ: _FieldOp.EQUAL,
    Op.LT: _FieldOp.LESS_THAN,
    Op.LE: _FieldOp.LESS_THAN_OR_EQUAL,
    Op.GT: _FieldOp.GREATER_THAN,
    Op.GE: _FieldOp.GREATER_THAN_OR_EQUAL,
    Op.IN: _FieldOp.IN,
    Op.CONTAINS: _FieldOp.ARRAY_CONTAINS,
}
_IS_NULL = types.StructuredQuery.UnaryFilter.Operator.IS_NULL
_AND = types.StructuredQuery.CompositeFilter.Operator.AND
_DIRECTION = {False: types.StructuredQuery.Direction.ASCENDING, True: types.StructuredQuery.Direction.DESCENDING}
_NAME = "__name__"

# What stands in a path of fields as it is; all else is quoted, so that a dot stays a part of the name.
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Names:
    """The full names of things in one database: `projects/p/databases/d/documents/requests/r1`."""

    project: str
    database: str

    @property
    def base(self) -> str:
        return f"projects/{self.project}/databases/{self.database}"

    @property
    def root(self) -> str:
        return f"{self.base}/documents"

    def of(self, key: Key) -> str:
        return f"{self.root}/{key.collection}/{key.id}"

    def key(self, name: str) -> Key:
        """The key of a document by its full name."""
        collection, _, id = name.removeprefix(f"{self.root}/").rpartition("/")
        return Key(collection, id)

    def parent(self, collection: str) -> str:
        """What a collection belongs to: a document, or the database."""
        above = collection.rpartition("/")[0]
        return f"{self.root}/{above}" if above else self.root


def get_document(name: str) -> Request:
    return cast("Request", _GetDocument(name=name))


def get_documents(names: Names, wanted: Iterable[str]) -> Request:
    return cast("Request", _BatchGet(database=names.base, documents=wanted))


def run_query(names: Names, query: Query) -> Request:
    asked = {
        **_filtered(query),
        "order_by": _order(query),
        "limit": {"value": query.limit},
    }
    if query.select is not None:
        asked["select"] = {"fields": [{"field_path": field} for field in query.select or (_NAME,)]}
    if query.after is not None:
        place = reference(f"{names.root}/{query.collection}/{query.after.id}")
        asked["start_at"] = {"values": [*(encoded(value) for value in query.after.values), place], "before": False}
    return cast("Request", _RunQuery(parent=names.parent(query.collection), structured_query=asked))


def run_scan(names: Names, group: str, after: Key | None, limit: int) -> Request:
    asked: dict[str, object] = {
        "from_": [{"collection_id": group, "all_descendants": True}],
        "order_by": [{"field": {"field_path": _NAME}, "direction": _DIRECTION[False]}],
        "limit": {"value": limit},
    }
    if after is not None:
        asked["start_at"] = {"values": [reference(names.of(after))], "before": False}
    return cast("Request", _RunQuery(parent=names.root, structured_query=asked))


def run_count(names: Names, query: Query) -> Request:
    asked = {"structured_query": _filtered(query), "aggregations": [{"alias": COUNT, "count": {}}]}
    return cast("Request", _RunAggregation(parent=names.parent(query.collection), structured_aggregation_query=asked))


def _filtered(query: Query) -> dict[str, object]:
    found: dict[str, object] = {"from_": [{"collection_id": query.collection.rpartition("/")[2]}]}
    filters = [_filter(where) for where in query.where]
    if len(filters) == 1:
        found["where"] = filters[0]
    elif filters:
        found["where"] = {"composite_filter": {"op": _AND, "filters": filters}}
    return found


def _filter(where: Where) -> Message:
    field = {"field_path": where.field}
    if where.value is None:
        return {"unary_filter": {"op": _IS_NULL, "field": field}}
    value = encoded(where.options if where.op is Op.IN else where.value)
    return {"field_filter": {"field": field, "op": _OPS[where.op], "value": value}}


def _order(query: Query) -> list[Message]:
    found = [(order.field, order.descending) for order in query.order]
    found.append((_NAME, bool(found) and found[-1][1]))
    return [{"field": {"field_path": field}, "direction": _DIRECTION[down]} for field, down in found]


def commit(names: Names, writes: Sequence[Write], commit_id: int) -> Request:
    """The documents that the writes write carry `commit_id`, by which a commit of unknown fate is recognised."""
    request = _Commit(database=names.base)
    for write in writes:
        _put(cast("_Writes", request.writes).add(), names.of(write.key), write, commit_id)
    return cast("Request", request)


def _put(message: _Write, name: str, write: Write, commit_id: int) -> None:
    match write:
        case Delete(revision=revision):
            message.delete = name
            _at(message, revision)
        case Verify(revision=None):
            message.delete = name
            message.current_document.exists = False
        case Verify(revision=revision):
            # An update of no field at all: Firestore checks the revision and keeps the document as it is.
            message.update.name = name
            message.update_mask.SetInParent()
            _at(message, revision)
        case Create(data=data):
            _document(message, name, data, commit_id)
            message.current_document.exists = False
        case Set(data=data, revision=revision):
            _document(message, name, data, commit_id)
            _at(message, revision)
        case Update(fields=fields, revision=revision):
            _document(message, name, fields, commit_id)
            message.update_mask.field_paths.extend(_path(field) for field in (*fields, COMMIT_FIELD))
            if revision is None:
                message.current_document.exists = True
            _at(message, revision)


def _document(message: _Write, name: str, data: Data, commit_id: int) -> None:
    message.update.name = name
    fields: Fields = message.update.fields
    encode_into(fields, data)
    fields[COMMIT_FIELD].integer_value = commit_id


def _at(message: _Write, revision: str | None) -> None:
    if revision is not None:
        seconds, _, nanos = revision.partition(".")
        time = message.current_document.update_time
        time.seconds, time.nanos = int(seconds), int(nanos)


def _path(name: str) -> str:
    if _PLAIN.fullmatch(name):
        return name
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"
