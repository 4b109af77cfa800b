"""What every answer tells a browser about itself, whoever wrote the answer."""

from collections.abc import Iterable, Iterator
from typing import TypeAlias

RawHeaders: TypeAlias = Iterable[tuple[bytes, bytes]]

NOTHING = b"default-src 'none'; frame-ancestors 'none'"
DOCS = (
    b"default-src 'none'; script-src 'unsafe-inline' https://cdn.jsdelivr.net; "
    b"style-src 'unsafe-inline' https://cdn.jsdelivr.net https://fonts.googleapis.com; "
    b"font-src https://fonts.gstatic.com; img-src data: https://fastapi.tiangolo.com https://cdn.redoc.ly; "
    b"connect-src 'self'; worker-src blob:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
"""What FastAPI's pages for Swagger UI and ReDoc load. They show nothing that a caller wrote."""

ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    # Web clients are other origins, and they show pictures that are served here. No cookie says who somebody is, so
    # a page that embeds an answer learns what anybody may know.
    (b"cross-origin-resource-policy", b"cross-origin"),
)
HTTPS_ONLY = (b"strict-transport-security", b"max-age=31536000")


def missing(headers: RawHeaders, *, https: bool = False, policy: bytes = NOTHING) -> Iterator[tuple[bytes, bytes]]:
    """The headers to add to these. What an answer says itself about caching and content stands."""
    said = {name.lower() for name, _ in headers}
    yield from (one for one in ALWAYS if one[0] not in said)
    if https:
        yield HTTPS_ONLY
    if b"content-security-policy" not in said:
        yield b"content-security-policy", policy
    if b"cache-control" not in said:
        yield b"cache-control", b"no-store"
