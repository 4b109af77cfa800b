"""Whether a message from a gateway was sent by who holds the shared secret."""

import base64
import hashlib
import hmac
from collections.abc import Sequence


def twilio_signature(token: str, url: str, form: Sequence[tuple[str, str]]) -> str:
    """What `X-Twilio-Signature` has to be: HMAC-SHA1 over the full address and the sorted form fields, base64."""
    said = url + "".join(name + value for name, value in sorted(set(form)))
    return base64.b64encode(hmac.new(token.encode(), said.encode(), hashlib.sha1).digest()).decode()


def body_signature(secret: str, body: bytes) -> str:
    """What `X-Hub-Signature-256` has to be: `sha256=` and HMAC-SHA256 over the raw body, hexadecimal."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def same(given: str | None, expected: str) -> bool:
    """Compared in a time that does not tell how much of it is right."""
    return given is not None and hmac.compare_digest(given.encode(), expected.encode())
