"""Files in a bucket: S3 and what speaks like it, or Google Cloud Storage."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

import structlog
from obstore.exceptions import BaseError
from obstore.store import GCSStore, S3Store
from pydantic import SecretStr

from app.core.blobs import BlobMissing, named
from app.core.errors import Transient

if TYPE_CHECKING:
    from obstore.store import ClientConfig, GCSConfig, RetryConfig, S3Config

log = structlog.get_logger(__name__)

T = TypeVar("T")

S3, GOOGLE = "s3://", "gs://"


@dataclass(frozen=True)
class BucketAccess:
    """What opens a bucket. What is not given, the client finds for itself: the role of its machine or its pod."""

    endpoint: str | None = None
    region: str | None = None
    key_id: SecretStr | None = None
    secret: SecretStr | None = None
    session: SecretStr | None = None
    google_key: SecretStr | None = None
    google_token: SecretStr | None = None


@dataclass(frozen=True)
class BucketBlobs:
    """One object each. The bucket is private: people get at photos through the API only."""

    store: S3Store | GCSStore
    deadline_seconds: float

    @classmethod
    def at(cls, url: str, access: BucketAccess, *, deadline_seconds: float) -> "BucketBlobs":
        """The bucket of `s3://name` or `gs://name`; nothing is asked of it yet."""
        whole = timedelta(seconds=deadline_seconds)
        client: ClientConfig = {"timeout": whole, "connect_timeout": whole / 2}
        if (access.endpoint or "").startswith("http://"):
            client["allow_http"] = True
        retry: RetryConfig = {"max_retries": 2, "retry_timeout": whole}
        store: S3Store | GCSStore
        if url.startswith(GOOGLE):
            name, google = url.removeprefix(GOOGLE), _google(access)
            store = GCSStore(name, config=google, client_options=client, retry_config=retry)
        else:
            store = S3Store(url.removeprefix(S3), config=_s3(access), client_options=client, retry_config=retry)
        return cls(store, deadline_seconds)

    async def put(self, name: str, data: bytes, *, type: str) -> None:
        path, attributes = _path(name), {"Content-Type": type}
        await self._done(self.store.put_async(path, data, attributes=attributes, use_multipart=False))

    async def get(self, name: str) -> bytes:
        try:
            return await self._done(self._read(_path(name)))
        except FileNotFoundError:
            raise BlobMissing(name) from None

    async def delete(self, name: str) -> None:
        try:
            await self._done(self.store.delete_async(_path(name)))
        except FileNotFoundError:
            return

    async def check(self) -> None:
        await self._done(self.store.list_with_delimiter_async("probe"))

    async def _read(self, path: str) -> bytes:
        found = await self.store.get_async(path)
        return bytes(await found.bytes_async())

    async def _done(self, work: Awaitable[T]) -> T:
        try:
            async with asyncio.timeout(self.deadline_seconds):
                return await work
        except (BaseError, OSError, TimeoutError) as error:
            if isinstance(error, FileNotFoundError) and "NoSuchBucket" not in str(error):
                raise
            log.warning("bucket.failed", error=type(error).__name__)
            raise Transient("The place where photos are kept does not answer.") from error


def _path(name: str) -> str:
    return f"media/{named(name)}"


def _s3(access: BucketAccess) -> "S3Config":
    config: S3Config = {"disable_bulk_delete": True}  # some that speak like S3 do not know it
    if access.endpoint:
        config["endpoint"] = access.endpoint
    if access.region:
        config["region"] = access.region
    if access.key_id and access.secret:
        config["access_key_id"] = access.key_id.get_secret_value()
        config["secret_access_key"] = access.secret.get_secret_value()
    if access.session:
        config["session_token"] = access.session.get_secret_value()
    return config


def _google(access: BucketAccess) -> "GCSConfig":
    config: GCSConfig = {}
    if access.endpoint:
        config["base_url"] = access.endpoint
    if access.google_key:
        config["service_account_key"] = access.google_key.get_secret_value()
    if access.google_token:
        config["bearer_token"] = access.google_token.get_secret_value()
    return config
