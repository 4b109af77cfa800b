"""Accounts, and who holds which email address."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from app.crud.store.port import Data, Key, Store, Transaction
from app.schemas.identity import Account, IdentityRefused, Reason

ACCOUNTS = "accounts"
EMAILS = "account_emails"
SCHEMA = 1
NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class AccountRepository:
    """Accounts by uid and by normalised email. An address belongs to one account at most, whoever writes at once."""

    store: Store

    async def get(self, uid: str) -> Account:
        """`IdentityRefused` (USER_NOT_FOUND) if there is none."""
        found = await self.store.get(_account_key(uid))
        return _read(uid, found.data if found else None)

    async def by_email(self, email: str) -> Account | None:
        # The second read happens in any case: its time must not tell whether somebody has this address.
        holder = await self.store.get(_email_key(email))
        uid = str(holder.data["uid"]) if holder else NOBODY
        found = await self.store.get(_account_key(uid))
        return _read(uid, found.data) if found else None

    async def add(self, account: Account) -> None:
        """`IdentityRefused` (EMAIL_EXISTS) if another account has the address; nothing is written then."""

        async def write(transaction: Transaction) -> None:
            if account.email is not None:
                await _must_be_free(transaction, account.email)
                transaction.create(_email_key(account.email), {"uid": account.id})
            transaction.create(_account_key(account.id), _written(account))

        await self.store.transaction(write, keys=_keys(account))

    async def change(self, uid: str, step: Callable[[Account], Account]) -> Account:
        """The account after `step`, which may also move it to another address (EMAIL_EXISTS if that is taken)."""

        async def write(transaction: Transaction) -> Account:
            account = _read(uid, await transaction.get(_account_key(uid)))
            changed = step(account)
            if changed.email != account.email:
                await _move(transaction, account, changed)
            transaction.set(_account_key(uid), _written(changed))
            return changed

        return await self.store.transaction(write, keys=[_account_key(uid)])

    async def remove(self, uid: str) -> None:
        """The address is free again; an account that is gone already is no error."""

        async def write(transaction: Transaction) -> None:
            data = await transaction.get(_account_key(uid))
            if data is None:
                return
            account = _read(uid, data)
            transaction.delete(_account_key(uid))
            if account.email is not None:
                transaction.delete(_email_key(account.email))

        await self.store.transaction(write, keys=[_account_key(uid)])


async def _must_be_free(transaction: Transaction, email: str) -> None:
    if await transaction.get(_email_key(email)) is not None:
        raise IdentityRefused(Reason.EMAIL_EXISTS)


async def _move(transaction: Transaction, before: Account, after: Account) -> None:
    if after.email is not None:
        await _must_be_free(transaction, after.email)
        transaction.create(_email_key(after.email), {"uid": after.id})
    if before.email is not None:
        transaction.delete(_email_key(before.email))


def _keys(account: Account) -> list[Key]:
    emails = [_email_key(account.email)] if account.email is not None else []
    return [_account_key(account.id), *emails]


def _account_key(uid: str) -> Key:
    return Key(ACCOUNTS, uid)


def _email_key(email: str) -> Key:
    # Hashed: an address may hold what a document id may not, and then it is no list of addresses either.
    return Key(EMAILS, hashlib.sha256(email.encode()).hexdigest())


def _read(uid: str, data: Data | None) -> Account:
    if data is None:
        raise IdentityRefused(Reason.USER_NOT_FOUND)
    return Account.model_validate({**data, "id": uid})


def _written(account: Account) -> Data:
    return {**account.model_dump(mode="json", exclude={"id"}), "schema": SCHEMA}
