"""The accounts of this node, as the rest of the product sees them."""

import contextlib
from dataclasses import dataclass

from app.core.security.directory import Standing
from app.schemas.identity import IdentityRefused
from app.services.identity import LocalIdentity


@dataclass(frozen=True, slots=True)
class LocalDirectory:
    identity: LocalIdentity

    async def able(self) -> bool:
        return True

    async def standing(self, uid: str) -> Standing | None:
        account = await self.identity.find(uid)
        return Standing(disabled=account.disabled, valid_since=account.valid_since) if account else None

    async def set_role(self, uid: str, role: str) -> None:
        with contextlib.suppress(IdentityRefused):  # no account of this node, or none any more
            await self.identity.set_role(uid, role)

    async def set_disabled(self, uid: str, disabled: bool) -> None:
        with contextlib.suppress(IdentityRefused):
            await self.identity.set_disabled(uid, disabled)

    async def end_sign_ins(self, uid: str) -> None:
        with contextlib.suppress(IdentityRefused):
            await self.identity.end_sign_ins(uid)

    async def remove(self, uid: str) -> bool:
        return await self.identity.remove(uid)
