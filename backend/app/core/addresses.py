"""Web addresses that strangers give us: whether others may be shown what lies there.

Nothing is fetched from them, but photos for a model that sees, from hosts that are allowed by name.

Addresses are read as browsers read them (WHATWG), and only the canonical form is kept, so that there is one reading.
"""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import unquote

from pydantic_core import Url, ValidationError

ANY_HOST = "*"
LONGEST = 2_000

_HTTPS_PORT = 443
_WEB = re.compile(r"https?://[^/?#]", re.IGNORECASE)
_ODD = re.compile(r"[\x00-\x1f\x7f\\]")
_NAME = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")

_SPECIAL_USE = (
    "alt arpa corp example home internal intranet invalid lan local localdomain localhost mail onion private test"
)
"""Kept for special use (RFC 6761, 6762, 7686, 8375, 9476), or used inside networks and never delegated."""
_METADATA = "metadata.goog metadata.packet.net metadata.platformequinix.com metadata.tencentyun.com"
"""Names under which clouds tell their machines secrets, beside the addresses that are not public anyway."""
_WILDCARD = "lacolhost.com localtest.me lvh.me nip.io sslip.io traefik.me vcap.me xip.io"
"""Public names that answer with an address written in the name, or with the asker's own machine."""
_NOT_PUBLIC = frozenset(f"{_SPECIAL_USE} {_METADATA} {_WILDCARD}".split())
_NOT_PUBLIC_NETWORKS = tuple(
    # Beyond what `is_global` knows: protocol assignments, 6to4 relays, addresses shared behind carriers.
    ipaddress.ip_network(network)
    for network in ("100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24")
)
_PUBLIC_V6 = ipaddress.ip_network("2000::/3")
"""All that is given out. IPv4 inside IPv6 (mapped, compatible, NAT64) lies outside of it."""
_TUNNELS_V6 = (ipaddress.ip_network("2001::/23"), ipaddress.ip_network("2002::/16"))
"""Teredo and other protocol assignments, and 6to4: each may carry a private IPv4 address."""


@dataclass(frozen=True, slots=True)
class AddressRule:
    """Which addresses are taken: those of `hosts` (exact names, `*.suffix`, or `*` for every public host)."""

    hosts: tuple[str, ...] = (ANY_HOST,)
    localhost: bool = False
    """Whether http and https of `localhost`, at any port, are taken too: on a developer's machine."""

    def checked(self, address: str, *, own: str | None = None) -> str:
        """The canonical form of `address`; `ValueError` with a sentence, which does not repeat it, where it is refused.

        What lies below `own`, a canonical address of this API, is always taken.
        """
        url = _read(address)
        found, host = str(url), url.host or ""
        if own and found.startswith(f"{own}/"):
            return found
        if self.localhost and host == "localhost":
            return found
        if url.scheme != "https":
            raise ValueError("The address does not begin with https.")
        if url.port != _HTTPS_PORT:
            raise ValueError("The address names a port.")
        if not (is_public_ip(host) if _is_ip(host) else _is_public_name(host)):
            raise ValueError("The address is not one of the public internet.")
        if not self.allows(host):
            raise ValueError("The host of the address is not one of those that photos are shown from.")
        return found

    def names(self, host: str) -> bool:
        """Whether a host is allowed by its name or suffix, and not only because all are."""
        return any(_matches(host, pattern) for pattern in self.hosts if pattern != ANY_HOST)

    def allows(self, host: str) -> bool:
        return any(_matches(host, pattern) for pattern in self.hosts)


def canonical(address: str) -> str:
    """The one form of an http or https address without credentials, without a slash at its end; else `ValueError`."""
    return str(_read(address)).rstrip("/")


def path_below(address: str, base: str) -> str | None:
    """The decoded path of a canonical address below `base`, without query; None where it lies elsewhere."""
    if not address.startswith(f"{base}/"):
        return None
    return unquote(re.split("[?#]", address[len(base) :], maxsplit=1)[0])


def is_host_pattern(pattern: str) -> bool:
    """Whether `pattern` can stand in an allow-list: `*`, a host, or `*.` and a suffix of two labels or more."""
    name = pattern.removeprefix("*.")
    if pattern == ANY_HOST or (name == pattern and _is_ip(pattern)):
        return True
    return _NAME.fullmatch(name) is not None and not _is_ip(name)


def _read(address: str) -> Url:
    if len(address) > LONGEST:
        raise _too_long()
    if _ODD.search(address):
        raise ValueError("The address has characters that no address has.")
    try:
        url = Url(address) if _WEB.match(address) else None
    except ValidationError:
        url = None
    if url is None or not url.host:
        raise ValueError("This is not the address of something on the web.")
    authority = re.split("[/?#]", address.partition("://")[2], maxsplit=1)[0]
    if "@" in authority or url.username or url.password:
        raise ValueError("The address carries a name or a password.")
    if len(str(url)) > LONGEST:
        raise _too_long()
    return url


def _too_long() -> ValueError:
    return ValueError(f"The address is longer than {LONGEST:,} characters.")


def _matches(host: str, pattern: str) -> bool:
    if pattern == ANY_HOST:
        return True
    return host.endswith(pattern[1:]) if pattern.startswith("*.") else host == pattern


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def is_public_ip(host: str) -> bool:
    """Whether an IP address is one of the public internet, and leads to no other inside of it."""
    ip = ipaddress.ip_address(host.strip("[]"))
    if not ip.is_global or ip.is_multicast or ip.is_reserved:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        return ip in _PUBLIC_V6 and not any(ip in tunnel for tunnel in _TUNNELS_V6)
    return not any(ip in network for network in _NOT_PUBLIC_NETWORKS)


def _is_public_name(host: str) -> bool:
    if _NAME.fullmatch(host) is None or len(host) > 253:
        return False
    labels = host.split(".")
    return not any(".".join(labels[start:]) in _NOT_PUBLIC for start in range(len(labels)))
