"""Who may do what: one table, with a row for every route, checked against the routes by `tests/test_policy.py`.

A row says the least role a caller needs (`who`: 401 for nobody, 403 for a lesser role), which relations to the thing
named in the path may act on it (`may`; empty where the path names nothing that belongs to somebody), and which others
know of it and are told 403 (`sees`). Everybody else gets 404, as if it did not exist. `rate` is what a call costs.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Who(IntEnum):
    """The least that a caller has to be."""

    ANYBODY = 0
    SIGNED_IN = 1
    RESPONDER = 2
    COORDINATOR = 3
    ADMIN = 4


class Relation(StrEnum):
    """What a caller is to a document."""

    OWNER = "owner"
    """Made it, or is the person it is about."""
    CONCERNED = "concerned"
    """Was asked to act on it, or is a member of the disaster it belongs to."""
    COORDINATOR = "coordinator"
    """Decides in its disaster: an admin anywhere, a first responder where they joined."""
    TEAM = "team"
    """Has taken a task of the request it belongs to."""
    STRANGER = "stranger"


class Rate(StrEnum):
    """What a call costs us, and so how often one person may make it (see `api/limits.py`)."""

    NEVER_LIMITED = "never_limited"
    INTAKE = "intake"
    READ = "read"
    WRITE = "write"
    COSTLY = "costly"


@dataclass(frozen=True, slots=True)
class Policy:
    who: Who
    may: frozenset[Relation] = frozenset()
    sees: frozenset[Relation] = frozenset()
    rate: Rate = Rate.READ
    most_bytes: int | None = None
    """The largest body taken, where that is not `RESQ_MAX_BODY_BYTES`."""
    fresh: bool = False
    """Asks the sign-in service whether the sign-in still holds (401 if it was ended, 503 while that does not answer),
    and the store who calls. Never for anything that somebody in trouble needs."""
    signed: bool = False
    """Carries the signature of a gateway instead of a token: 401 for everybody without it."""
    operator: bool = False
    """For the operator's own machines, known by where they call from: to everybody else there is no such address."""


_OWNER = frozenset({Relation.OWNER})
_COORDINATOR = frozenset({Relation.COORDINATOR})
_CONCERNED = frozenset({Relation.CONCERNED})
_STRANGER = frozenset({Relation.STRANGER})
_TEAM = frozenset({Relation.TEAM})
_OWNER_OR_COORDINATOR = _OWNER | _COORDINATOR
_CONCERNED_OR_COORDINATOR = _CONCERNED | _COORDINATOR
_EVERYBODY_IN_IT = _OWNER | _CONCERNED_OR_COORDINATOR

POLICY: dict[str, Policy] = {
    # health
    "GET /healthz": Policy(Who.ANYBODY, rate=Rate.NEVER_LIMITED),
    "GET /readyz": Policy(Who.ANYBODY, rate=Rate.NEVER_LIMITED),
    "GET /metrics": Policy(Who.ANYBODY, rate=Rate.NEVER_LIMITED, operator=True),
    # users
    "POST /users/register": Policy(Who.SIGNED_IN, rate=Rate.WRITE),
    "GET /users/me": Policy(Who.SIGNED_IN, rate=Rate.NEVER_LIMITED),
    "PATCH /users/me": Policy(Who.SIGNED_IN, rate=Rate.WRITE),
    "PATCH /users/me/availability": Policy(Who.SIGNED_IN, rate=Rate.WRITE),
    "PATCH /users/me/location": Policy(Who.SIGNED_IN, rate=Rate.WRITE),
    "PATCH /users/me/skills": Policy(Who.SIGNED_IN, rate=Rate.WRITE),
    "GET /users/me/notification-settings": Policy(Who.SIGNED_IN),
    "PUT /users/me/notification-settings": Policy(Who.SIGNED_IN, rate=Rate.WRITE),
    "DELETE /users/me": Policy(Who.SIGNED_IN, rate=Rate.WRITE, fresh=True),
    "GET /users/me/export": Policy(Who.SIGNED_IN, rate=Rate.COSTLY, fresh=True),
    "POST /users/me/devices": Policy(Who.SIGNED_IN, rate=Rate.WRITE),
    "GET /users/me/devices": Policy(Who.SIGNED_IN),
    "DELETE /users/me/devices/{device_id}": Policy(Who.SIGNED_IN, rate=Rate.WRITE),
    "GET /users": Policy(Who.ADMIN, rate=Rate.COSTLY),
    "GET /users/{uid}": Policy(Who.ADMIN),
    "GET /users/{uid}/display_name": Policy(Who.SIGNED_IN),
    "PATCH /users/{uid}/role": Policy(Who.ADMIN, rate=Rate.WRITE, fresh=True),
    "PATCH /users/{uid}/verification": Policy(Who.ADMIN, rate=Rate.WRITE, fresh=True),
    "PATCH /users/{uid}/access": Policy(Who.ADMIN, rate=Rate.WRITE, fresh=True),
    "GET /roles": Policy(Who.SIGNED_IN),
    # audit
    "GET /audit": Policy(Who.ADMIN, rate=Rate.COSTLY, fresh=True),
    "GET /audit/{entry_id}": Policy(Who.ADMIN, fresh=True),
    # disasters
    "GET /disasters": Policy(Who.ANYBODY),
    "POST /disasters": Policy(Who.ADMIN, rate=Rate.WRITE),
    "GET /disasters/{disaster_id}": Policy(Who.ANYBODY),
    "GET /disasters/{disaster_id}/joined": Policy(Who.SIGNED_IN),
    "POST /disasters/{disaster_id}/join": Policy(Who.SIGNED_IN, rate=Rate.WRITE),
    "DELETE /disasters/{disaster_id}/leave": Policy(Who.SIGNED_IN, rate=Rate.WRITE),
    "GET /disasters/location": Policy(Who.ANYBODY),
    "POST /disasters/suggestions": Policy(Who.SIGNED_IN, rate=Rate.WRITE),
    "GET /disasters/suggestions": Policy(Who.COORDINATOR),
    "GET /disasters/agent-suggested": Policy(Who.COORDINATOR),
    "POST /disasters/{disaster_id}/approve": Policy(Who.ADMIN, rate=Rate.WRITE, fresh=True),
    "POST /disasters/{disaster_id}/discard": Policy(Who.ADMIN, rate=Rate.WRITE, fresh=True),
    "PATCH /disasters/{disaster_id}": Policy(Who.ADMIN, rate=Rate.WRITE),
    "DELETE /disasters/{disaster_id}": Policy(Who.ADMIN, rate=Rate.WRITE),
    "GET /disasters/{disaster_id}/participants": Policy(Who.COORDINATOR, may=_COORDINATOR),
    "GET /disasters/{disaster_id}/volunteers": Policy(Who.COORDINATOR, may=_COORDINATOR),
    "PATCH /disasters/{disaster_id}/participants/{uid}": Policy(Who.COORDINATOR, may=_COORDINATOR, rate=Rate.WRITE),
    "DELETE /disasters/{disaster_id}/participants/{uid}": Policy(Who.COORDINATOR, may=_COORDINATOR, rate=Rate.WRITE),
    "GET /disasters/{disaster_id}/observations": Policy(Who.ANYBODY),
    "POST /disasters/{disaster_id}/broadcast": Policy(Who.ADMIN, rate=Rate.COSTLY, fresh=True),
    "GET /disasters/{disaster_id}/broadcast/{broadcast_id}": Policy(Who.ADMIN, fresh=True),
    # observations
    "POST /observations": Policy(Who.SIGNED_IN, may=_CONCERNED_OR_COORDINATOR, rate=Rate.WRITE),
    "GET /observations": Policy(Who.SIGNED_IN, may=_CONCERNED_OR_COORDINATOR),
    "GET /observations/{observation_id}": Policy(Who.SIGNED_IN, may=_EVERYBODY_IN_IT),
    "PATCH /observations/{observation_id}": Policy(
        Who.SIGNED_IN, may=_OWNER, sees=_CONCERNED_OR_COORDINATOR, rate=Rate.WRITE
    ),
    "PATCH /observations/{observation_id}/status": Policy(
        Who.COORDINATOR, may=_COORDINATOR, sees=_OWNER | _CONCERNED, rate=Rate.WRITE
    ),
    "DELETE /observations/{observation_id}": Policy(
        Who.SIGNED_IN, may=_OWNER_OR_COORDINATOR, sees=_CONCERNED, rate=Rate.WRITE
    ),
    # requests
    "POST /requests": Policy(Who.SIGNED_IN, rate=Rate.INTAKE),
    "POST /requests/batch": Policy(Who.SIGNED_IN, rate=Rate.INTAKE),
    "GET /requests": Policy(Who.COORDINATOR),
    "GET /requests/me": Policy(Who.SIGNED_IN),
    "GET /requests/disaster/{disaster_id}": Policy(Who.COORDINATOR, may=_COORDINATOR),
    "GET /requests/{request_id}": Policy(Who.SIGNED_IN, may=_OWNER_OR_COORDINATOR),
    "GET /requests/{request_id}/timeline": Policy(Who.SIGNED_IN, may=_OWNER_OR_COORDINATOR),
    "PATCH /requests/{request_id}": Policy(Who.SIGNED_IN, may=_OWNER, sees=_COORDINATOR, rate=Rate.WRITE),
    "PATCH /requests/{request_id}/status": Policy(Who.SIGNED_IN, may=_OWNER_OR_COORDINATOR, rate=Rate.WRITE),
    "PATCH /requests/{request_id}/judgement": Policy(Who.COORDINATOR, may=_COORDINATOR, sees=_OWNER, rate=Rate.WRITE),
    "POST /requests/{request_id}/merge": Policy(Who.SIGNED_IN, may=_OWNER, sees=_COORDINATOR, rate=Rate.WRITE),
    "POST /requests/{request_id}/unlink": Policy(Who.COORDINATOR, may=_COORDINATOR, sees=_OWNER, rate=Rate.WRITE),
    "DELETE /requests/{request_id}": Policy(Who.SIGNED_IN, may=_OWNER, sees=_COORDINATOR, rate=Rate.WRITE),
    # clusters
    "GET /clusters": Policy(Who.COORDINATOR),
    "GET /clusters/{cluster_id}": Policy(Who.COORDINATOR, may=_COORDINATOR),
    # media
    "POST /media": Policy(Who.SIGNED_IN, rate=Rate.COSTLY),
    "GET /media/{media_id}": Policy(Who.SIGNED_IN, may=_OWNER_OR_COORDINATOR | _TEAM),
    "DELETE /media/{media_id}": Policy(Who.SIGNED_IN, may=_OWNER, sees=_COORDINATOR | _TEAM, rate=Rate.WRITE),
    # inbound messages: no account, but the gateway's signature
    "POST /inbound/messages": Policy(Who.ANYBODY, rate=Rate.NEVER_LIMITED, signed=True, most_bytes=65_536),
    # plans
    "GET /workflow-outputs": Policy(Who.COORDINATOR),
    "POST /workflow-outputs": Policy(Who.COORDINATOR, rate=Rate.WRITE, fresh=True),
    "GET /workflow-outputs/{request_id}": Policy(Who.COORDINATOR, may=_COORDINATOR),
    "PATCH /workflow-outputs/{request_id}": Policy(Who.COORDINATOR, may=_COORDINATOR, rate=Rate.WRITE, fresh=True),
    "DELETE /workflow-outputs/{request_id}": Policy(Who.COORDINATOR, may=_COORDINATOR, rate=Rate.WRITE, fresh=True),
    "GET /workflow-outputs/{request_id}/tasks": Policy(Who.COORDINATOR, may=_COORDINATOR),
    "POST /workflow-outputs/{request_id}/tasks": Policy(Who.COORDINATOR, may=_COORDINATOR, rate=Rate.WRITE, fresh=True),
    "DELETE /workflow-outputs/{request_id}/tasks/{task_id}": Policy(
        Who.COORDINATOR, may=_COORDINATOR, rate=Rate.WRITE, fresh=True
    ),
    "GET /workflow-outputs/{request_id}/resources": Policy(Who.COORDINATOR, may=_COORDINATOR),
    "POST /workflow-outputs/{request_id}/resources": Policy(
        Who.COORDINATOR, may=_COORDINATOR, rate=Rate.WRITE, fresh=True
    ),
    "DELETE /workflow-outputs/{request_id}/resources/{resource_id}": Policy(
        Who.COORDINATOR, may=_COORDINATOR, rate=Rate.WRITE, fresh=True
    ),
    "PATCH /workflow-outputs/{request_id}/tasks/{task_id}": Policy(
        Who.COORDINATOR, may=_COORDINATOR, rate=Rate.WRITE, fresh=True
    ),
    "PATCH /workflow-outputs/{request_id}/resources/{resource_id}": Policy(
        Who.COORDINATOR, may=_COORDINATOR, rate=Rate.WRITE, fresh=True
    ),
    # tasks
    "GET /tasks/me": Policy(Who.RESPONDER),
    "GET /tasks/{task_id}": Policy(Who.RESPONDER, may=_CONCERNED_OR_COORDINATOR),
    "POST /tasks/{task_id}/accept": Policy(Who.RESPONDER, may=_CONCERNED, rate=Rate.WRITE),
    "POST /tasks/{task_id}/decline": Policy(Who.RESPONDER, may=_CONCERNED, rate=Rate.WRITE),
    "PATCH /tasks/{task_id}/status": Policy(Who.RESPONDER, may=_CONCERNED, rate=Rate.WRITE),
    # resources
    "POST /resources": Policy(Who.COORDINATOR, rate=Rate.WRITE),
    "GET /resources": Policy(Who.RESPONDER),
    "GET /resources/{resource_id}": Policy(Who.RESPONDER),
    "PATCH /resources/{resource_id}": Policy(Who.COORDINATOR, may=_COORDINATOR, sees=_STRANGER, rate=Rate.WRITE),
    # notifications
    "GET /notifications": Policy(Who.SIGNED_IN),
    "POST /notifications/{notification_id}/received": Policy(Who.SIGNED_IN, may=_OWNER, rate=Rate.WRITE),
    "POST /notifications/{notification_id}/read": Policy(Who.SIGNED_IN, may=_OWNER, rate=Rate.WRITE),
    # chat: a disaster is public, so whoever does not take part in it is told (403) to join first
    "GET /disasters/{disaster_id}/chat/messages": Policy(Who.SIGNED_IN, may=_CONCERNED_OR_COORDINATOR, sees=_STRANGER),
    "POST /disasters/{disaster_id}/chat/messages": Policy(
        Who.SIGNED_IN, may=_CONCERNED_OR_COORDINATOR, sees=_STRANGER, rate=Rate.WRITE
    ),
    "DELETE /disasters/{disaster_id}/chat/messages/{message_id}": Policy(
        Who.SIGNED_IN, may=_OWNER_OR_COORDINATOR, sees=_CONCERNED | _STRANGER, rate=Rate.WRITE
    ),
    "POST /disasters/{disaster_id}/chat/messages/{message_id}/report": Policy(
        Who.SIGNED_IN, may=_CONCERNED_OR_COORDINATOR, sees=_STRANGER, rate=Rate.WRITE
    ),
    # chatbot: somebody in trouble asks first and signs in later
    "POST /chatbot/ask": Policy(Who.ANYBODY, rate=Rate.COSTLY),
    "POST /chatbot/stream": Policy(Who.ANYBODY, rate=Rate.COSTLY),
}
