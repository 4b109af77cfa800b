"""Messages from SMS and WhatsApp gateways, signed by them."""

import json
from collections.abc import Mapping
from typing import Annotated
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from fastapi import APIRouter, Depends, Request, Response
from pydantic import ValidationError

from app.api.deps import ServicesDep
from app.api.problems import problems
from app.core.errors import Invalid, Unauthorized
from app.core.phones import e164
from app.core.security.signatures import body_signature, same, twilio_signature
from app.core.settings import Settings
from app.schemas.base import Location
from app.schemas.inbound import Channel, GatewayMessage, Inbound, Reply, clean
from app.schemas.request_parts import MediaGiven

router = APIRouter(prefix="/inbound", tags=["inbound"])

FORM = "application/x-www-form-urlencoded"
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/GatewayMessage"}},
            FORM: {
                "schema": {
                    "type": "object",
                    "required": ["MessageSid", "From"],
                    "properties": {
                        name: {"type": "string"}
                        for name in ("MessageSid", "From", "Body", "NumMedia", "Latitude", "Longitude", "ProfileName")
                    },
                },
                "example": {"MessageSid": "SM1", "From": "whatsapp:+94771234567", "Body": "We need water, 4 people"},
            },
        },
    }
}

_REPLY = {"content": {"application/xml": {"schema": {"type": "string"}}}, "description": "The reply."}


async def signed_message(request: Request, services: ServicesDep) -> Inbound:
    """The message of a gateway, once its signature is found to be right."""
    body = await request.body()
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() == FORM:
        return _from_form(request, body, services.settings)
    return _from_json(request, body, services.settings)


Message = Annotated[Inbound, Depends(signed_message)]


@router.post(
    "/messages",
    responses={200: _REPLY, **problems(Unauthorized, Invalid)},
    openapi_extra=_BODY,
    response_model=Reply,
)
async def receive_message(message: Message, services: ServicesDep, request: Request) -> Response:
    """Take in a text message; the answer holds what the gateway sends back to the telephone.

    A form in Twilio's style carries `X-Twilio-Signature` and is answered with TwiML. JSON carries
    `X-Hub-Signature-256` (`sha256=` and the HMAC of the raw body) and is answered with JSON. One number has one
    thread: what it writes within a day goes to its open request.
    """
    reply = await services.texting.receive(message)
    if request.headers.get("content-type", "").startswith(FORM):
        return Response(_twiml(reply), media_type="application/xml")
    return Response(reply.model_dump_json(), media_type="application/json")


def _from_form(request: Request, body: bytes, settings: Settings) -> Inbound:
    token = settings.inbound_twilio_token
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=200)
    except (UnicodeDecodeError, ValueError) as error:
        raise Invalid("The form cannot be read.", field="form") from error
    url = f"{settings.public_url}{request.url.path}" if settings.public_url else str(request.url.replace(query=""))
    url += f"?{request.url.query}" if request.url.query else ""
    expected = twilio_signature(token.get_secret_value(), url, pairs) if token else None
    if expected is None or not same(request.headers.get("x-twilio-signature"), expected):
        raise Unauthorized("The signature of the gateway is not right.")
    form = dict(pairs)
    channel, _, number = form.get("From", "").rpartition(":")
    return _inbound(
        settings,
        id=form.get("MessageSid") or form.get("SmsSid") or "",
        sender=number,
        channel=Channel.WHATSAPP if channel == "whatsapp" else Channel.SMS,
        text=form.get("Body", ""),
        name=form.get("ProfileName"),
        location=_place(form),
        media=_media(form),
    )


def _from_json(request: Request, body: bytes, settings: Settings) -> Inbound:
    secret = settings.inbound_secret
    expected = body_signature(secret.get_secret_value(), body) if secret else None
    if expected is None or not same(request.headers.get("x-hub-signature-256"), expected):
        raise Unauthorized("The signature of the gateway is not right.")
    try:
        found = GatewayMessage.model_validate(json.loads(body))
    except ValidationError as error:
        [first, *_] = error.errors()
        field = ".".join(str(part) for part in first["loc"]) or "body"
        raise Invalid(str(first["msg"]), field=field) from None
    except (ValueError, RecursionError):
        raise Invalid("The body is not JSON.", field="body") from None
    place = found.location
    return _inbound(
        settings,
        id=found.id,
        sender=found.sender,
        channel=found.channel,
        text=found.text,
        name=found.name,
        location=Location(lat=place.lat, lng=place.lng, address=place.address) if place else None,
        media=found.media,
    )


def _inbound(
    settings: Settings,
    *,
    id: str,
    sender: str,
    channel: Channel,
    text: str,
    name: str | None,
    location: Location | None,
    media: tuple[MediaGiven, ...],
) -> Inbound:
    """One form for all gateways. Odd words are cleaned, not refused: somebody may be in need behind them."""
    if not 0 < len(id) <= 200:
        raise Invalid("A message has an id of 1 to 200 characters.", field="MessageSid")
    phone = e164(sender, region=settings.country)
    if phone is None:
        raise Invalid("This is not a telephone number.", field="From")
    return Inbound(
        id=clean(id),
        phone=phone,
        channel=channel,
        text=clean(text),
        name=clean(name)[:100] if name else None,
        location=location,
        media=media,
    )


def _place(form: Mapping[str, str]) -> Location | None:
    try:
        lat, lng = float(form["Latitude"]), float(form["Longitude"])
        return Location(lat=lat, lng=lng, address=clean(form.get("Address", ""))[:500] or None)
    except (KeyError, ValueError):
        return None


def _media(form: Mapping[str, str]) -> tuple[MediaGiven, ...]:
    found = []
    for number in range(10):
        try:
            one = {"url": form[f"MediaUrl{number}"], "type": form.get(f"MediaContentType{number}")}
            found.append(MediaGiven.model_validate(one))
        except (KeyError, ValidationError):
            break
    return tuple(found)


def _twiml(reply: Reply) -> str:
    message = f"<Message>{escape(reply.text)}</Message>" if reply.text else ""
    return f'<?xml version="1.0" encoding="UTF-8"?><Response>{message}</Response>'
