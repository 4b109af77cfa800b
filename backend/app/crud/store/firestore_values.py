"""Documents as Firestore's protobuf messages and back.

The messages are the official ones, without the wrapping that the official client puts around them: that, and its
general decoding, was three quarters of what a read cost (docs/decisions/0017-firestore-client.md).
"""

from collections.abc import Iterator
from functools import partial
from typing import Protocol, cast

from google.cloud.firestore_v1 import types

from app.crud.store.documents import COMMIT_FIELD, Data, Json, Key, Snapshot


class Fields(Protocol):
    """A map of values by name; asking for a name that is not there makes it."""

    def __iter__(self) -> Iterator[str]: ...
    def __getitem__(self, name: str) -> "Value": ...


class Values(Protocol):
    def __iter__(self) -> Iterator["Value"]: ...
    def add(self) -> "Value": ...


class Map(Protocol):
    fields: Fields

    def SetInParent(self) -> None: ...  # noqa: N802 the name of the protobuf library


class Array(Protocol):
    values: Values

    def SetInParent(self) -> None: ...  # noqa: N802 the name of the protobuf library


class Value(Protocol):
    """One value; exactly one of its fields is set."""

    null_value: int
    boolean_value: bool
    integer_value: int
    double_value: float
    string_value: str
    reference_value: str
    map_value: Map
    array_value: Array

    def WhichOneof(self, name: str) -> str | None: ...  # noqa: N802 the name of the protobuf library


class Time(Protocol):
    seconds: int
    nanos: int


class Document(Protocol):
    name: str
    fields: Fields
    update_time: Time


class Read(Protocol):
    """A document that was asked for by name; without a name where there is none."""

    found: Document


class Found(Protocol):
    """One answer to a query; some carry no document, only that more is to come."""

    document: Document


class Aggregates(Protocol):
    aggregate_fields: Fields


class Aggregated(Protocol):
    result: Aggregates


_Value = types.Value.pb()
_Document = types.Document.pb()
_Read = types.BatchGetDocumentsResponse.pb()
_Found = types.RunQueryResponse.pb()
_Aggregated = types.RunAggregationQueryResponse.pb()


def document_in(wire: bytes) -> Document:
    return cast("Document", _Document.FromString(wire))


def read_in(wire: bytes) -> Document:
    return cast("Read", _Read.FromString(wire)).found


def found_in(wire: bytes) -> Document:
    return cast("Found", _Found.FromString(wire)).document


def counted_in(wire: bytes, alias: str) -> int:
    return cast("Aggregated", _Aggregated.FromString(wire)).result.aggregate_fields[alias].integer_value


def snapshot(key: Key, document: Document) -> Snapshot:
    """A document as the port has it; it is decoded when it is asked for."""
    time = document.update_time
    return Snapshot(key, partial(_data, document), f"{time.seconds}.{time.nanos}")


def commit_id_in(document: Document) -> Json:
    """The id of the commit that wrote a document."""
    return decoded(document.fields).get(COMMIT_FIELD)


def _data(document: Document) -> Data:
    data = decoded(document.fields)
    data.pop(COMMIT_FIELD, None)
    return data


def decoded(fields: Fields) -> Data:
    """Written for speed: every list reads thousands of values through here."""
    data: Data = {}
    for name in fields:
        value = fields[name]
        text = value.string_value
        if text:
            data[name] = text
            continue
        kind = value.WhichOneof("value_type")
        if kind == "null_value":
            data[name] = None
        elif kind == "map_value":
            data[name] = decoded(value.map_value.fields)
        elif kind == "array_value":
            data[name] = [one.string_value or _element(one) for one in value.array_value.values]
        elif kind == "boolean_value":
            data[name] = value.boolean_value
        elif kind == "integer_value":
            data[name] = value.integer_value
        else:
            data[name] = _rare(value, kind)
    return data


def _element(value: Value) -> Json:
    kind = value.WhichOneof("value_type")
    if kind == "map_value":
        return decoded(value.map_value.fields)
    if kind == "integer_value":
        return value.integer_value
    if kind == "boolean_value":
        return value.boolean_value
    if kind == "null_value":
        return None
    return _rare(value, kind)


def _rare(value: Value, kind: str | None) -> Json:
    if kind == "double_value":
        return value.double_value
    if kind == "string_value":
        return ""
    raise ValueError(f"A document holds a {kind}, which this product never writes.")


def encode_into(fields: Fields, data: Data) -> None:
    for name, value in data.items():
        _set(fields[name], value)


def encoded(value: Json) -> Value:
    message = cast("Value", _Value())
    _set(message, value)
    return message


def reference(name: str) -> Value:
    """The document of that full name, as a value."""
    return cast("Value", _Value(reference_value=name))


def _set(message: Value, value: Json) -> None:
    if isinstance(value, str):
        message.string_value = value
    elif value is None:
        message.null_value = 0
    elif isinstance(value, bool):
        message.boolean_value = value
    elif isinstance(value, int):
        message.integer_value = value
    elif isinstance(value, float):
        message.double_value = value
    elif isinstance(value, dict):
        message.map_value.SetInParent()  # an empty map is one too
        encode_into(message.map_value.fields, value)
    else:
        message.array_value.SetInParent()
        for one in value:
            _set(message.array_value.values.add(), one)
