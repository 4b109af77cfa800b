"""Whether a sign-in still holds, asked before what must not be done with one that was ended (ADR 0019)."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from app.core.errors import Forbidden
from app.core.security.directory import Directory, Standing
from app.core.security.tokens import Claims, SignInEnded

REMEMBERED = 4_096


@dataclass(frozen=True)
class Standings:
    """Answers of the sign-in service, remembered for `seconds` (0: never), which is how late an end is seen.

    Where it does not answer, that is `Transient`: whoever takes decisions for others comes back in a moment.
    """

    directory: Directory
    seconds: float
    clock: Callable[[], float] = time.monotonic
    _known: "OrderedDict[str, tuple[Standing | None, float]]" = field(default_factory=OrderedDict)
    _flights: "dict[str, asyncio.Task[Standing | None]]" = field(default_factory=dict)

    async def confirm(self, claims: Claims) -> None:
        """Nothing where the sign-in holds; `SignInEnded` where it was ended, `Forbidden` where the account is shut."""
        standing = await self._of(claims.uid)
        if standing is None:
            raise SignInEnded("The account that this token is of is not there any more.")
        _must_not_be_ended(claims, standing)
        if standing.disabled:
            raise Forbidden("This account is disabled where it signs in.")

    async def confirm_own(self, claims: Claims) -> None:
        """The same before one's own deletion, which nobody is kept from who is shut out or has no account left."""
        standing = await self._of(claims.uid)
        if standing is not None:
            _must_not_be_ended(claims, standing)

    def forget(self, uid: str) -> None:
        """Ask anew the next time."""
        self._known.pop(uid, None)
        self._flights.pop(uid, None)

    async def _of(self, uid: str) -> Standing | None:
        found = self._known.get(uid)
        if found is not None and self.clock() < found[1]:
            return found[0]
        # Shielded: one caller who hangs up must not take the answer away from the others.
        return await asyncio.shield(self._flights.get(uid) or self._asking(uid))

    def _asking(self, uid: str) -> "asyncio.Task[Standing | None]":
        flight = asyncio.create_task(self.directory.standing(uid), name="standing")
        self._flights[uid] = flight

        def landed(done: "asyncio.Task[Standing | None]") -> None:
            failed = done.cancelled() or done.exception() is not None
            if self._flights.get(uid) is not flight:
                return  # it was changed meanwhile
            del self._flights[uid]
            if not failed and self.seconds:
                self._known[uid] = (done.result(), self.clock() + self.seconds)
                self._known.move_to_end(uid)
                if len(self._known) > REMEMBERED:
                    self._known.popitem(last=False)

        flight.add_done_callback(landed)
        return flight


def _must_not_be_ended(claims: Claims, standing: Standing) -> None:
    if claims.issued_at < standing.valid_since:
        raise SignInEnded("This sign-in was ended: sign in again.")
