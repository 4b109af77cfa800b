"""Photos of other hosts, fetched for a model that sees: from hosts allowed by name, and never from a private network.

The name is looked up once, every address it has must be public, and the connection goes to that very address: a name
that leads elsewhere a moment later leads nowhere. No redirect is followed, and everything has an end.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from functools import cache
from typing import Protocol, TypeAlias
from urllib.parse import urlsplit

import httpx2

from app.core.addresses import AddressRule, is_public_ip
from app.services.integrations.bounded import BoundedTransport

LOCALHOST = "localhost"


class Unfetched(Exception):
    """It is not to be fetched, or could not be; the message names no address."""


class Fetcher(Protocol):
    async def get(self, url: str) -> bytes:
        """What lies at an address of elsewhere; `Unfetched` for every reason why not."""


Resolve: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]


async def resolved(host: str, port: int) -> Sequence[str]:
    """The IP addresses of a host."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(one[4][0]) for one in found]


class WebPhotos:
    def __init__(self, rule: AddressRule, *, most_bytes: int, seconds: float, resolve: Resolve = resolved) -> None:
        self._rule = rule
        self._most_bytes = most_bytes
        self._seconds = seconds
        self._resolve = resolve

    async def get(self, url: str) -> bytes:
        try:
            async with asyncio.timeout(self._seconds):
                return await self._got(url)
        except (TimeoutError, OSError, ValueError, httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise Unfetched(type(error).__name__) from None

    async def _got(self, url: str) -> bytes:
        parts = urlsplit(self._rule.checked(url))
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        local = self._rule.localhost and host == LOCALHOST
        if not local and not self._rule.names(host):
            raise Unfetched("its host is not allowed by name")
        addresses = await self._resolve(host, port)
        if not addresses or not (local or all(is_public_ip(one) for one in addresses)):
            raise Unfetched("its host is not on the public internet")
        address = addresses[0]
        place = f"[{address}]" if ":" in address else address
        target = parts._replace(netloc=f"{place}:{port}").geturl()
        transport = BoundedTransport(
            httpx2.AsyncHTTPTransport(trust_env=False, verify=_authorities()), most_bytes=self._most_bytes
        )
        async with (
            httpx2.AsyncClient(timeout=self._seconds, trust_env=False, transport=transport) as client,
            client.stream(
                "GET",
                target,
                headers={"Host": parts.netloc, "Accept": "image/*"},
                extensions={"sni_hostname": host},
            ) as response,
        ):
            if response.status_code != httpx2.codes.OK:
                raise Unfetched(f"{response.status_code}")
            return await response.aread()


@cache
def _authorities() -> ssl.SSLContext:
    """Whose certificates are believed; reading them anew for each photo would hold up the event loop."""
    return httpx2.create_ssl_context(trust_env=False)
