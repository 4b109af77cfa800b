"""Writes of the port as writes of the Firestore client, through its public batch and write options only."""

from google.cloud.firestore import AsyncClient, AsyncWriteBatch, ExistsOption, LastUpdateOption
from google.cloud.firestore_v1 import WriteOption
from google.cloud.firestore_v1.types import Precondition
from google.cloud.firestore_v1.types import Write as WriteProto
from google.protobuf.timestamp_pb2 import Timestamp

from app.crud.store.documents import COMMIT_FIELD, Data
from app.crud.store.writes import Create, Delete, Set, Update, Verify, Write


class _Replace(WriteOption):
    """Turns an update into the replacement of the whole document, if it is still at a revision."""

    def __init__(self, at: Timestamp) -> None:
        self._at = at

    def modify_write(self, write: WriteProto, no_create_msg: str | None = None) -> None:
        proto = WriteProto.pb(write)
        proto.ClearField("update_mask")
        proto.current_document.CopyFrom(Precondition.pb(Precondition(update_time=self._at)))


class _Look(WriteOption):
    """Turns an update into one of no field at all: Firestore checks the revision and keeps the document as it is."""

    def __init__(self, at: Timestamp) -> None:
        self._at = at

    def modify_write(self, write: WriteProto, no_create_msg: str | None = None) -> None:
        proto = WriteProto.pb(write)
        proto.update.ClearField("fields")
        proto.update_mask.ClearField("field_paths")
        proto.update_mask.SetInParent()
        proto.current_document.CopyFrom(Precondition.pb(Precondition(update_time=self._at)))


def add_to(batch: AsyncWriteBatch, client: AsyncClient, write: Write, commit_id: int) -> None:
    """Add `write`; the documents it writes carry `commit_id`, by which a commit of unknown fate is recognised."""
    reference = client.collection(write.key.collection).document(write.key.id)
    match write:
        case Create(data=data):
            batch.create(reference, {**data, COMMIT_FIELD: commit_id})
        case Set(data=data, revision=None):
            batch.set(reference, {**data, COMMIT_FIELD: commit_id})
        case Set(data=data, revision=str(revision)):
            batch.update(reference, _by_path(data, commit_id), _Replace(_time(revision)))
        case Update(fields=fields, revision=revision):
            option = LastUpdateOption(_time(revision)) if revision is not None else None
            batch.update(reference, _by_path(fields, commit_id), option)
        case Delete(revision=revision):
            batch.delete(reference, LastUpdateOption(_time(revision)) if revision is not None else None)
        case Verify(revision=None):
            batch.delete(reference, ExistsOption(exists=False))
        case Verify(revision=str(revision)):
            batch.update(reference, {COMMIT_FIELD: commit_id}, _Look(_time(revision)))


def _by_path(fields: Data, commit_id: int) -> Data:
    """Names as field paths: quoted where they are not plain words, so that a dot stays a part of the name."""
    return {AsyncClient.field_path(name): value for name, value in {**fields, COMMIT_FIELD: commit_id}.items()}


def _time(revision: str) -> Timestamp:
    time = Timestamp()
    time.FromJsonString(revision)
    return time
