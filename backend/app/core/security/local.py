"""The signing key of a node that serves its own accounts, and the tokens it signs."""

import contextlib
import hashlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import jwt
import structlog
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from app.core.security.tokens import ALGORITHM, Claims, TokenRefused, payload_of

KEY_FILE = "identity-key.pem"
KEY_BITS = 2_048
OWNER_ONLY = 0o600

log = structlog.get_logger(__name__)


class SigningKeyUnusable(Exception):
    """The key file is there and is no RSA key; the message names the file and what to do."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """An RSA key pair, and a source of its public half: the only key this node takes tokens from."""

    private: rsa.RSAPrivateKey
    kid: str

    @classmethod
    def of(cls, private: rsa.RSAPrivateKey) -> Self:
        public = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return cls(private, hashlib.sha256(public).hexdigest()[:40])

    @classmethod
    def generated(cls) -> Self:
        return cls.of(rsa.generate_private_key(public_exponent=65_537, key_size=KEY_BITS))

    @classmethod
    def kept_in(cls, folder: Path) -> Self:
        """The key of this folder, made on first use; processes that start together end with the same one.

        Blocks for up to a second on first use, so it belongs to the start of a process.
        """
        path = folder / KEY_FILE
        if not path.exists():
            folder.mkdir(parents=True, exist_ok=True)
            _write_once(path, cls.generated())
        return cls.of(_read(path))

    async def key(self, kid: str) -> rsa.RSAPublicKey:
        if kid != self.kid:
            raise TokenRefused("The token was signed with a key that is not known.")
        return self.private.public_key()

    def has_keys(self) -> bool:
        return True

    def pem(self) -> bytes:
        return self.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@dataclass(frozen=True, slots=True)
class LocalTokens:
    """Signs claims as Firebase would for this project, so that one verifier checks both."""

    project_id: str
    key: SigningKey

    def sign(self, claims: Claims) -> str:
        # Without an id of their own, two tokens of one second were the same text, and Firebase's client takes an
        # answer with the token it has for no news: it would keep a refresh token that a new password has ended.
        payload = {**payload_of(claims, project_id=self.project_id), "jti": secrets.token_hex(8)}
        return jwt.encode(payload, self.key.private, algorithm=ALGORITHM, headers={"kid": self.key.kid})


def _write_once(path: Path, key: SigningKey) -> None:
    """Put the whole key at `path`, unless another process was first."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(key.pem())
            file.flush()
            os.fsync(file.fileno())
        # A link, not a rename: it fails where the name is taken, and what appears is always complete.
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(draft)
            log.info("identity_key.made", path=str(path))
    finally:
        draft.unlink()


def _read(path: Path) -> rsa.RSAPrivateKey:
    if path.stat().st_mode & 0o077:
        path.chmod(OWNER_ONLY)
        log.warning("identity_key.was_readable_by_others", path=str(path))
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, rsa.RSAPrivateKey) or key.key_size < KEY_BITS:
        raise SigningKeyUnusable(
            f"{path} is not an RSA key of {KEY_BITS} bits or more: put back the right file, or remove it to have "
            "a new one made (everybody then signs in again)."
        )
    return key
