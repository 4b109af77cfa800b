"""The objects as the web client reads them: each field it looks at, with its type. More fields may be there."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeAlias
from urllib.parse import urlsplit

Kind: TypeAlias = Callable[[Any], bool]


def text(value: Any) -> bool:
    return isinstance(value, str)


def said(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def flag(value: Any) -> bool:
    return isinstance(value, bool)


def instant(value: Any) -> bool:
    """ISO 8601 with a zone, which `new Date(...)` reads the same everywhere."""
    return isinstance(value, str) and value.endswith("Z") and datetime.fromisoformat(value).tzinfo is not None


def maybe(kind: Kind) -> Kind:
    """Null and missing are the same to the client."""
    return lambda value: value is None or kind(value)


def word(*words: str) -> Kind:
    return lambda value: value in words


def array(kind: Kind) -> Kind:
    return lambda value: isinstance(value, list) and all(kind(one) for one in value)


def like(**fields: Kind) -> Kind:
    """An object with these fields; the first that is not as the client needs it fails by its name."""

    def fits(value: Any) -> bool:
        assert isinstance(value, dict), f"{value!r} is no object"
        for name, kind in fields.items():
            assert kind(value.get(name)), f"{name} is {value.get(name)!r}"
        return True

    return fits


def image(value: Any) -> bool:
    """What `next/image` shows without crashing the page."""
    hosts = {"placehold.co", "images.unsplash.com", "picsum.photos", "ik.imagekit.io"}
    if not isinstance(value, str):
        return False
    return urlsplit(value).hostname in hosts or (value.startswith("/") and not value.startswith("//"))


ROLES = ("admin", "first_responder", "volunteer", "affected_individual")
APPROVALS = ("pending", "approved", "rejected")

ROLE = like(id=word(*ROLES), name=said, permissions=array(text))
PLACE = like(lat=number, lng=number)
USER = like(
    id=said,
    uid=said,
    email=maybe(text),
    display_name=maybe(text),
    role_id=word(*ROLES),
    role=maybe(ROLE),
    photo_url=maybe(text),
    created_at=instant,
    availability=maybe(flag),
    location=maybe(PLACE),
)
DISASTER = like(
    id=said,
    name=said,
    description=maybe(text),
    severity=word("High", "Medium", "Low"),
    type=maybe(text),
    location=like(lat=number, lng=number, address=maybe(text)),
    created_at=instant,
    status=word("Registered", "Pending", "Rejected"),
    image_urls=array(image),
)
MEDIA = like(url=said, name=maybe(text), size=maybe(number), type=maybe(text))
REQUEST = like(
    id=said,
    title=text,
    disaster_id=maybe(text),
    type_of_need=text,
    description=maybe(text),
    media=array(MEDIA),
    location=like(lat=number, lng=number, address=maybe(text)),
    auto_extract=maybe(like(priority=word("high", "medium", "low"))),
    status=word("pending", "approved", "assigned", "in_progress", "completed", "rejected", "closed", "cancelled"),
    assigned_task_id=maybe(text),
    created_by=said,
    created_at=instant,
    updated_at=instant,
)
SHARE = like(task_id=said, quantity=number)
TASK = like(
    id=said,
    step=said,
    priority=lambda value: isinstance(value, str) and value.lower() in ("high", "medium", "low"),
    approval_status=word(*APPROVALS),
    created_at=instant,
    updated_at=instant,
)
RESOURCE = like(
    id=said,
    resource_id=said,
    type=said,
    total_quantity=number,
    breakdown=array(SHARE),
    substitution_for=maybe(text),
    quantity=maybe(text),
    approval_status=word(*APPROVALS),
)
MANPOWER = like(
    total_volunteers=number,
    breakdown=array(like(task_id=said, volunteers=number)),
    notes=text,
)
OUTPUT = like(
    workflow_run_id=said,
    request_id=said,
    tasks=array(TASK),
    resource_suggestions=array(RESOURCE),
    manpower=maybe(MANPOWER),
    created_at=instant,
    updated_at=instant,
)
MESSAGE = like(id=said, sender_id=said, sender_name=maybe(text), text=said, created_at=instant, disaster_id=maybe(text))


def answer_text(reply: Any) -> Any:
    """What the chatbot page shows: the reply if it is a text, else the first text of these fields that is not empty."""
    if isinstance(reply, str):
        return reply
    return next((reply[name] for name in ("message", "reply", "response", "text", "content") if reply.get(name)), None)


def is_sentence(value: Any) -> bool:
    """Whether a person can read it: words, not a list, a code or a Python name."""
    return (
        isinstance(value, str)
        and 8 <= len(value) <= 400
        and " " in value
        and value[0] not in "[{<"
        and "Error(" not in value
    )
