"""Accounts of this node: signing up, in and on, with the words of Firebase's sign-in service."""

import hashlib
import re
import secrets
import string
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Self

from app.core.clock import Clock, utc_now
from app.core.security.firebase import FirebaseTokenVerifier
from app.core.security.local import LocalTokens, SigningKey
from app.core.security.passwords import Passwords
from app.core.security.throttle import Pace, Throttle, network_of
from app.core.security.tokens import Claims, TokenExpired, TokenRefused, TokenVerifier
from app.crud.accounts import AccountRepository
from app.crud.store.port import Store
from app.schemas.identity import (
    TOKEN_SECONDS,
    Account,
    Grant,
    IdentityRefused,
    Reason,
    Session,
    checked_password,
    normalised_email,
)
from app.schemas.identity_wire import RefreshAnswer, RefreshBody, SignUpBody, UpdateBody

RECENT = timedelta(minutes=5)
"""How fresh a sign-in must be to change what one signs in with; Firebase's own limit."""
PER_EMAIL = Pace(free=5, longest=300.0)
PER_NETWORK = Pace(free=50, longest=60.0)
"""Wider than for one address: a whole shelter may share one."""

_UID_LETTERS = string.ascii_letters + string.digits
_REFRESH_TOKEN = re.compile(r"([A-Za-z0-9]{28})\.[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class LocalIdentity:
    """Sign-in without Firebase, for a node that must go on working alone. What it refuses is `IdentityRefused`."""

    accounts: AccountRepository
    tokens: LocalTokens
    verifier: TokenVerifier
    passwords: Passwords = field(default_factory=Passwords)
    by_email: Throttle = field(default_factory=lambda: Throttle(PER_EMAIL))
    by_network: Throttle = field(default_factory=lambda: Throttle(PER_NETWORK))
    clock: Clock = utc_now

    @classmethod
    def over(cls, store: Store, *, project_id: str, key: SigningKey) -> Self:
        """The service for the accounts in this store; its `verifier` is the one for the rest of the app too."""
        return cls(AccountRepository(store), LocalTokens(project_id, key), FirebaseTokenVerifier(project_id, key))

    async def sign_up(self, email: str | None, password: str | None, display_name: str | None = None) -> Session:
        address = normalised_email(email)
        password = checked_password(password)
        if await self.accounts.by_email(address) is not None:
            raise IdentityRefused(Reason.EMAIL_EXISTS)
        return await self._open(
            email=address, password_hash=await self.passwords.hash(password), display_name=display_name or None
        )

    async def sign_up_anonymously(self, display_name: str | None = None) -> Session:
        """An account without credentials: its refresh token is the only way back to it."""
        return await self._open(email=None, password_hash=None, display_name=display_name or None)

    async def sign_up_by(self, body: SignUpBody) -> Session | Account:
        """Three calls in one, as Firebase has it: a new account, an anonymous one, or credentials for such a one."""
        if body.id_token is not None:
            # Both are given here, since an anonymous account has neither.
            return await self.update(UpdateBody(id_token=body.id_token, email=body.email, password=body.password))
        if body.email is None and body.password is None:
            return await self.sign_up_anonymously(body.display_name)
        return await self.sign_up(body.email, body.password, body.display_name)

    async def sign_in(self, email: str | None, password: str | None, *, address: str = "") -> Session:
        """A session; `address` is the caller's, on whose network guessing is counted."""
        known_as = normalised_email(email)
        if not password:
            raise IdentityRefused(Reason.MISSING_PASSWORD)
        with self._slowed(known_as, network_of(address)):
            account = await self.accounts.by_email(known_as)
            right = await self.passwords.matches(password, account.password_hash if account else None)
            if account is None or not right:
                raise IdentityRefused(Reason.INVALID_LOGIN_CREDENTIALS)
        _must_be_enabled(account)
        return await self._renew(account.id, lambda latest: latest)

    async def refresh(self, body: RefreshBody) -> RefreshAnswer:
        """A new ID token. The refresh token stays the same, as Firebase's does, until its sign-in is ended."""
        if body.grant_type != "refresh_token":
            raise IdentityRefused(Reason.INVALID_GRANT_TYPE)
        shape = _REFRESH_TOKEN.fullmatch(body.refresh_token)
        if shape is None:
            raise IdentityRefused(Reason.INVALID_REFRESH_TOKEN)
        account = await self.accounts.get(shape[1])
        _must_be_enabled(account)
        grant = account.grant(_digest(body.refresh_token))
        if grant is None:
            # Revoked or made up. Firebase's clients sign out on this word, and on no other.
            raise IdentityRefused(Reason.TOKEN_EXPIRED)
        token = self._id_token(account, grant.signed_in_at)
        return RefreshAnswer(
            id_token=token,
            access_token=token,
            refresh_token=body.refresh_token,
            user_id=account.id,
            project_id=self.tokens.project_id,
        )

    async def lookup(self, id_token: str) -> Account:
        account, _ = await self._caller(id_token)
        return account

    async def update(self, body: UpdateBody) -> Session | Account:
        """The changed account; a session when email or password changed, since all earlier ones end with that."""
        account, claims = await self._caller(body.id_token)
        at = self.clock()
        if body.email is None and body.password is None:
            return await self.accounts.change(account.id, lambda latest: latest.with_profile(at, body.profile))
        _must_be_recent(account, claims, at)
        email = normalised_email(body.email) if body.email is not None or account.email is None else None
        password_hash = None
        if body.password is not None or account.password_hash is None:
            password_hash = await self.passwords.hash(checked_password(body.password))

        def step(latest: Account) -> Account:
            changed = latest.with_credentials(at, email=email, password_hash=password_hash)
            return changed.with_profile(at, body.profile) if body.profile else changed

        return await self._renew(account.id, step)

    async def delete(self, id_token: str) -> None:
        account, claims = await self._caller(id_token)
        _must_be_recent(account, claims, self.clock())
        await self.accounts.remove(account.id)

    async def remove(self, uid: str) -> bool:
        """Remove an account whose owner is deleted, and say whether there was one."""
        there = await self.find(uid) is not None
        await self.accounts.remove(uid)
        return there

    async def find(self, uid: str) -> Account | None:
        try:
            return await self.accounts.get(uid)
        except IdentityRefused:
            return None

    async def uid_of(self, email: str) -> str | None:
        account = await self.accounts.by_email(normalised_email(email))
        return account.id if account else None

    async def set_disabled(self, uid: str, disabled: bool) -> Account:
        """A disabled account cannot sign in or on; ID tokens it has are good for their hour with other verifiers."""
        at = self.clock()
        return await self.accounts.change(uid, lambda latest: latest.with_access(at, disabled=disabled))

    async def set_role(self, uid: str, role: str) -> Account:
        """Have later ID tokens say this role, as Firebase's do."""
        at = self.clock()
        return await self.accounts.change(uid, lambda latest: latest.with_role(at, role))

    async def end_sign_ins(self, uid: str) -> Account:
        """Sign out everywhere."""
        at = self.clock()
        return await self.accounts.change(uid, lambda latest: latest.without_sign_ins(at))

    async def _open(self, *, email: str | None, password_hash: str | None, display_name: str | None) -> Session:
        at = self.clock()
        uid = "".join(secrets.choice(_UID_LETTERS) for _ in range(28))
        refresh_token = _new_refresh_token(uid)
        account = Account(
            id=uid,
            created_at=at,
            updated_at=at,
            email=email,
            password_hash=password_hash,
            password_set_at=at if password_hash else None,
            display_name=display_name,
            last_sign_in_at=at,
            valid_since=at.replace(microsecond=0),
            grants=(Grant(digest=_digest(refresh_token), signed_in_at=at),),
        )
        await self.accounts.add(account)
        return Session(account=account, id_token=self._id_token(account, at), refresh_token=refresh_token)

    async def _renew(self, uid: str, step: Callable[[Account], Account]) -> Session:
        """A fresh sign-in of this account, together with `step`."""
        at = self.clock()
        refresh_token = _new_refresh_token(uid)
        digest = _digest(refresh_token)
        account = await self.accounts.change(uid, lambda latest: step(latest).signed_in(at, digest))
        return Session(account=account, id_token=self._id_token(account, at), refresh_token=refresh_token)

    async def _caller(self, id_token: str) -> tuple[Account, Claims]:
        try:
            claims = await self.verifier.verify(id_token)
        except TokenExpired:
            raise IdentityRefused(Reason.TOKEN_EXPIRED) from None
        except TokenRefused:
            raise IdentityRefused(Reason.INVALID_ID_TOKEN) from None
        account = await self.accounts.get(claims.uid)
        _must_be_enabled(account)
        if claims.auth_time < account.valid_since:
            raise IdentityRefused(Reason.TOKEN_EXPIRED)
        return account, claims

    def _id_token(self, account: Account, signed_in_at: datetime) -> str:
        now = self.clock()
        return self.tokens.sign(
            Claims(
                uid=account.id,
                email=account.email,
                email_verified=account.email_verified,
                name=account.display_name,
                picture=account.photo_url,
                phone=None,
                provider=account.provider,
                auth_time=signed_in_at,
                issued_at=now,
                expires_at=now + timedelta(seconds=TOKEN_SECONDS),
                role=account.role,
            )
        )

    @contextmanager
    def _slowed(self, email: str, network: str) -> Iterator[None]:
        """Count the attempt before it is judged; it stays counted only where it was refused."""
        if self.by_email.wait(email) or self.by_network.wait(network):
            raise IdentityRefused(Reason.TOO_MANY_ATTEMPTS)
        self.by_email.attempt(email)
        self.by_network.attempt(network)
        refused = False
        try:
            yield
            self.by_email.forgive(email)
        except IdentityRefused:
            refused = True
            raise
        finally:
            if not refused:
                self.by_email.undo(email)
                self.by_network.undo(network)


def _must_be_enabled(account: Account) -> None:
    if account.disabled:
        raise IdentityRefused(Reason.USER_DISABLED)


def _must_be_recent(account: Account, claims: Claims, at: datetime) -> None:
    # An anonymous account has nothing to sign in with again, and nothing to steal by it.
    if account.email is not None and at - claims.auth_time > RECENT:
        raise IdentityRefused(Reason.CREDENTIAL_TOO_OLD)


def _new_refresh_token(uid: str) -> str:
    return f"{uid}.{secrets.token_urlsafe(32)}"


def _digest(refresh_token: str) -> str:
    # Plain SHA-256 is enough for 256 random bits: there is nothing to guess.
    return hashlib.sha256(refresh_token.encode()).hexdigest()
