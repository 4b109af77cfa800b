"""How often one person, and one address, may call what: `rate` in `api/policy.py`, with the numbers in the settings."""

from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from typing import Self, cast

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.policy import Policy, Rate, Who
from app.api.routing import SIGN_IN_PATHS, path_of, policy_of
from app.core.errors import RateLimited, Transient, Unauthorized
from app.core.limits import Limit, Taken
from app.core.security.bearer import token_in, verified
from app.core.security.throttle import network_of
from app.core.security.tokens import SIGN_IN_FIRST, Claims, TokenMissing, TokenVerifier
from app.core.settings import Settings
from app.services import Services

REFUSED = "refused"
_network = lru_cache(4_096)(network_of)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Budget:
    """What one caller may spend, under a name that clients and operators see."""

    name: str
    per: str
    limit: Limit

    def headers(self, taken: Taken) -> dict[str, str]:
        """As in the IETF's draft; how long until all of it is there again is told only when it is over."""
        left = f'"{self.name}";r={taken.remaining}'
        return {
            "RateLimit-Policy": f'"{self.name}";q={self.limit.amount};w={self.limit.seconds}',
            "RateLimit": left if taken.allowed else f"{left};t={taken.retry_after}",
        }


@dataclass(frozen=True, slots=True)
class Budgets:
    """Every budget there is. What a call costs decides which of them it is taken from."""

    user: dict[Rate, Budget]
    address: dict[Rate, Budget]
    refused: Budget

    @classmethod
    def of(cls, settings: Settings) -> Self:
        user = {
            Rate.INTAKE: settings.rate_intake,
            Rate.READ: settings.rate_read,
            Rate.WRITE: settings.rate_write,
            Rate.COSTLY: settings.rate_costly,
        }
        kinds = dict.fromkeys(user, settings.rate_address) | {Rate.COSTLY: settings.rate_address_costly}
        return cls(
            user={rate: Budget(rate.value, "user", limit) for rate, limit in user.items()},
            address={rate: Budget(rate.value, "address", limit) for rate, limit in kinds.items()},
            refused=Budget(REFUSED, "address", settings.rate_refused),
        )


@dataclass(frozen=True, slots=True)
class RateLimits:
    """429 for who calls too often and 401 for who is nobody, before the body is read and before any handler runs.

    An address pays for each of its calls, a person for those whose token was found valid. A call that needs a token and
    has no valid one is taken from a budget of its address for just that. So a stream of made-up tokens ends in 429,
    while a valid token gets through from the same address: a shelter shares one.
    """

    app: ASGIApp
    budgets: Budgets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = path_of(scope)
        policy = policy_of(scope["method"], path)
        if policy.rate is Rate.NEVER_LIMITED and policy.who is Who.ANYBODY and not policy.signed:
            await self.app(scope, receive, send)
            return
        services = cast("Services", scope["app"].state.services)
        try:
            told = await self._paid(services, policy, scope)
        except RateLimited as refusal:
            if path.startswith(SIGN_IN_PATHS):
                # Firebase's SDKs read this, and show "try again later" for it.
                refusal.extra["error"] = {"code": refusal.status, "message": "TOO_MANY_ATTEMPTS_TRY_LATER"}
            raise
        if told is None and not policy.signed:
            await self.app(scope, receive, send)
            return
        more = told[0].headers(told[1]) if told else {}

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                said = [(name.lower().encode(), value.encode()) for name, value in more.items()]
                message["headers"] = [*message["headers"], *said]
                if policy.signed and message["status"] == HTTPStatus.UNAUTHORIZED:
                    await _take(services, self.budgets.refused, _address(scope), refuse=False)
            await send(message)

        await self.app(scope, receive, counted)

    async def _paid(self, services: Services, policy: Policy, scope: Scope) -> tuple[Budget, Taken] | None:
        """Take the call from every budget it costs; the narrowest of them, to be told to the caller."""
        free = policy.rate is Rate.NEVER_LIMITED
        address = _address(scope)
        told = None if free else await _take(services, self.budgets.address[policy.rate], address)
        try:
            claims = await _claims(services.verifier, scope)
        except Transient:
            return told  # whether the token is valid cannot be known now, which is not the caller's fault
        except Unauthorized:
            if policy.who is Who.ANYBODY:
                return told
            await _take(services, self.budgets.refused, address, refuse=not free)
            raise
        return None if free else await _take(services, self.budgets.user[policy.rate], claims.uid)


def _address(scope: Scope) -> str:
    return _network(scope["client"][0] if scope["client"] else "")


async def _take(services: Services, budget: Budget, who: str, *, refuse: bool = True) -> tuple[Budget, Taken] | None:
    taken = await services.limiter.take(budget.limit, f"{budget.per}:{budget.name}:{who}")
    if taken is None:
        return None
    if taken.first_refused:
        log.warning("limit.reached", budget=budget.name, per=budget.per, who=who)
    if refuse and not taken.allowed:
        services.metrics.refused(budget.name, budget.per)
        raise RateLimited(_sentence(budget, taken), retry_after=taken.retry_after, headers=budget.headers(taken))
    return budget, taken


def _sentence(budget: Budget, taken: Taken) -> str:
    whose = "You have" if budget.per == "user" else "Your address has"
    what = "tried to call without a valid token" if budget.name == REFUSED else "made calls of this kind"
    return f"{whose} {what} too often: try again in {taken.retry_after} seconds."


async def _claims(verifier: TokenVerifier, scope: Scope) -> Claims:
    """Who calls, once they have proved it: handlers find it in the scope (`core/security/bearer.py`)."""
    token = token_in(scope)
    if token is None:
        raise TokenMissing(SIGN_IN_FIRST)
    found = await verifier.verify(token)
    verified(scope, found)
    return found
