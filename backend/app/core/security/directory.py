"""The port to the accounts that people sign in with, wherever those are kept: this node's own, or Firebase's."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

_EVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Standing:
    """What the sign-in service says of an account now. Tokens issued before `valid_since` do not count any more."""

    disabled: bool = False
    valid_since: datetime = _EVER


class Directory(Protocol):
    """All calls end within a short bound; a service that does not answer is `Transient`. What is there already, or
    not there any more, is no error: everything may be said twice."""

    async def able(self) -> bool:
        """Whether there is what it takes to look into accounts, as far as that is known without asking for one."""

    async def standing(self, uid: str) -> Standing | None:
        """How the account stands now; None where there is none (any more)."""

    async def set_role(self, uid: str, role: str) -> None:
        """Have later ID tokens carry this role as the claim `role`; other claims stay as they are."""

    async def set_disabled(self, uid: str, disabled: bool) -> None:
        """Shut an account, so that it gets no new tokens, or open it again."""

    async def end_sign_ins(self, uid: str) -> None:
        """Have every sign-in so far give no new tokens, and its present ones not count for sensitive actions."""

    async def remove(self, uid: str) -> bool:
        """Remove the account for good, and say whether there was one."""


class NoDirectory:
    """For whoever verifies tokens and keeps no accounts: nothing is ever known against anybody."""

    async def able(self) -> bool:
        return True

    async def standing(self, uid: str) -> Standing | None:
        return Standing()

    async def set_role(self, uid: str, role: str) -> None:
        return

    async def set_disabled(self, uid: str, disabled: bool) -> None:
        return

    async def end_sign_ins(self, uid: str) -> None:
        return

    async def remove(self, uid: str) -> bool:
        return False
