"""Who may read the metrics: nobody's data is in them, and still they are not for strangers."""

import ipaddress
import secrets
from collections.abc import Iterable

_PASSED_ON = frozenset({"forwarded", "via", "x-forwarded-for", "x-real-ip"})
_PRIVATE = tuple(
    ipaddress.ip_network(network)
    for network in (
        "127.0.0.0/8",
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "169.254.0.0/16",
        "100.64.0.0/10",  # RFC 6598, which many clusters give to their pods
        "::1/128",
        "fc00::/7",
        "fe80::/10",
    )
)


def may_scrape(token: str | None, *, address: str, authorization: str, headers: Iterable[str]) -> bool:
    """Whether somebody at `address` is a scraper of the operator.

    With a `token` it is whoever sends it from a private address; without one, whoever calls from this machine itself,
    not through a proxy (of which lower-case names of `headers` tell).
    """
    try:
        there = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(there, ipaddress.IPv6Address) and there.ipv4_mapped is not None:
        there = there.ipv4_mapped
    if token is None:
        return there.is_loopback and _PASSED_ON.isdisjoint(headers)
    if not any(there in network for network in _PRIVATE):
        return False
    return secrets.compare_digest(authorization.encode(), f"Bearer {token}".encode())
